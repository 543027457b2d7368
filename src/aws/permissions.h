#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "aws/client.h"
#include "base/result.h"

/// Whether the identity may do something, found out without doing it.
namespace hotaru::aws {

/// An action of EC2 with DryRun, which changes nothing. Success: it is permitted. A resource that does not exist is
/// found missing after the permission was looked at, so that `not_found` is a success as well. The error of a refusal
/// carries the encoded message in its context.
Result<void> may_call(Client& client, const std::string& region, const std::string& action,
                      std::vector<std::pair<std::string, std::string>> parameters);

/// What an encoded message stands after in an error's context, up to the end of that line.
inline constexpr const char* encoded_mark = "encoded: ";
/// The encoded message of a refusal; "" if there is none.
std::string encoded_message(const Error& error);

/// Why something was refused.
struct Refused {
  bool explicit_deny = false;              ///< a policy denies it; else no policy allows it
  std::vector<std::string> policies = {};  ///< statements and policies that did, as far as they are told
};
/// STS DecodeAuthorizationMessage, which itself needs a permission.
Result<Refused> decode_refusal(Client& client, const std::string& region, const std::string& encoded);

}  // namespace hotaru::aws
