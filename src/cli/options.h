#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/result.h"

namespace CLI {  // NOLINT(readability-identifier-naming): the name of the library
class App;
}

namespace hotaru::cli {

/// The options of one command: declared once, used for parsing (by CLI11, which only options.cpp sees) and for help.
class Options {
 public:
  struct Line {
    std::string names;  ///< "-o, --output table|json"
    std::string help;
  };

  Options();
  ~Options();
  Options(const Options&) = delete;
  Options& operator=(const Options&) = delete;

  /// `names` as CLI11 has them: "-y,--yes".
  void flag(const std::string& names, bool& value, const std::string& help);
  void text(const std::string& names, const std::string& placeholder, std::string& value, const std::string& help);
  /// May be given again and again.
  void texts(const std::string& names, const std::string& placeholder, std::vector<std::string>& values,
             const std::string& help);
  void number(const std::string& names, const std::string& placeholder, int& value, const std::string& help);
  void choice(const std::string& names, const std::vector<std::string>& choices, std::string& value,
              const std::string& help);
  void argument(const std::string& name, std::string& value, bool required, const std::string& help);
  /// From here on the lines are listed under another heading ("Options for every command").
  void heading(const std::string& text);

  /// Errors are `invalid`, with the nearest option where one is unknown.
  Result<void> parse(const std::vector<std::string>& arguments);
  const std::vector<Line>& arguments() const { return arguments_; }
  /// Options, and headings, which have no help.
  const std::vector<Line>& lines() const { return lines_; }
  /// Arguments and options, aligned, for help.
  std::string help() const;

 private:
  void add_line(const std::string& names, const std::string& placeholder, const std::string& help);
  Error unknown(const std::string& word) const;

  std::unique_ptr<CLI::App> app_;
  std::vector<Line> arguments_;
  std::vector<Line> lines_;  ///< a heading has no help
  std::vector<std::string> long_names_;
};

}  // namespace hotaru::cli
