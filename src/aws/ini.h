#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace hotaru::aws {

/// Keys are lower-case. What stands indented under a key without a value is kept as "key.subkey".
using IniSection = std::map<std::string, std::string>;
/// The value of a key, "" if there is none.
std::string value_of(const IniSection& section, const std::string& key);

/// Section names as they stand between the brackets, with runs of white space made one space and quotes removed:
/// "default", "profile NAME", "sso-session NAME".
using Ini = std::map<std::string, IniSection>;

/// AWS's shared configuration format (AWS SDKs and Tools Reference Guide, "Shared config and credentials files"). Never
/// fails: lines that make no sense are passed over. Of a key given twice the last counts.
Ini parse_ini(std::string_view text);

/// A line that makes no sense.
struct IniProblem {
  int line = 0;  ///< from 1
  std::string
      what;  ///< "the section's name does not end with ]"; says nothing of the line itself, which may be a secret
};
/// The first line that parse_ini passes over and that the AWS CLI refuses (it stops at any such file).
std::optional<IniProblem> find_ini_problem(std::string_view text);

}  // namespace hotaru::aws
