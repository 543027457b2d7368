#include <fmt/format.h>

#include "base/text.h"
#include "lifecycle/choose.h"
#include "lifecycle/cost.h"
#include "lifecycle/encode.h"
#include "lifecycle/facts.h"
#include "lifecycle/keys.h"
#include "lifecycle/limits.h"
#include "lifecycle/names.h"
#include "lifecycle/transaction.h"
#include "lifecycle/user_data.h"

namespace hotaru::lifecycle {
namespace {

/// A GPU instance may take minutes to end; an endpoint that is gone is not waited for so long.
constexpr Patience kUndoPatience{.whole = Duration{10 * 60'000}, .unanswered = Duration{60'000}};
/// Other machines take an operation for dead after the user's patience and this: what retries and undoing may take.
constexpr Duration kDeadlineMargin{15 * 60'000};
constexpr Duration kJournalAge{90LL * 24 * 3600 * 1000};

Error undone(const Error& cause, const std::string& name) {
  Error error = cause;
  if (cause.kind == ErrorClass::interrupted) error.message = "Interrupted.";
  error.message = sentence(error.message) + fmt::format(" Everything that was made for {} has been removed.", name);
  return error;
}

}  // namespace

Transaction::Transaction(Context& context, LaunchPlan plan)
    : context_(context),
      plan_(std::move(plan)),
      ec2_(context.ec2(plan_.request.region)),
      owner_(owner_of(context.environment)),
      stopwatch_(context.clock) {}

Result<void> Transaction::begin() {
  operation_.id = context_.random.hex(16);
  operation_.kind = "up";
  operation_.scope = context_.scope;
  operation_.name = plan_.request.name;
  operation_.region = plan_.request.region;
  operation_.parameters = encode_parameters(plan_);
  operation_.deadline = context_.clock.now() + plan_.request.patience + kDeadlineMargin;
  remains_ = {.region = plan_.request.region,
              .name = plan_.request.name,
              .operation = operation_.id,
              .group_id = {},
              .instance_id = {},
              .fresh = true};
  auto lock = context_.journal.begin(operation_);
  if (!lock) return pass(lock);
  lock_.emplace(std::move(*lock));
  return context_.journal.forget_before(context_.clock.now() - kJournalAge);
}

Result<void> Transaction::prepare(bool with_template) {
  if (auto begun = begin(); !begun) return begun;
  // What is made here alone comes first: it bills nothing, and fails without a trace in the cloud.
  auto host_key = ssh::make_host_key(context_.folders, context_.runner);
  if (!host_key) return pass(host_key);
  host_key_ = *host_key;
  if (auto written = write_orders(); !written) return written;
  stopwatch_.mark("prepare");
  if (auto made = make_default_vpc(); !made) return made;
  if (auto taken = take_name(); !taken) return taken;
  if (existing_) return {};
  if (auto opened = open_port(); !opened) return opened;
  stopwatch_.mark("group");
  if (auto provided = provide_key(); !provided) return provided;
  if (with_template && fleet_size(1) > 0) (void)make_template();  // without it the places are asked one by one
  stopwatch_.mark("key");
  return {};
}

/// The limits as the instance is told them: a time runs from here on.
Result<void> Transaction::write_orders() {
  orders_.written = std::chrono::floor<std::chrono::seconds>(context_.clock.now());
  orders_.limits = limits_of(plan_.request.limits, orders_.written);
  FirstBoot boot{.host_key = host_key_};
  if (orders_.limits.any()) {
    std::vector<std::string> types{plan_.request.type};
    for (const Place& place : plan_.places) types.push_back(place.type);
    auto rates = rates_of(orders_.limits, types, plan_.request.region, plan_.disk_gib);
    if (!rates) return pass(rates);
    orders_.rates = *rates;
    boot.guard = orders_;
  }
  auto text = user_data(boot);
  if (!text) return pass(text);
  user_data_ = *text;
  return {};
}

Result<Launched> Transaction::launch() {
  if (!existing_) return launch_somewhere();
  auto closed = context_.journal.set_state(operation_.id, store::OperationState::undone, "The name was taken already.");
  if (!closed) return pass(closed);
  lock_.reset();
  return bring_up(context_, located_of(context_, plan_.request.region, *existing_), start_request_of(plan_.request));
}

Result<Launched> Transaction::finish(const aws::Instance& instance) {
  remains_.instance_id = instance.id;
  auto deleted = remove_template(context_, remains_);
  if (!deleted && deleted.error().kind == ErrorClass::interrupted) return pass(deleted);
  if (!deleted)  // it bills nothing
    context_.progress({"launch", fmt::format("The launch template {} could not be deleted: {}", remains_.template_name,
                                             deleted.error().message)});
  if (auto written = context_.journal.step(operation_.id, "instance", instance.id); !written) return pass(written);
  if (auto alarmed = set_alarms(instance); !alarmed) return pass(alarmed);
  note_sighting(context_, plan_.request.region, instance, plan_.price, plan_.disk_gib);
  Launched launched;
  launched.facts = to_facts(instance, plan_.request.region);
  store::KnownInstance known;
  known.user = plan_.image.user;
  known.identity = plan_.identity;
  known.group_id = remains_.group_id;
  known.from = join(plan_.from, ",");
  known = to_known(launched.facts, known);
  known.name = plan_.request.name;
  known.operation = operation_.id;
  known.user = plan_.image.user;
  if (auto put = context_.known.put(context_.scope, known); !put) return pass(put);
  launched.target = target_of(context_, known);
  if (auto trusted = trust_host_key(context_, launched.target, host_key_.public_text, operation_.id); !trusted)
    return pass(trusted);
  if (!plan_.request.wait) {
    launched.timings = stopwatch_.timings();
    return end(std::move(launched));
  }
  Waiter waiter(context_, plan_.request.region, instance.id, plan_.request.patience);
  auto ready = wait_until_ready(context_, waiter, known, stopwatch_, orders_.limits.any());
  if (ready) return end(std::move(*ready));
  if (orders_.limits.any() && !waiter.died() && ready.error().kind != ErrorClass::interrupted) {
    auto guarded = is_guarded(instance.id, ready.error());
    if (!guarded) return pass(guarded);
  }
  if (waiter.died() && moves_on(ready.error())) {
    // It was accepted, and there was no room for it after all: a refusal as any other.
    forget_instance(context_, plan_.request.name, instance.id);
    remains_.instance_id.clear();
  }
  if (waiter.died() || ready.error().kind == ErrorClass::interrupted) return ready;
  return keep(instance, ready.error());
}

guard::Limits Transaction::limits_here() const {
  guard::Limits limits = orders_.limits;
  if (plan_.request.spot) limits.then = guard::End::terminate;  // a one-time spot instance cannot stop
  return limits;
}

/// The second line: right after the launch, before anything is waited for.
Result<void> Transaction::set_alarms(const aws::Instance& instance) {
  if (!orders_.limits.any()) return {};
  if (auto written = context_.journal.step(operation_.id, "alarms", ""); !written) return written;
  remains_.alarms = true;
  const AlarmSubject subject{.name = plan_.request.name,
                             .operation = operation_.id,
                             .region = plan_.request.region,
                             .instance_id = instance.id,
                             .launched = context_.clock.now()};
  auto put = put_alarms(context_, subject.region, alarms_for(subject, limits_here(), orders_.rates, instance.type));
  stopwatch_.mark("alarms");
  return put;
}

/// We did not get in. It may only be kept if its guard has said on the console that it is armed.
Result<void> Transaction::is_guarded(const std::string& id, const Error& trouble) {
  if (trouble.code == kNotArmed) return std::unexpected(trouble);
  auto console = ec2_.console_output(id);
  if (console && guard::says_armed(*console)) return {};
  if (!console && console.error().kind == ErrorClass::interrupted) return pass(console);
  Error error = trouble;
  error.message =
      sentence(error.message) + " Its console does not say that its guard keeps the limits, so it is ended.";
  return std::unexpected(error);
}

Result<Launched> Transaction::end(Launched launched) {
  auto written = context_.journal.set_state(operation_.id, store::OperationState::done, launched.facts.id);
  if (!written) return pass(written);
  return launched;
}

/// It runs, but we do not get in, or cannot ask: the user decides what becomes of it.
Result<Launched> Transaction::keep(const aws::Instance& instance, const Error& error) {
  auto written =
      context_.journal.set_state(operation_.id, store::OperationState::done, instance.id + ": " + error.message);
  if (!written) return pass(written);
  Error kept = error;
  kept.message = sentence(kept.message) + fmt::format(" {} was launched and is kept; it bills.", instance.id);
  kept.hint = sentence(kept.hint) + fmt::format("{}`hotaru up {}` waits for it again, `hotaru down {}` ends it.",
                                                kept.hint.empty() ? "" : " ", plan_.request.name, plan_.request.name);
  // give_up must not undo what is to be kept.
  remains_ = {};
  group_asked_ = false;
  return std::unexpected(kept);
}

Result<Launched> Transaction::give_up(const Error& error) {
  auto now = context_.journal.find(operation_.id);
  const bool ended =
      now && *now && ((*now)->state == store::OperationState::done || (*now)->state == store::OperationState::undone);
  if (ended) return std::unexpected(error);
  if (!group_asked_) {
    (void)context_.journal.set_state(operation_.id, store::OperationState::undone, error.message);
    return std::unexpected(error);
  }
  (void)context_.journal.set_state(operation_.id, store::OperationState::undoing, error.message);
  if (error.kind == ErrorClass::interrupted) context_.forget_interrupt();
  context_.progress({"undo", fmt::format("Removing what was made for {}", plan_.request.name)});
  auto removed = remove_all(context_, remains_, kUndoPatience);
  if (!removed) return std::unexpected(left_to_journal(error, removed.error()));
  forget_instance(context_, remains_.name, remains_.instance_id);
  (void)context_.journal.set_state(operation_.id, store::OperationState::undone, error.message);
  return std::unexpected(undone(error, plan_.request.name));
}

/// What may go on billing is said by its id.
Error Transaction::left_to_journal(const Error& cause, const Error& trouble) const {
  const std::string& name = plan_.request.name;
  Error error = cause;
  if (cause.kind == ErrorClass::interrupted) error.message = "Interrupted.";
  error.message = sentence(error.message) + fmt::format(" What was made for {} could not all be removed yet", name);
  error.message +=
      trouble.kind == ErrorClass::interrupted ? " (interrupted again)." : fmt::format(" ({})", trouble.message);
  error.message = sentence(error.message);
  error.hint = "It is written in the journal: the next hotaru command removes it";
  if (!remains_.instance_id.empty()) {
    error.message += fmt::format(" {} may still run, and bill.", remains_.instance_id);
    error.hint += fmt::format("; `hotaru down {}` does so, too", name);
  } else if (launch_asked_) {
    error.message += " Whether an instance was launched is not known; if one was, it bills.";
  } else {
    error.message += " Nothing of it bills.";
  }
  return error;
}

}  // namespace hotaru::lifecycle
