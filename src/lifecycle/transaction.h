#pragma once

#include <optional>
#include <string>

#include "lifecycle/bring_up.h"
#include "lifecycle/lifecycle.h"
#include "lifecycle/removal.h"
#include "ssh/ssh.h"
#include "store/journal.h"

namespace hotaru::lifecycle {

/// One launch, from the journaled intent to its journaled end. The order of its steps is the design.
class Transaction {
 public:
  Transaction(Context& context, LaunchPlan plan);
  Result<Launched> run();

 private:
  Result<void> begin();
  Result<Launched> steps();
  Result<Launched> finish(const aws::Instance& instance);
  Result<Launched> give_up(const Error& error);
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
  Result<aws::Instance> launch_instance();
  Result<aws::Instance> same_call_again(const aws::RunInstances& request);
  Result<aws::Instance> find_by_token(const std::string& token, const Error& last);
  Result<bool> refresh_after(const Error& refusal);
  aws::RunInstances request_of(int attempt) const;

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
  ssh::KeyPair user_key_;
  ssh::HostKey host_key_;
  std::string user_data_;
  std::optional<aws::Instance> existing_;  ///< the name is taken by this one
};

}  // namespace hotaru::lifecycle
