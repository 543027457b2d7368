#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "cli/context.h"

/// How hotaru talks: errors, notes and questions on standard error, results on standard output.
namespace hotaru::cli {

/// "hotaru: SENTENCE", its hint below, and with -v what is behind it; with -o json an {"error": …} on standard output.
void tell_error(Context& context, const Error& error);
/// The same without the JSON: where standard output has its own already.
void say_error(Context& context, const Error& error);
/// "note: SENTENCE".
void tell_note(Context& context, const std::string& sentence);
/// A line typed by a person; nullopt at the end of input (Ctrl-D). `interrupted` after Ctrl-C.
Result<std::optional<std::string>> read_answer(Context& context);
/// Asks "QUESTION [y/N] ". Success for a yes, and with --yes. A no is `declined`, and says `otherwise` ("Nothing was
/// launched."). Where nobody can be asked: `invalid`, which names --yes.
Result<void> ask(Context& context, const std::string& question, const std::string& otherwise);
/// Asks "QUESTION: " for a line of text, on a terminal (Context::can_ask).
Result<std::string> ask_text(Context& context, const std::string& question);

/// Columns of text, as wide as they need to be: each part of a long table as wide as those before it, or wider.
class Table {
 public:
  std::string part(const std::vector<std::vector<std::string>>& rows);

 private:
  std::vector<std::size_t> widths_;
};
/// The first row is the heading.
std::string table(const std::vector<std::vector<std::string>>& rows);
/// "LABEL  value" lines; those without a value are left out.
std::string fact_lines(const std::vector<std::pair<std::string, std::string>>& facts,
                       Language language = Language::english);
/// In a colour (a number of ECMA-48's SGR), where that is wanted.
std::string painted(const std::string& text, const char* colour, bool wanted);
inline constexpr const char* bold_red = "1;31";
inline constexpr const char* yellow = "33";
inline constexpr const char* green = "32";
/// The cells of a terminal that a UTF-8 text takes: Japanese characters take two.
std::size_t width_of(const std::string& text);

}  // namespace hotaru::cli
