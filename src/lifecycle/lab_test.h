#pragma once

#include <algorithm>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/file.h"
#include "base/text.h"
#include "lifecycle/lifecycle.h"
#include "sim/endpoint.h"
#include "sim/in_memory_transport.h"
#include "sim/null_machines.h"
#include "sim/scenario/scripted_machines.h"
#include "sim/world.h"

/// For tests: hotaru and the embedded EC2 in one process, on one virtual clock, with a wire between them that can be
/// made to fail.
namespace hotaru::lifecycle::lab {

/// The end of the process, at the worst moment.
struct Killed {};

/// What becomes of one call.
enum class Fault {
  none,
  lost_reply,     ///< done, but no answer came
  refused,        ///< the connection was: not done
  server_error,   ///< 503, not done
  capacity,       ///< InsufficientInstanceCapacity
  forbidden,      ///< UnauthorizedOperation, as where an organisation allows some regions alone
  killed_before,  ///< the process dies before the call is done
  killed_after,   ///< … once it is done
  interrupted,    ///< Ctrl-C in the middle: done, nobody waited for the answer
  interrupted_before,
};

class Wire final : public http::Transport {
 public:
  explicit Wire(http::Transport& inner) : inner_(inner) {}

  /// Asked for every call, with its action and its number since the last `forget()` (from 1).
  std::function<Fault(const std::string& action, int number)> faults = [](const std::string&, int) {
    return Fault::none;
  };
  std::function<void(const std::string& action)> before = [](const std::string&) {};
  std::vector<std::string> actions;  ///< all calls so far
  std::vector<std::string> bodies;

  long count(const std::string& action) const { return std::ranges::count(actions, action); }
  void forget() {
    actions.clear();
    bodies.clear();
  }

  Result<http::Response> send(const http::Request& request) override {
    if (request.method == "GET") return inner_.send(request);
    const std::string action = action_of(request);
    const Fault fault = note(action, request.body);
    before(action);
    switch (fault) {
      case Fault::refused:
        return fail(ErrorClass::unavailable, "Connection refused.");
      case Fault::server_error:
        return answer(503, "Unavailable");
      case Fault::capacity:
        return answer(500, "InsufficientInstanceCapacity");
      case Fault::forbidden:
        return answer(403, "UnauthorizedOperation");
      case Fault::killed_before:
        throw Killed{};
      case Fault::interrupted_before:
        return fail(ErrorClass::interrupted, "Interrupted.");
      default:
        break;
    }
    auto response = inner_.send(request);
    if (fault == Fault::killed_after) throw Killed{};
    if (fault == Fault::lost_reply) return fail(ErrorClass::unknown_outcome, "No answer came.");
    if (fault == Fault::interrupted) return fail(ErrorClass::interrupted, "Interrupted.");
    return response;
  }

 private:
  /// Several regions are asked at once, each from a thread of its own.
  Fault note(const std::string& action, const std::string& body) {
    const std::lock_guard lock(mutex_);
    actions.push_back(action);
    bodies.push_back(body);
    return faults(action, static_cast<int>(actions.size()));
  }
  static std::string action_of(const http::Request& request) {
    const std::string target = http::header(request.headers, "X-Amz-Target");
    if (!target.empty()) return target.substr(target.find('.') + 1);
    for (const std::string& pair : split(request.body, '&'))
      if (pair.starts_with("Action=")) return pair.substr(7);
    return "";
  }
  static http::Response answer(int status, const std::string& code) {
    return {.status = status,
            .headers = {},
            .body = "<Response><Errors><Error><Code>" + code +
                    "</Code><Message>Made up.</Message></Error></Errors>"
                    "<RequestID>r</RequestID></Response>"};
  }
  http::Transport& inner_;
  std::mutex mutex_;
};

/// ssh-keygen is the real one; every other program succeeds and does nothing.
class Programs final : public Runner {
 public:
  Result<Exit> run(const Command& command) override {
    if (command.argv[0] == "ssh-keygen") return real_.run(command);
    return Exit{};
  }
  Result<std::unique_ptr<Child>> spawn(const Command&) override {
    return fail(ErrorClass::unsupported, "not in tests");
  }
  Result<pid_t> detach(const Command&, const std::filesystem::path&) override {
    return fail(ErrorClass::unsupported, "not in tests");
  }

 private:
  SystemRunner real_;
};

/// A way in that opens at once, unless a test says otherwise.
class Door final : public Login {
 public:
  std::function<Result<void>(const ssh::Target&, const std::function<Result<void>()>&)> open =
      [](const ssh::Target&, const std::function<Result<void>()>&) { return Result<void>{}; };
  std::vector<ssh::Target> visitors;
  std::vector<std::string> trusted;  ///< the host key that was stored when we knocked
  std::string new_key = "ssh-ed25519 AAAArenewed";

  Result<void> await_shell(const ssh::Target& target, Duration,
                           const std::function<Result<void>()>& still_alive) override {
    visitors.push_back(target);
    auto keys = ssh::stored_host_keys(target);
    trusted.push_back(keys && !keys->empty() ? keys->front() : "");
    return open(target, still_alive);
  }
  /// What the guard answers to any command; the commands that it got.
  std::function<Result<std::string>(const std::string&)> guard = [](const std::string&) {
    return Result<std::string>(armed);
  };
  std::vector<std::string> commands;
  static constexpr const char* armed =
      "hotaru-guard 1700000000 1 0 0 0 0 0 0 0 - 0 0 - - t i-1 0 0 0 1700000000 0 - end\n";
  Result<std::string> run_as_root(const ssh::Target&, const std::string& command) override {
    commands.push_back(command);
    return guard(command);
  }
  Result<std::string> renew_host_key(const ssh::Target& target) override {
    if (auto stored = ssh::store_host_keys(target, {new_key}); !stored) return pass(stored);
    return new_key;
  }
};

/// The cloud: outlives the processes of hotaru that a test plays.
class Cloud {
 public:
  static constexpr const char* account = "000000000000";

  FakeClock clock;
  SeededRandom random{7};
  sim::Script script{clock};
  std::unique_ptr<sim::World> world = open_world();
  sim::ScriptedMachines scripted{std::make_unique<sim::NullMachines>(clock), script};
  sim::NullMachines& machines = dynamic_cast<sim::NullMachines&>(scripted.inner());
  sim::Endpoint endpoint{{.account_id = account, .secrets = {{"AKIDTEST", "secret"}}}, *world, &scripted};
  sim::InMemoryTransport transport{[this](const http::ServerRequest& request) { return endpoint.handle(request); }};
  Wire wire{transport};
  Programs programs;
  Door door;
  TemporaryFolder folder;

  std::unique_ptr<sim::World> open_world() {
    auto opened = std::move(sim::World::open("", script.clock(), random)).value();
    opened->follow(script);
    return opened;
  }
  std::vector<sim::Instance> instances(const std::string& region = "us-east-1") {
    auto lock = world->lock();
    std::vector<sim::Instance> all;
    for (const auto& [id, instance] : world->region(account, region).instances.all()) all.push_back(instance);
    return all;
  }
  std::vector<std::string> group_names(const std::string& region = "us-east-1") {
    auto lock = world->lock();
    std::vector<std::string> names;
    for (const auto& [id, group] : world->region(account, region).security_groups.all())
      if (group.name != "default") names.push_back(group.name);
    return names;
  }
};

/// One process of hotaru on one machine (`home`).
class Process {
 public:
  explicit Process(Cloud& cloud, const std::string& home = "home")
      : folders{.home = cloud.folder.path() / home,
                .config = cloud.folder.path() / home / "config",
                .state = cloud.folder.path() / home / "state",
                .cache = cloud.folder.path() / home / "cache",
                .runtime = cloud.folder.path() / home / "run"},
        journal(std::move(store::Journal::open(folders, cloud.clock)).value()),
        known(std::move(store::Known::open(folders, cloud.clock)).value()),
        client(settings(),
               {cloud.wire,
                cloud.clock,
                cloud.random,
                [] { return Result<aws::Credentials>(aws::Credentials{"AKIDTEST", "secret", "", {}, "test"}); },
                {},
                [this](const aws::Silence& silence) { silences.push_back(silence); }}),
        context{.client = client,
                .transport = cloud.wire,
                .runner = cloud.programs,
                .clock = cloud.clock,
                .random = cloud.random,
                .journal = journal,
                .known = known,
                .folders = folders,
                .environment = Environment(std::map<std::string, std::string>{
                    {"USER", "lab"}, {"HOTARU_CHECKIP_URL", "http://sim.test/checkip"}}),
                .scope = "sim/1",
                .region = "us-east-1",
                .login = &cloud.door} {}

  static aws::Settings settings() {
    aws::Settings settings;
    settings.endpoint = "http://sim.test";
    return settings;
  }

  Folders folders;
  store::Journal journal;
  store::Known known;
  std::vector<aws::Silence> silences;  ///< told by the client
  aws::Client client;
  Context context;
};

inline Request request(const std::string& name) {
  Request request;
  request.name = name;
  request.type = "g4dn.xlarge";
  request.from = {"198.51.100.7/32"};
  return request;
}

/// plan and launch, as `hotaru up --yes` does.
inline Result<Launched> up(Process& process, const Request& wanted) {
  auto planned = plan(process.context, wanted);
  if (!planned) return pass(planned);
  return launch(process.context, *planned);
}

}  // namespace hotaru::lifecycle::lab
