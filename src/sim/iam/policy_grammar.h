#pragma once

#include <string_view>

#include "base/json.h"
#include "sim/api_error.h"

/// Which policy documents IAM takes, and what it says of the others (IAM User Guide, "Grammar of the IAM JSON policy
/// language"). It looks for one kind of mistake after the other in the whole document; the order is IAM's too.
namespace hotaru::sim {

/// own: a policy of one role or user; managed: one with an ARN, which must have the newest version of the language.
enum class PolicyUse { own, managed, trust };

/// The document as JSON; discarded if it is none, or longer or deeper than any policy.
nlohmann::json parse_policy(std::string_view text);

/// MalformedPolicyDocument, in IAM's words.
Refusal check_policy(std::string_view text, PolicyUse use);

}  // namespace hotaru::sim
