#pragma once

#include <string>

#include "aws/ec2.h"
#include "lifecycle/lifecycle.h"
#include "store/known.h"

namespace hotaru::lifecycle {

/// Pure: an instance as EC2 describes it, for people.
Facts to_facts(const aws::Instance& instance, const std::string& region);
/// What is worth keeping of it; what only this machine knows (identity, rules) is taken from `before`.
store::KnownInstance to_known(const Facts& facts, const store::KnownInstance& before);
/// How to reach it. Makes the folder of the shared connection's socket.
ssh::Target target_of(const Context& context, const store::KnownInstance& known);
/// True if this machine's journal has the launch: it alone replaces the host key and writes the tag.
bool is_launched_here(Context& context, const std::string& operation);
/// Puts the public key of the tag into the instance's known-hosts file. Where the launch was ours, what is there
/// already is the truth, and the tag follows it; for another machine's instance the tag is.
Result<void> trust_host_key(Context& context, const ssh::Target& target, const std::string& public_text,
                            const std::string& operation);

inline bool is_gone(const std::string& state) { return state == "terminated" || state == "shutting-down"; }

}  // namespace hotaru::lifecycle
