#include "cli/talk.h"

#include <fmt/format.h>

#include <algorithm>
#include <istream>
#include <ostream>

#include "base/text.h"
#include "cli/render.h"

namespace hotaru::cli {

void tell_error(Context& context, const Error& error) {
  if (context.json()) context.out() << json_text(error) << std::flush;
  context.err() << "hotaru: " << sentence(error.message) << "\n";
  if (!error.hint.empty()) context.err() << "  " << sentence(error.hint) << "\n";
  if (!context.globals().verbose) return;
  context.err() << "  class: " << to_string(error.kind) << "\n";
  if (!error.code.empty()) context.err() << "  code: " << error.code << "\n";
  for (const auto& line : lines(error.context)) context.err() << "  | " << line << "\n";
}

void tell_note(Context& context, const std::string& text) {
  context.err() << "note: " << sentence(text) << "\n" << std::flush;
}

Result<bool> ask(Context& context, const std::string& question) {
  if (context.globals().yes) return true;
  if (!context.can_ask()) {
    return fail(ErrorClass::invalid, "There is no terminal to ask at: " + question,
                "Say --yes if that is what you want.");
  }
  context.err() << question << " [y/N] " << std::flush;
  std::string answer;
  if (!std::getline(context.in(), answer)) context.err() << "\n";  // Ctrl-C or Ctrl-D left the cursor at the question
  answer = to_lower(trim(answer));
  return answer == "y" || answer == "yes";
}

Result<std::string> ask_text(Context& context, const std::string& question) {
  context.err() << question << ": " << std::flush;
  std::string answer;
  if (!std::getline(context.in(), answer)) context.err() << "\n";
  if (context.interrupt().requested()) return fail(ErrorClass::interrupted, "Interrupted.");
  return answer;
}

std::size_t width_of(const std::string& text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char byte) { return (byte & 0xC0) != 0x80; }));
}

std::string table(const std::vector<std::vector<std::string>>& rows) {
  std::vector<std::size_t> widths;
  for (const auto& row : rows) {
    widths.resize(std::max(widths.size(), row.size()));
    for (std::size_t column = 0; column < row.size(); ++column) {
      widths[column] = std::max(widths[column], width_of(row[column]));
    }
  }
  std::string text;
  for (const auto& row : rows) {
    std::string line;
    for (std::size_t column = 0; column < row.size(); ++column) {
      line += row[column] + std::string(widths[column] - width_of(row[column]) + 2, ' ');
    }
    line.erase(line.find_last_not_of(' ') + 1);
    text += line + "\n";
  }
  return text;
}

std::string fact_lines(const std::vector<std::pair<std::string, std::string>>& facts) {
  std::size_t width = 0;
  for (const auto& [label, value] : facts) width = value.empty() ? width : std::max(width, width_of(label));
  std::string text;
  for (const auto& [label, value] : facts) {
    if (!value.empty()) text += label + std::string(width - width_of(label) + 2, ' ') + value + "\n";
  }
  return text;
}

}  // namespace hotaru::cli
