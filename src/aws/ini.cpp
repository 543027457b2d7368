#include "aws/ini.h"

#include <cctype>

#include "base/text.h"

namespace hotaru::aws {

namespace {

/// What trim() takes off.
bool is_blank(char c) { return std::isspace(static_cast<unsigned char>(c)) != 0; }

/// A comment inside a line begins with '#' or ';' after white space.
std::string without_comment(std::string_view text) {
  for (std::size_t i = 1; i < text.size(); ++i) {
    if ((text[i] == '#' || text[i] == ';') && is_blank(text[i - 1])) return trim(text.substr(0, i));
  }
  return trim(text);
}

/// `profile  "my name"` → `profile my name`.
std::string section_name(std::string_view inside) {
  std::string name;
  for (const char c : trim(inside)) {
    if (c == '"' || c == '\'') continue;
    if (is_blank(c) && (name.empty() || name.back() == ' ')) continue;
    name += is_blank(c) ? ' ' : c;
  }
  return trim(name);  // of what stood before a closing quote
}

class Parser {
 public:
  Ini parse(std::string_view text) {
    if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);
    for (const std::string& line : lines(text)) {
      ++line_;
      take(line);
    }
    return std::move(result_);
  }
  const std::optional<IniProblem>& problem() const { return problem_; }

 private:
  void complain(const char* what) {
    if (!problem_) problem_ = IniProblem{line_, what};
  }

  void take(const std::string& line) {
    const std::string content = trim(line);
    if (content.empty() || content.front() == '#' || content.front() == ';') return;
    if (is_blank(line.front()) && section_ != nullptr && !key_.empty()) {
      take_indented(content);
    } else if (content.front() == '[') {
      take_header(content);
    } else {
      take_property(content);
    }
  }

  void take_header(const std::string& content) {
    const auto end = content.find(']');
    key_.clear();
    section_ = nullptr;
    if (end == std::string::npos) return complain("the section's name does not end with ]");
    const std::string name = section_name(std::string_view(content).substr(1, end - 1));
    if (name.empty()) complain("the section has no name");
    section_ = &result_[name];
  }

  void take_property(const std::string& content) {
    key_.clear();
    const auto equals = content.find_first_of("=:");  // the AWS CLI takes both
    if (equals == std::string::npos || equals == 0) return complain("it is neither a [SECTION] nor KEY = VALUE");
    if (section_ == nullptr) return complain("it stands before the first [SECTION]");
    key_ = to_lower(trim(std::string_view(content).substr(0, equals)));
    (*section_)[key_] = without_comment(" " + content.substr(equals + 1));
  }

  void take_indented(const std::string& content) {
    std::string& value = (*section_)[key_];
    if (!value.empty()) {
      value += "\n" + content;
      return;
    }
    const auto equals = content.find('=');
    if (equals == std::string::npos || equals == 0)
      return complain("below a key without a value it is not KEY = VALUE");
    const std::string subkey = to_lower(trim(std::string_view(content).substr(0, equals)));
    (*section_)[key_ + "." + subkey] = without_comment(" " + content.substr(equals + 1));
  }

  Ini result_;
  std::optional<IniProblem> problem_;
  int line_ = 0;
  IniSection* section_ = nullptr;  // std::map keeps its nodes where they are
  std::string key_;
};

}  // namespace

std::string value_of(const IniSection& section, const std::string& key) {
  const auto found = section.find(key);
  return found == section.end() ? "" : found->second;
}

Ini parse_ini(std::string_view text) { return Parser().parse(text); }

std::optional<IniProblem> find_ini_problem(std::string_view text) {
  Parser parser;
  parser.parse(text);
  return parser.problem();
}

}  // namespace hotaru::aws
