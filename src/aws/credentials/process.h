#pragma once

#include <optional>
#include <string>
#include <vector>

#include "aws/credentials.h"

namespace hotaru::aws {

/// A program that writes credentials to its standard output as `credential_process` has them (JSON, "Version": 1).
/// `profile` is for messages. A program that has to ask somebody may do so at the terminal, if there is one.
Result<Credentials> credentials_of_program(const ProviderNeeds& needs, const std::vector<std::string>& argv,
                                           const std::string& profile);

/// Words as a POSIX shell splits them (quotes, backslashes), with nothing expanded; nullopt if a quote is not closed.
std::optional<std::vector<std::string>> shell_words(const std::string& line);

}  // namespace hotaru::aws
