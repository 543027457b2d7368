#pragma once

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "ssh/ssh.h"

/// What ssh(1) is told about a target, in the words of ssh_config(5): the command line and the alias say the same.
namespace hotaru::ssh {

/// Options in order, values ready for `-o NAME=VALUE` and for a configuration file.
std::vector<std::pair<std::string, std::string>> options_of(const Target& target);

/// A path as one word of ssh_config: in double quotes, '%' doubled (ssh expands %-tokens in file names).
std::string quoted(const std::filesystem::path& path);

}  // namespace hotaru::ssh
