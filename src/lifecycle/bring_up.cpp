#include "lifecycle/bring_up.h"

#include <fmt/format.h>

#include "base/text.h"
#include "lifecycle/change.h"
#include "lifecycle/change_limits.h"
#include "lifecycle/choose.h"
#include "lifecycle/facts.h"
#include "lifecycle/limits.h"

namespace hotaru::lifecycle {
namespace {

/// Where EC2 has no public address to give, the private one may do (a VPN, a jump host of the user's own).
void take_address(store::KnownInstance& known, const Facts& facts) {
  known.address = facts.address.empty() ? facts.private_address : facts.address;
}

Result<void> start_stopped(Context& context, const Located& located, Waiter& waiter) {
  if (located.instance.state == "stopping") {
    context.progress({"start", fmt::format("{} is still stopping", located.instance.id)});
    if (auto stopped = waiter.until_stopped(); !stopped) return pass(stopped);
  }
  context.progress({"start", fmt::format("Starting {}", located.instance.id)});
  auto change = context.ec2(located.region).start_instance(located.instance.id);
  if (change) return {};
  Error error = change.error();
  if (error.kind == ErrorClass::capacity && error.hint.empty())
    error.hint = "EC2 has no room for it at the moment; its disk is kept. Try again later.";
  return std::unexpected(error);
}

/// A laptop that has moved since: said at once, because the port would only stay silent.
void warn_if_shut_out(Context& context, const store::KnownInstance& known) {
  auto access = check_access(context, {known.id, known.region});
  if (!access || access->open) return;
  context.progress(
      {"access",
       fmt::format("Port 22 of {0} is open to {1}, but this machine is seen as {2}: `hotaru show {0} "
                   "--fix-access` mends that",
                   known.name, access->allowed.empty() ? "nobody" : join(access->allowed, ", "), access->current)});
}

/// An instance whose guard does not keep its limits may not go on. Its disk is the user's: it is stopped, not ended.
Error stop_unguarded(Context& context, const Located& located, Error error) {
  auto change = context.ec2(located.region).stop_instance(located.instance.id);
  error.message +=
      change ? fmt::format(" {} is being stopped.", located.instance.id)
             : fmt::format(" {} could not be stopped, and bills: {}", located.instance.id, change.error().message);
  return error;
}

Launched without_waiting(Context& context, const Located& located, const store::KnownInstance& known) {
  Launched launched;
  launched.facts = to_facts(located.instance, located.region);
  launched.target = target_of(context, known);
  return launched;
}

/// It is there whatever becomes of the wait: the one thing to know when that ends early.
Error there_and_bills(const Located& located, const std::string& name, Error error) {
  const auto price = price_of(located.region, located.instance.type);
  const std::string cost = price ? fmt::format(", ${:.4g} per hour while it runs", price->usd) : "";
  if (error.kind == ErrorClass::interrupted) error.message = "Interrupted.";
  error.message =
      sentence(error.message) + fmt::format(" {} ({}) is there, and bills{}.", name, located.instance.id, cost);
  if (!error.hint.empty()) error.hint = sentence(error.hint) + " ";
  error.hint +=
      fmt::format("`hotaru up {0}` waits for it again, `hotaru stop {0}` stops it, `hotaru down {0}` ends it.", name);
  return error;
}

}  // namespace

StartRequest start_request_of(const Request& request) {
  return {.wait = request.wait, .patience = request.patience, .limits = request.limits};
}

Result<Launched> wait_until_ready(Context& context, Waiter& waiter, store::KnownInstance known, Stopwatch& stopwatch,
                                  bool guarded) {
  auto instance = waiter.until_running();
  if (!instance) return pass(instance);
  stopwatch.mark("boot");
  Launched launched;
  launched.facts = to_facts(*instance, known.region);
  known = to_known(launched.facts, known);
  take_address(known, launched.facts);
  if (auto put = context.known.put(context.scope, known); !put) return pass(put);
  launched.target = target_of(context, known);
  auto trusted = trust_host_key(context, launched.target, launched.facts.host_key, launched.facts.operation);
  if (!trusted) return pass(trusted);
  if (auto alias = ssh::write_alias(context.folders, launched.target); !alias) return pass(alias);
  if (auto login = waiter.until_login(known, guarded); !login) return pass(login);
  launched.guard = waiter.guard();
  stopwatch.mark("connect");
  launched.ready = true;
  launched.timings = stopwatch.timings();
  return launched;
}

Result<Launched> bring_up(Context& context, const Located& located, const StartRequest& request) {
  Stopwatch stopwatch(context.clock);
  store::KnownInstance known = remember(context, located);
  Waiter waiter(context, located.region, located.instance.id, request.patience);
  std::optional<Change> change;
  const bool stopped = located.instance.state == "stopped" || located.instance.state == "stopping";
  if (stopped) {
    // The address will be another one; a connection to the old one is of no use.
    if (located.known) ssh::close_shared(target_of(context, *located.known), context.runner);
    if (auto limited = limit_before_start(context, located, request.limits, waiter); !limited) return pass(limited);
    auto begun = Change::begin(context, "start", located);
    if (!begun) return pass(begun);
    change.emplace(std::move(*begun));
    auto started = start_stopped(context, located, waiter);
    if (!started)
      if (auto closed = change->close(started); !closed) return pass(closed);
    if (!started && started.error().kind == ErrorClass::interrupted)
      return std::unexpected(there_and_bills(located, known.name, started.error()));
    if (!started) return pass(started);
    stopwatch.mark("start");
    if (auto closed = change->close(started); !closed) return pass(closed);
  }
  if (!request.wait) {
    Launched launched = without_waiting(context, located, known);
    launched.existed = true;
    launched.started = stopped;
    if (stopped) launched.facts.state = "pending";
    return launched;
  }
  warn_if_shut_out(context, known);
  const bool guarded = read_limits(located.instance.tags).any() || (stopped && request.limits.any());
  auto launched = wait_until_ready(context, waiter, known, stopwatch, guarded);
  if (!launched && waiter.died()) return launched;
  if (!launched && launched.error().code == kNotArmed)
    return std::unexpected(stop_unguarded(context, located, launched.error()));
  if (!launched) return std::unexpected(there_and_bills(located, known.name, launched.error()));
  launched->existed = true;
  launched->started = stopped;
  return launched;
}

}  // namespace hotaru::lifecycle
