#pragma once

#include <functional>
#include <string>

#include "aws/client.h"
#include "aws/ec2.h"
#include "base/clock.h"
#include "base/environment.h"
#include "base/process.h"
#include "base/random.h"
#include "catalog/catalog.h"
#include "http/message.h"
#include "ledger/book.h"
#include "ssh/ssh.h"
#include "store/journal.h"
#include "store/known.h"

namespace hotaru::lifecycle {

/// Something that happens now, for the user to see. A phase begins when its name first comes and ends with the next.
struct Progress {
  std::string phase;  ///< stable, for JSON: "image", "network", "key", "group", "launch", "boot", "connect", "undo", …
  std::string text;   ///< "Waiting for i-0123… to run (pending)"
};

/// The way in to an instance: OpenSSH, unless a test puts another in its place.
class Login {
 public:
  virtual ~Login() = default;
  /// As ssh::await_shell with `true`.
  virtual Result<void> await_shell(const ssh::Target& target, Duration patience,
                                   const std::function<Result<void>()>& still_alive) = 0;
  /// As ssh::run_as_root.
  virtual Result<std::string> run_as_root(const ssh::Target& target, const std::string& command) = 0;
  /// As ssh::renew_host_key.
  virtual Result<std::string> renew_host_key(const ssh::Target& target) = 0;
};

/// All seams through which the lifecycle touches the world. Made once per command; for one thread (calls to several
/// regions go out on threads of their own inside).
struct Context {
  aws::Client& client;
  http::Transport& transport;  ///< for the checkip service
  Runner& runner;
  Clock& clock;  ///< sleep false means: interrupted
  Random& random;
  store::Journal& journal;
  store::Known& known;
  Folders folders;
  Environment environment;  ///< USER, HOTARU_CHECKIP_URL
  std::string scope;        ///< see scope_of()
  std::string region;       ///< where to work unless a request says otherwise; "" if nothing says it
  std::function<void(const Progress&)> progress = [](const Progress&) {};
  /// Interrupt::forget, so that an undoing can run (and be interrupted in turn).
  std::function<void()> forget_interrupt = [] {};
  Login* login = nullptr;  ///< nullptr: OpenSSH by the runner
  /// What things have cost, opened at its first use; nullptr: nothing of it is kept.
  std::function<ledger::Book*()> book = []() -> ledger::Book* { return nullptr; };
  /// What EC2 offers, as new as it is known here.
  std::function<const catalog::Catalog&()> catalog = []() -> const catalog::Catalog& { return catalog::built_in(); };
  /// Several regions are asked one after the other: on a virtual clock the order of threads would be the only chance
  /// left in a run.
  bool one_by_one = false;

  aws::Ec2 ec2(const std::string& in_region) const { return {client, in_region}; }
};

/// Which cloud and account journal and caches belong to, found without a call: `cloud` ("sim"; "" for the settings'
/// own endpoint or AWS) and the account, which the access key id carries in itself (base32 after the prefix).
std::string scope_of(const std::string& cloud, const aws::Settings& settings, const aws::Credentials& credentials);

}  // namespace hotaru::lifecycle
