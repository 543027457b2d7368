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
  const auto said = [&](const std::string& text) { return translated(context.language(), sentence(printable(text))); };
  context.err() << painted("hotaru:", bold_red, context.paints_err()) << " " << said(error.message) << "\n";
  if (!error.hint.empty()) context.err() << "  " << said(error.hint) << "\n";
  if (!context.globals().verbose) return;
  context.err() << "  class: " << to_string(error.kind) << "\n";
  if (!error.code.empty()) context.err() << "  code: " << printable(error.code) << "\n";
  for (const auto& line : lines(error.context)) context.err() << "  | " << printable(shortened(line, 400)) << "\n";
}

void tell_note(Context& context, const std::string& text) {
  context.err() << painted("note:", yellow, context.paints_err()) << " "
                << translated(context.language(), sentence(printable(text))) << "\n"
                << std::flush;
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
  context.err() << translated(context.language(), question) << " [y/N] " << std::flush;
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

std::string painted(const std::string& text, const char* colour, bool wanted) {
  return wanted ? fmt::format("\033[{}m{}\033[0m", colour, text) : text;
}

namespace {

/// A character of UTF-8 at the beginning of a text, and how many bytes it has; a byte that begins none is one itself.
std::pair<char32_t, std::size_t> first_character(std::string_view text) {
  const auto byte = [&](std::size_t index) { return static_cast<unsigned char>(text[index]); };
  const unsigned char lead = byte(0);
  const std::size_t length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : lead >= 0xC0 ? 2 : 1;
  if (length == 1 || length > text.size()) return {lead, 1};
  char32_t value = lead & (0xFFU >> (length + 1));
  for (std::size_t index = 1; index < length; ++index) value = value << 6U | (byte(index) & 0x3FU);
  return {value, length};
}

/// Cells that a terminal gives a character: two for what Unicode calls wide or fullwidth (Unicode Standard Annex 11),
/// none for marks that stand on the one before.
std::size_t cells_of(char32_t character) {
  struct Range {
    char32_t from;
    char32_t to;
  };
  constexpr Range marks[] = {{0x300, 0x36F}, {0x200B, 0x200F}, {0x3099, 0x309A}, {0xFE00, 0xFE0F}};
  constexpr Range wide[] = {{0x1100, 0x115F},   {0x2E80, 0x303E},  {0x3041, 0x33FF}, {0x3400, 0x4DBF},
                            {0x4E00, 0x9FFF},   {0xA000, 0xA4CF},  {0xAC00, 0xD7A3}, {0xF900, 0xFAFF},
                            {0xFE30, 0xFE4F},   {0xFF00, 0xFF60},  {0xFFE0, 0xFFE6}, {0x1F300, 0x1F64F},
                            {0x1F900, 0x1F9FF}, {0x20000, 0x3FFFD}};
  const auto holds = [&](const Range& range) { return range.from <= character && character <= range.to; };
  if (std::ranges::any_of(marks, holds)) return 0;
  return std::ranges::any_of(wide, holds) ? 2 : 1;
}

}  // namespace

std::size_t width_of(const std::string& text) {
  std::size_t width = 0;
  for (std::string_view rest = text; !rest.empty();) {
    const auto [character, length] = first_character(rest);
    width += cells_of(character);
    rest.remove_prefix(length);
  }
  return width;
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

std::string fact_lines(const std::vector<std::pair<std::string, std::string>>& facts, Language language) {
  std::size_t width = 0;
  const auto shown = [&](const std::string& label) { return translated(language, label); };
  for (const auto& [label, value] : facts) width = value.empty() ? width : std::max(width, width_of(shown(label)));
  std::string text;
  for (const auto& [label, value] : facts) {
    if (value.empty()) continue;
    text += shown(label) + std::string(width - width_of(shown(label)) + 2, ' ');
    text += translated(language, printable(value)) + "\n";
  }
  return text;
}

}  // namespace hotaru::cli
