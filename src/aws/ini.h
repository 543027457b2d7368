#pragma once

#include <map>
#include <string>
#include <string_view>

namespace hotaru::aws {

/// Keys are lower-case. What stands indented under a key without a value is kept as "key.subkey".
using IniSection = std::map<std::string, std::string>;

/// Section names as they stand between the brackets, with runs of white space made one space and quotes removed:
/// "default", "profile NAME", "sso-session NAME".
using Ini = std::map<std::string, IniSection>;

/// AWS's shared configuration format (AWS SDKs and Tools Reference Guide, "Shared config and credentials files"). Never
/// fails: lines that make no sense are passed over, as AWS's tools do. Of a key given twice the last counts.
Ini parse_ini(std::string_view text);

}  // namespace hotaru::aws
