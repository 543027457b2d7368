#include <algorithm>
#include <span>

#include "sim/action.h"
#include "sim/actions/actions.h"

namespace hotaru::sim {

namespace {

// Every action there is. A new one is a file under actions/ (or beside its kin), its declaration, and a line here.
constexpr Action all_actions[] = {
    {"ec2", "DescribeAvailabilityZones", actions::describe_availability_zones},
    {"ec2", "DescribeRegions", actions::describe_regions},
    {"sts", "GetCallerIdentity", actions::get_caller_identity},
};

}  // namespace

const Action* find_action(std::string_view service, std::string_view name) {
  const auto found =
      std::ranges::find_if(all_actions, [&](const Action& one) { return one.service == service && one.name == name; });
  return found == std::end(all_actions) ? nullptr : &*found;
}

Refusal dry_run(const Parameters& parameters) {
  if (!parameters.flag("DryRun")) return std::nullopt;
  return ApiError{412, "DryRunOperation", "Request would have succeeded, but DryRun flag is set."};
}

Xml done() { return Xml{}.flag("return", true); }

}  // namespace hotaru::sim
