#include "lifecycle/wait.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <optional>

#include "base/file.h"
#include "lifecycle/cost.h"
#include "lifecycle/facts.h"
#include "lifecycle/names.h"
#include "lifecycle/waiting.h"

namespace hotaru::lifecycle {
namespace {

namespace fs = std::filesystem;

constexpr Duration kFirstLook{10'000};  // at EC2, while the port is tried: the port itself tells more, and sooner
constexpr Duration kLongestLook{60'000};
constexpr Duration kUnansweredLook{2'000};  // after a question that got no answer: that is worth a word, and soon
constexpr Duration kRenewalPatience{60'000};
constexpr Duration kArmPatience{90'000};  // the guard starts before sshd: it is late already
constexpr Duration kCommandPatience{20'000};
constexpr Duration kAddressPatience{30'000};  // a public address comes with `running`, or moments later

/// OpenSSH by the context's runner.
class SshLogin final : public Login {
 public:
  explicit SshLogin(Context& context) : context_(&context) {}
  SshLogin(const SshLogin&) = delete;
  SshLogin& operator=(const SshLogin&) = delete;
  ~SshLogin() override {
    if (first_) ssh::close_shared(*first_, context_->runner);
  }
  Result<void> await_shell(const ssh::Target& target, Duration patience,
                           const std::function<Result<void>()>& still_alive) override {
    first_ = ssh::first_contact(context_->folders, target);
    auto shell = ssh::await_shell(*first_, "true", context_->runner, context_->clock, patience, still_alive);
    if (!shell) return pass(shell);
    return {};
  }
  Result<std::string> run_as_root(const ssh::Target& target, const std::string& command) override {
    return ssh::run_as_root(first_.value_or(target), command, context_->runner, kCommandPatience);
  }
  Result<std::string> renew_host_key(const ssh::Target& target) override {
    return ssh::renew_host_key(first_.value_or(target), context_->runner);
  }

 private:
  Context* context_;
  std::optional<ssh::Target> first_;
};

/// A key that is refused by an instance of another machine is most likely just not on it.
Error explain_refusal(Context& context, const store::KnownInstance& known, Error error) {
  if (error.code == ssh::key_refused && !is_launched_here(context, known.operation))
    error.hint = "It was launched from another machine: log in from there, or add this machine's public key there.";
  return error;
}

ErrorClass class_of_death(const std::string& code) {
  const auto says = [&](const char* word) { return code.find(word) != std::string::npos; };
  if (says("Capacity")) return ErrorClass::capacity;
  if (says("LimitExceeded")) return ErrorClass::quota;
  return ErrorClass::conflict;
}

}  // namespace

Error death_of(const aws::Instance& instance) {
  const std::string reason =
      instance.state_reason_message.empty() ? "EC2 gives no reason" : instance.state_reason_message;
  Error error{class_of_death(instance.state_reason_code),
              fmt::format("{} is {} instead of running: {}.", instance.id, instance.state,
                          reason.ends_with('.') ? reason.substr(0, reason.size() - 1) : reason)};
  error.code = instance.state_reason_code;
  if (error.code == "Client.InternalError")
    error.hint = "Often the key that encrypts its disk may not be used: look at the account's default EBS key in KMS.";
  else if (error.kind == ErrorClass::capacity)
    error.hint = "Try another --zone, --region or --type.";
  else if (error.kind == ErrorClass::quota)
    error.hint = "Ask for more under Service Quotas, or remove what is not needed.";
  return error;
}

Waiter::Waiter(Context& context, std::string region, std::string id, Duration patience)
    : context_(&context),
      region_(std::move(region)),
      id_(std::move(id)),
      end_(context.clock.steady() + patience),
      look_pause_(kFirstLook) {}

Result<aws::Instance> Waiter::until(const Judge& judge, std::string state) {
  const Duration begun = context_->clock.steady();
  Pauses pauses(context_->clock, Duration{200});
  while (true) {
    if (auto rested = pauses.rest(); !rested) return pass(rested);
    auto found = context_->ec2(region_).describe_instances({.instance_ids = {id_}, .filters = {}});
    const bool unknown = found ? found->empty() : found.error().code == "InvalidInstanceID.NotFound";
    if (!found && !unknown && !is_passing(found.error())) return pass(found);
    if (unknown && context_->clock.steady() - begun > kConsistencyBound)
      return fail(ErrorClass::not_found, fmt::format("EC2 does not know {} in {} (any more).", id_, region_));
    if (found && !found->empty()) {
      note_sighting(*context_, region_, found->front());
      auto there = judge(found->front());
      if (!there) return pass(there);
      if (*there) return found->front();
      state = found->front().state;
    }
    context_->progress({"boot", fmt::format("{} is {}", id_, state)});
    if (context_->clock.steady() < end_) continue;
    return fail(ErrorClass::unavailable,
                found ? fmt::format("{} is still {} after all this time.", id_, state)
                      : fmt::format("EC2 does not answer; {} was {} when it last did.", id_, state),
                "`hotaru show` tells how it is; `hotaru down` ends it.");
  }
}

Result<bool> Waiter::judge_start(const aws::Instance& instance) {
  if (is_gone(instance.state) || instance.state == "stopping" || instance.state == "stopped") {
    died_ = is_gone(instance.state);
    return std::unexpected(death_of(instance));
  }
  return instance.state == "running";
}

Result<aws::Instance> Waiter::until_running() {
  std::optional<Duration> address_end;
  const auto judge = [&](const aws::Instance& instance) -> Result<bool> {
    auto running = judge_start(instance);
    if (!running || !*running || !instance.public_ip.empty()) return running;
    if (!address_end) address_end = context_->clock.steady() + kAddressPatience;
    return context_->clock.steady() >= *address_end;
  };
  return until(judge, "pending");
}

Result<aws::Instance> Waiter::until_stopped() {
  const auto judge = [this](const aws::Instance& instance) -> Result<bool> {
    died_ = is_gone(instance.state);
    if (died_) return std::unexpected(death_of(instance));
    return instance.state == "stopped";
  };
  return until(judge, "stopping");
}

Result<void> Waiter::still_alive() {
  if (context_->clock.steady() < next_look_) return {};
  next_look_ = context_->clock.steady() + look_pause_;
  look_pause_ = std::min(look_pause_ * 2, kLongestLook);
  auto found = context_->ec2(region_).describe_instances({.instance_ids = {id_}, .filters = {}});
  if (!found && found.error().kind == ErrorClass::interrupted) return pass(found);
  if (!found) next_look_ = context_->clock.steady() + kUnansweredLook;
  if (!found || found->empty()) return {};  // the port is the judge as long as EC2 says nothing against it
  auto alive = judge_start(found->front());
  if (!alive) return pass(alive);
  return {};
}

Result<void> Waiter::until_armed(Login& login, const ssh::Target& target) {
  const Deadline deadline(context_->clock, kArmPatience);
  Pauses pauses(context_->clock);
  while (true) {
    auto said = login.run_as_root(target, guard::status_command());
    if (!said && said.error().kind == ErrorClass::interrupted) return pass(said);
    auto status = said ? guard::parse_status(*said) : Result<guard::Status>(pass(said));
    if (status && status->armed) {
      guard_ = *status;
      return {};
    }
    context_->progress({"guard", fmt::format("Waiting for the guard of {} to say that it is armed", target.name)});
    if (auto alive = still_alive(); !alive) return alive;
    if (deadline.passed()) break;
    if (auto rested = pauses.rest(); !rested) return rested;
  }
  Error error{
      ErrorClass::unavailable, fmt::format("The guard of {} does not say that it keeps the limits.", target.name),
      "It needs an image with cloud-init, /bin/sh and sudo. --no-limits launches without a guard: then it bills "
      "until you end it."};
  error.code = kNotArmed;
  return std::unexpected(error);
}

Result<void> Waiter::until_login(store::KnownInstance& known, bool guarded) {
  const ssh::Target target = target_of(*context_, known);
  SshLogin open_ssh(*context_);
  Login& login = context_->login != nullptr ? *context_->login : open_ssh;
  context_->progress({"connect", fmt::format("Waiting for {} at {} to let us in", known.name, known.address)});
  next_look_ = context_->clock.steady() + look_pause_;
  const Duration patience = std::max(end_ - context_->clock.steady(), Duration{0});
  auto shell = login.await_shell(target, patience, [this] { return still_alive(); });
  if (!shell) return std::unexpected(explain_refusal(*context_, known, shell.error()));
  if (guarded)
    if (auto armed = until_armed(login, target); !armed) return armed;
  // Another machine's key file would go out of date by a key that we made.
  if (known.host_key_renewed || !is_launched_here(*context_, known.operation)) return {};
  return renew_host_key(login, target, known);
}

Result<void> Waiter::renew_host_key(Login& login, const ssh::Target& target, store::KnownInstance& known) {
  // Two commands at once (`up NAME` twice) would each make a key, and one would store what the other has switched.
  const fs::path file = target.known_hosts.string() + ".lock";
  auto lock = FileLock::acquire(file, context_->clock, kRenewalPatience);
  if (!lock) return pass(lock);
  auto present = context_->known.find(context_->scope, known.name);
  const bool done = present && std::ranges::any_of(*present, [&](const store::KnownInstance& each) {
                      return each.id == known.id && each.host_key_renewed;
                    });
  if (!*lock || done) return {};
  context_->progress({"verify", "Replacing the host key that came with the user data"});
  auto renewed = login.renew_host_key(target);
  auto tagged =
      renewed ? context_->ec2(region_).create_tags({id_}, {{tag::host_key, *renewed}}) : Result<void>(pass(renewed));
  if (!tagged && tagged.error().kind == ErrorClass::interrupted) return tagged;
  if (!tagged) {  // the instance works, and the key is replaced the next time
    context_->progress({"verify", "The host key could not be replaced yet: " + tagged.error().message});
    return {};
  }
  known.host_key_renewed = true;
  return context_->known.put(context_->scope, known);
}

}  // namespace hotaru::lifecycle
