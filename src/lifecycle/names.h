#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "aws/ec2.h"
#include "base/environment.h"
#include "base/random.h"

/// What things of ours are called in the cloud.
namespace hotaru::lifecycle {

namespace tag {
inline constexpr const char* name = "hotaru:name";
inline constexpr const char* owner = "hotaru:owner";
inline constexpr const char* operation = "hotaru:operation";
inline constexpr const char* deadline = "hotaru:deadline";  ///< on the group: when its operation counts as dead
inline constexpr const char* user = "hotaru:user";          ///< login
inline constexpr const char* host_key = "hotaru:host-key";  ///< the public half
inline constexpr const char* expires = "hotaru:expires";    ///< on the instance: its time limit, ISO 8601
inline constexpr const char* limits = "hotaru:limits";      ///< the others: "idle=1h budget=5usd then=stop"
}  // namespace tag

/// "quiet-ember-42": short, friendly, not in `taken`.
std::string made_up_name(Random& random, const std::vector<std::string>& taken);
std::string group_name(std::string_view name);
/// "hotaru-" and the first 16 hexadecimal digits of the SHA-256 of the public text without its comment.
std::string key_pair_name(std::string_view public_text);
/// "user@host", found without a call.
std::string owner_of(const Environment& environment);
/// The tags that everything of ours carries.
aws::Tags common_tags(const std::string& name, const std::string& owner, const std::string& operation);

}  // namespace hotaru::lifecycle
