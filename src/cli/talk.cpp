#include "cli/talk.h"

#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <istream>
#include <ostream>

#include "base/text.h"
#include "cli/render.h"

namespace hotaru::cli {

void tell_error(Context& context, const Error& error) {
  if (context.json()) context.out() << json_text(error) << std::flush;
  say_error(context, error);
}

void say_error(Context& context, const Error& error) {
  context.err() << "hotaru: " << sentence(printable(error.message)) << "\n";
  if (!error.hint.empty()) context.err() << "  " << sentence(printable(error.hint)) << "\n";
  if (!context.globals().verbose) return;
  context.err() << "  class: " << to_string(error.kind) << "\n";
  if (!error.code.empty()) context.err() << "  code: " << printable(error.code) << "\n";
  for (const auto& line : lines(error.context)) context.err() << "  | " << printable(shortened(line, 400)) << "\n";
}

void tell_note(Context& context, const std::string& text) {
  context.err() << "note: " << sentence(printable(text)) << "\n" << std::flush;
}

Result<std::optional<std::string>> read_answer(Context& context) {
  // Waited for beside the terminal, not by the read: the signal may come before it, or go to another thread.
  const Interrupt& interrupt = context.interrupt();
  pollfd either[] = {{STDIN_FILENO, POLLIN, 0}, {interrupt.descriptor(), POLLIN, 0}};
  while (context.owns_streams() && !interrupt.requested() && poll(either, 2, -1) < 0) {
  }
  std::string line;
  const bool typed = !interrupt.requested() && std::getline(context.in(), line);
  if (!typed) context.err() << "\n";  // Ctrl-C or Ctrl-D left the cursor at the question
  if (interrupt.requested()) return fail(ErrorClass::interrupted, "Interrupted.");
  return typed ? std::optional(line) : std::nullopt;
}

Result<void> ask(Context& context, const std::string& question, const std::string& otherwise) {
  if (context.globals().yes) return {};
  if (!context.can_ask()) {
    return fail(ErrorClass::invalid, "There is no terminal to ask at: " + question,
                "Say --yes if that is what you want.");
  }
  context.err() << question << " [y/N] " << std::flush;
  auto typed = read_answer(context);
  if (!typed) return fail(typed.error().kind, "Interrupted. " + otherwise);
  const std::string answer = to_lower(trim(typed->value_or("")));
  if (answer == "y" || answer == "yes") return {};
  return fail(ErrorClass::declined, otherwise);
}

Result<std::string> ask_text(Context& context, const std::string& question) {
  context.err() << question << ": " << std::flush;
  auto typed = read_answer(context);
  if (!typed) return pass(typed);
  return typed->value_or("");
}

std::size_t width_of(const std::string& text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char byte) { return (byte & 0xC0) != 0x80; }));
}

std::string Table::part(const std::vector<std::vector<std::string>>& rows) {
  for (const auto& row : rows) {
    widths_.resize(std::max(widths_.size(), row.size()));
    for (std::size_t column = 0; column < row.size(); ++column) {
      widths_[column] = std::max(widths_[column], width_of(row[column]));
    }
  }
  std::string text;
  for (const auto& row : rows) {
    for (std::size_t column = 0; column < row.size(); ++column) {
      text += printable(row[column]);
      text.append(widths_[column] - width_of(row[column]) + 2, ' ');
    }
    text.erase(text.find_last_not_of(' ') + 1);
    text += "\n";
  }
  return text;
}

std::string table(const std::vector<std::vector<std::string>>& rows) { return Table().part(rows); }

std::string fact_lines(const std::vector<std::pair<std::string, std::string>>& facts) {
  std::size_t width = 0;
  for (const auto& [label, value] : facts) width = value.empty() ? width : std::max(width, width_of(label));
  std::string text;
  for (const auto& [label, value] : facts) {
    if (!value.empty()) text += label + std::string(width - width_of(label) + 2, ' ') + printable(value) + "\n";
  }
  return text;
}

}  // namespace hotaru::cli
