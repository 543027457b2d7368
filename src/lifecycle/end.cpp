#include "lifecycle/end.h"

#include <fmt/format.h>

#include "base/text.h"
#include "lifecycle/bring_up.h"
#include "lifecycle/encode.h"
#include "lifecycle/find.h"
#include "lifecycle/keys.h"
#include "lifecycle/limits.h"
#include "lifecycle/names.h"
#include "lifecycle/waiting.h"

namespace hotaru::lifecycle {
namespace {

constexpr Patience kEndPatience{.whole = Duration{10 * 60'000}, .unanswered = Duration{60'000}};
constexpr Duration kDeadline{30 * 60'000};

/// What to end: from the cache where it is there (no call), else as EC2 has it. Our own group alone.
Result<Remains> choose_remains(Context& context, const Which& which, bool force) {
  auto known = find_known(context, which);
  if (!known) return pass(known);
  if (*known && !(*known)->group_id.empty())
    return Remains{.region = (*known)->region,
                   .name = (*known)->name,
                   .operation = (*known)->operation,
                   .group_id = (*known)->group_id,
                   .instance_id = (*known)->id,
                   .force = force};
  auto located = locate(context, which);
  if (!located) return pass(located);
  if (auto ours = check_ours(*located, which); !ours && !force) return pass(ours);
  auto group = group_of(context, *located);
  if (!group) return pass(group);
  const Facts facts = to_facts(located->instance, located->region);
  return Remains{.region = located->region,
                 .name = facts.name,
                 .operation = facts.operation,
                 .group_id = *group ? (*group)->id : "",
                 .instance_id = facts.id,
                 .force = force};
}

/// What was only cut off stays open, and the next command finishes it. What EC2 refuses is the user's to decide.
Error not_ended(Context& context, const store::Operation& operation, const Remains& remains, Error error) {
  const bool refused = error.code == is_protected;
  const bool cut_off =
      !refused && (is_passing(error) || error.kind == ErrorClass::interrupted || error.kind == ErrorClass::conflict);
  if (!cut_off) (void)context.journal.set_state(operation.id, store::OperationState::undone, error.message);
  if (error.kind == ErrorClass::interrupted) error.message = "Interrupted.";
  if (cut_off && !remains.instance_id.empty())
    error.message = sentence(error.message) + fmt::format(" {} may still run, and bill.", remains.instance_id);
  error.hint += error.hint.empty() ? "" : " ";
  if (error.code == is_protected) {
    error.hint = fmt::format(
        "It is protected against termination. hotaru down {} --force takes that away, and ends it.", operation.name);
    return error;
  }
  error.hint += cut_off
                    ? fmt::format("The next hotaru command goes on with it; so does `hotaru down {}`.", operation.name)
                    : fmt::format("`hotaru down {}` tries again.", operation.name);
  return error;
}

Result<Ended> journaled(Context& context, const Remains& remains) {
  store::Operation operation;
  operation.id = context.random.hex(16);
  operation.kind = "down";
  operation.scope = context.scope;
  operation.name = remains.name;
  operation.region = remains.region;
  operation.parameters = encode_parameters(remains.instance_id, remains.group_id, remains.operation);
  operation.deadline = context.clock.now() + kDeadline;
  auto lock = context.journal.begin(operation);
  if (!lock) return pass(lock);
  auto ended = finish_end(context, remains, kEndPatience);
  if (!ended) return std::unexpected(not_ended(context, operation, remains, ended.error()));
  if (auto written = context.journal.set_state(operation.id, store::OperationState::done, ""); !written)
    return pass(written);
  return ended;
}

}  // namespace

Result<Ended> finish_end(Context& context, const Remains& remains, const Patience& patience) {
  Stopwatch stopwatch(context.clock);
  close_connection(context, remains.name, remains.instance_id);
  std::vector<std::string> kept;
  auto change = terminate(context, remains, patience, &kept);
  if (!change) return pass(change);
  stopwatch.mark("terminate");
  Ended ended{.name = remains.name, .id = remains.instance_id, .region = remains.region, .timings = {}};
  ended.was_gone = change->previous == "terminated";
  ended.kept_volumes = kept;
  if (auto deleted = remove_alarms(context, remains.region, remains.name, remains.operation); !deleted)
    return pass(deleted);
  if (!remains.group_id.empty()) {
    context.progress({"group", fmt::format("Deleting the security group {}", group_name(remains.name))});
    Remains group = remains;
    group.instance_id.clear();
    if (auto removed = remove_all(context, group, patience); !removed) return pass(removed);
    ended.group_removed = true;
    stopwatch.mark("group");
  }
  forget_instance(context, remains.name, remains.instance_id);
  ended.timings = stopwatch.timings();
  return ended;
}

Result<Ended> end(Context& context, const Which& which, bool force) {
  auto remains = choose_remains(context, which, force);
  if (!remains) return pass(remains);
  auto ended = journaled(context, *remains);
  if (!ended || !ended->was_gone) return ended;
  // The cache spoke of one that had ended long before: another of that name may be there.
  auto known = find_known(context, which);
  auto again = known && !*known ? locate(context, which) : Result<Located>(fail(ErrorClass::not_found, ""));
  if (!again || is_gone(again->instance.state)) return ended;
  return end(context, which, force);
}

}  // namespace hotaru::lifecycle
