#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>

#include "guard/guard.h"
#include "lifecycle/bring_up.h"
#include "lifecycle/lifecycle.h"
#include "lifecycle/removal.h"
#include "ssh/ssh.h"
#include "store/journal.h"

namespace hotaru::lifecycle {

/// Whether a refusal says that another offer may do.
bool moves_on(const Error& error);

/// One launch in one region, from the journaled intent to its journaled end. The order of its steps is the design.
class Transaction {
 public:
  Transaction(Context& context, LaunchPlan plan);
  /// Takes the name and makes all that a launch needs; nothing of it bills. To be given up where it fails.
  /// `with_template`: what a fleet call needs, too.
  Result<void> prepare(bool with_template = false);
  /// Launches in the first of the plan's places that has room, and waits. After `prepare`; to be given up where it
  /// fails.
  Result<Launched> launch();
  /// Removes what was made, unless it has ended as it should; `error` is why, and comes back with what became of it.
  Result<Launched> give_up(const Error& error);
  const std::vector<Refusal>& refusals() const { return refusals_; }
  /// Told of each place that says no.
  std::function<void()> on_refusal = [] {};

 private:
  Result<void> begin();
  Result<void> write_orders();
  guard::Limits limits_here() const;
  Result<void> set_alarms(const aws::Instance& instance);
  Result<void> is_guarded(const std::string& id, const Error& trouble);
  Result<Launched> finish(const aws::Instance& instance);
  Error left_to_journal(const Error& cause, const Error& trouble) const;
  Result<Launched> keep(const aws::Instance& instance, const Error& error);
  Result<Launched> end(Launched launched);

  // The name (take_name.cpp): a security group that EC2 lets exist once per VPC is the lock.
  Result<void> make_default_vpc();
  Result<void> take_name();
  Result<bool> create_group();
  Result<bool> judge_taken();
  Result<void> refuse_if_alive(const aws::SecurityGroup& group);
  Result<void> open_port();

  // The launch (launch_call.cpp).
  Result<void> provide_key();
  Result<void> settle_in(const Place& place);
  Result<Launched> launch_somewhere();
  Result<Launched> launch_from(std::size_t& index);
  Result<Launched> launch_here();
  void note_refusal(const Place& place, const Error& error);
  bool is_moot(const Place& place) const;
  Result<aws::Instance> launch_instance();
  Result<aws::Instance> same_call_again(const aws::RunInstances& request);
  Result<aws::Instance> find_by_token(const std::string& token, const Error& last);
  Result<bool> refresh_after(const Error& refusal);
  aws::RunInstances request_of(int attempt) const;

  // One call for many places (launch_fleet.cpp).
  std::size_t fleet_size(std::size_t first) const;  ///< how many places from `first` on; 0: not worth it
  Result<void> make_template();
  Result<aws::CreateFleet> fleet_of(std::span<const Place> places);
  Result<aws::FleetOutcome> same_fleet_again(const aws::CreateFleet& request);
  const Place* place_of(std::span<const Place> places, const std::string& type, const std::string& subnet_id);
  void note_fleet_refusals(std::span<const Place> places, const aws::FleetOutcome& outcome);
  aws::Instance instance_of(const aws::FleetInstance& launched, const Place& place) const;
  Result<Launched> launch_fleet(std::span<const Place> places);
  bool goes_without_fleet(const Error& error);

  Context& context_;
  LaunchPlan plan_;
  aws::Ec2 ec2_;
  std::string owner_;
  store::Operation operation_;
  std::optional<FileLock> lock_;
  Stopwatch stopwatch_;
  Remains remains_;  ///< what has been made so far
  bool group_asked_ = false;
  bool launch_asked_ = false;
  int attempt_ = 0;  ///< launch calls so far, by their tokens
  std::vector<Refusal> refusals_;
  ssh::KeyPair user_key_;
  ssh::HostKey host_key_;
  std::string user_data_;
  guard::Orders orders_;                   ///< without limits: there is no guard
  std::optional<aws::Instance> existing_;  ///< the name is taken by this one
};

}  // namespace hotaru::lifecycle
