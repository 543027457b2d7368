#pragma once

#include <functional>
#include <optional>
#include <string>

#include "lifecycle/lifecycle.h"

namespace hotaru::lifecycle {

/// An instance's end on its way to `running`, as EC2 explains it. Pure.
Error death_of(const aws::Instance& instance);

/// The code of the error that an instance's guard has not said within its time that it is armed.
inline constexpr const char* kNotArmed = "GuardNotArmed";

/// Waits for one instance, by questions at growing intervals.
class Waiter {
 public:
  Waiter(Context& context, std::string region, std::string id, Duration patience);
  /// Running, with its public address. A terminal state ends the wait at once (see `died`).
  Result<aws::Instance> until_running();
  Result<aws::Instance> until_stopped();
  /// A verified shell, and a guard that says that it keeps the limits (if `guarded`); then the host key that came with
  /// the user data is replaced (once, by the machine that launched it), and its tag written.
  Result<void> until_login(store::KnownInstance& known, bool guarded);
  /// What its guard said when it was seen to be armed.
  const std::optional<guard::Status>& guard() const { return guard_; }
  /// The last wait ended because the instance did.
  bool died() const { return died_; }

 private:
  using Judge = std::function<Result<bool>(const aws::Instance&)>;
  /// `state`: what it is in until EC2 says otherwise, for messages.
  Result<aws::Instance> until(const Judge& judge, std::string state);
  Result<bool> judge_start(const aws::Instance& instance);
  Result<void> still_alive();
  Result<void> until_armed(Login& login, const ssh::Target& target);
  Result<void> renew_host_key(Login& login, const ssh::Target& target, store::KnownInstance& known);

  Context* context_;
  std::string region_;
  std::string id_;
  Duration end_;  ///< of the patience, by the steady clock
  Duration next_look_{0};
  Duration look_pause_;
  bool died_ = false;
  std::optional<guard::Status> guard_;
};

}  // namespace hotaru::lifecycle
