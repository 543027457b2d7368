#include "cli/language.h"

#include <string_view>
#include <vector>

#include "cli/language_table.h"

namespace hotaru::cli {
namespace {

using Found = std::vector<std::string_view>;  ///< what stands for {1}, {2} …

/// The number of the placeholder that stands at the beginning; 0 if none does.
std::size_t placeholder(std::string_view pattern) {
  const bool is_one =
      pattern.size() >= 3 && pattern[0] == '{' && pattern[1] >= '1' && pattern[1] <= '9' && pattern[2] == '}';
  return is_one ? static_cast<std::size_t>(pattern[1] - '0') : 0;
}

/// Each placeholder takes as little as will do, and something; the last one of a pattern takes all that is left.
bool matches(std::string_view pattern, std::string_view text, Found& found) {
  while (!pattern.empty()) {
    const std::size_t number = placeholder(pattern);
    if (number == 0) {
      if (text.empty() || text.front() != pattern.front()) return false;
      pattern.remove_prefix(1);
      text.remove_prefix(1);
      continue;
    }
    pattern.remove_prefix(3);
    const std::string_view next = pattern.substr(0, pattern.find('{'));
    auto end = next.empty() ? (pattern.empty() ? text.size() : 1) : text.find(next, 1);
    if (next.size() == pattern.size() && !next.empty())
      end = text.size() < next.size() ? text.npos : text.size() - next.size();
    if (end == std::string_view::npos || end == 0 || end > text.size()) return false;
    if (found.size() < number) found.resize(number);
    found[number - 1] = text.substr(0, end);
    text.remove_prefix(end);
  }
  return text.empty();
}

std::string filled(std::string_view pattern, const Found& found) {
  std::string text;
  while (!pattern.empty()) {
    const std::size_t number = placeholder(pattern);
    if (number > 0 && number <= found.size()) {
      text += found[number - 1];
      pattern.remove_prefix(3);
    } else {
      text += pattern.front();
      pattern.remove_prefix(1);
    }
  }
  return text;
}

}  // namespace

Language language_of(const Environment& environment) {
  for (const char* name : {"LC_ALL", "LC_MESSAGES", "LANG"})
    if (const auto value = environment.get(name))
      return value->starts_with("ja") ? Language::japanese : Language::english;
  return Language::english;
}

std::string translated(Language language, const std::string& english) {
  if (language == Language::english) return english;
  for (const Pair& pair : japanese_pairs()) {
    Found found;
    if (matches(pair.english, english, found)) return filled(pair.japanese, found);
  }
  return english;
}

}  // namespace hotaru::cli
