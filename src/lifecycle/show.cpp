#include "lifecycle/facts.h"
#include "lifecycle/find.h"

namespace hotaru::lifecycle {

Result<Facts> show(Context& context, const Which& which) {
  auto located = locate(context, which);
  if (!located) return pass(located);
  Facts facts = to_facts(located->instance, located->region);
  if (!facts.ours || is_gone(facts.state)) return facts;
  const store::KnownInstance known = remember(context, *located);
  if (!known.group_id.empty()) facts.group_id = known.group_id;
  return facts;
}

Result<store::KnownInstance> look_up(Context& context, const Which& which) {
  auto known = find_known(context, which);
  if (!known) return pass(known);
  if (*known) return **known;
  auto located = locate(context, which);
  if (!located) return pass(located);
  return to_known(to_facts(located->instance, located->region), {});
}

Result<ssh::Target> target(Context& context, const Which& which, bool refresh) {
  auto known = find_known(context, which);
  if (!known) return pass(known);
  if (*known && !refresh && !(*known)->address.empty() && (*known)->state == "running") {
    ssh::Target reach = target_of(context, **known);
    // Without a host key (seen by `ls` alone, or the file is lost) nothing could be verified: the tag has it.
    auto stored = ssh::stored_host_keys(reach);
    if (stored && !stored->empty()) return reach;
  }
  auto located = locate(context, which);
  if (!located) return pass(located);
  const Facts facts = to_facts(located->instance, located->region);
  if (facts.state != "running" || (facts.address.empty() && facts.private_address.empty()))
    return fail(ErrorClass::conflict,
                which.name + " is " + facts.state + (facts.state == "running" ? " without an address." : "."),
                facts.state == "stopped" ? "`hotaru start " + which.name + "` starts it." : "");
  if (auto ours = check_ours(*located, which); !ours) return pass(ours);
  store::KnownInstance fresh = remember(context, *located);
  if (fresh.address.empty()) fresh.address = facts.private_address;
  const ssh::Target reach = target_of(context, fresh);
  auto trusted = trust_host_key(context, reach, facts.host_key, facts.operation);
  if (!trusted) return pass(trusted);
  if (auto alias = ssh::write_alias(context.folders, reach); !alias) return pass(alias);
  return reach;
}

}  // namespace hotaru::lifecycle
