#pragma once

#include <map>
#include <string>
#include <vector>

#include "sim/action.h"

/// What several operations of CloudWatch read, checked as CloudWatch does.
namespace hotaru::sim::services {

/// ValidationError unless it has so many characters; what is not given has none.
std::string read_text(const JsonInput& input, const std::string& member, std::size_t least, std::size_t most);
std::vector<std::string> read_texts(const JsonInput& input, const std::string& member, std::size_t most);
/// Required.
std::string read_alarm_name(const JsonInput& input, const std::string& member);
/// The list Tags: at most 50, keys of 1 to 128 characters, values of up to 256.
std::map<std::string, std::string> read_alarm_tags(const JsonInput& input);
ApiError no_such_alarm();

}  // namespace hotaru::sim::services
