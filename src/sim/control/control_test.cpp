#include "sim/control/control.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>

#include "base/text.h"
#include "sim/control/backend.h"
#include "sim/control/daemon.h"

namespace hotaru::sim {
namespace {

/// `hotaru sim serve` without the executable: detaching forks, and the child serves.
class ForkingRunner final : public Runner {
 public:
  ~ForkingRunner() override {
    for (const pid_t child : children) {
      ::kill(child, SIGKILL);
      ::waitpid(child, nullptr, 0);
    }
  }
  Result<Exit> run(const Command&) override { return fail(ErrorClass::internal, "not in this test"); }
  Result<std::unique_ptr<Child>> spawn(const Command&) override {
    return fail(ErrorClass::internal, "not in this test");
  }
  Result<pid_t> detach(const Command& command, const std::filesystem::path& log) override {
    last = command;
    const pid_t child = ::fork();
    if (child == 0) ::_exit(serve_here(command, log));
    children.push_back(child);
    return child;
  }

  Command last;
  std::vector<pid_t> children;

 private:
  static int serve_here(const Command& command, const std::filesystem::path& log) {
    ::close_range(3, ~0u, 0);  // as exec would: a lock that is held by two descriptors is held by both
    ::dup2(::open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600), STDERR_FILENO);
    ServeOptions options;
    for (std::size_t i = 3; i + 1 < command.argv.size(); ++i) {
      if (command.argv[i] == "--dir") options.folder = command.argv[i + 1];
      if (command.argv[i] == "--kind") options.kind = command.argv[i + 1];
      if (command.argv[i] == "--port") options.port = static_cast<int>(*parse_integer(command.argv[i + 1]));
    }
    Interrupt interrupt;
    SystemClock clock;
    SystemRandom random;
    const auto served = serve(options, clock, random, interrupt);
    if (!served) std::fprintf(stderr, "%s\n", served.error().message.c_str());
    return served ? 0 : 1;
  }
};

/// Just enough of HTTP to ask a server on this machine.
class LoopbackTransport final : public http::Transport {
 public:
  Result<http::Response> send(const http::Request& request) override {
    const std::string rest = request.url.substr(std::string("http://127.0.0.1:").size());
    const std::size_t slash = rest.find('/');
    const int port = static_cast<int>(parse_integer(rest.substr(0, slash)).value_or(0));
    const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    std::string text;
    if (connect_to(socket, port)) {
      const std::string head = "GET " + rest.substr(slash) + " HTTP/1.0\r\nHost: localhost\r\n" + more_headers + "\r\n";
      [[maybe_unused]] const auto sent = ::send(socket, head.data(), head.size(), MSG_NOSIGNAL);
      char bytes[4096];
      for (ssize_t got = 0; (got = ::recv(socket, bytes, sizeof bytes, 0)) > 0;) text.append(bytes, got);
    }
    ::close(socket);
    const std::size_t body = text.find("\r\n\r\n");
    if (body == text.npos) return fail(ErrorClass::unavailable, "nobody answers");
    return http::Response{static_cast<int>(parse_integer(text.substr(9, 3)).value_or(0)), {}, text.substr(body + 4)};
  }
  std::string more_headers;

 private:
  static bool connect_to(int socket, int port) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return ::connect(socket, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
  }
};

/// A port on which somebody else listens, and never answers.
class TakenPort {
 public:
  explicit TakenPort(int port) : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    const int yes = 1;
    ::setsockopt(socket_, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    address_.sin_family = AF_INET;
    address_.sin_port = htons(static_cast<std::uint16_t>(port));
    address_.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address_;
    const bool taken = ::bind(socket_, reinterpret_cast<sockaddr*>(&address_), size) == 0 &&
                       ::listen(socket_, 1) == 0 &&
                       ::getsockname(socket_, reinterpret_cast<sockaddr*>(&address_), &size) == 0;
    EXPECT_TRUE(taken);
  }
  ~TakenPort() { ::close(socket_); }
  TakenPort(const TakenPort&) = delete;
  TakenPort& operator=(const TakenPort&) = delete;
  int port() const { return ntohs(address_.sin_port); }

 private:
  int socket_;
  sockaddr_in address_{};
};

class ControlTest : public testing::Test {
 protected:
  Control control() { return Control({environment, clock, random, runner, transport, "/opt/hotaru", {}}); }
  SimInfo start_null() {
    auto started = control().start({.kind = "null"});
    EXPECT_TRUE(started) << (started ? "" : started.error().message + "\n" + started.error().context);
    return started ? started->info : SimInfo{};
  }
  /// As an instance that runs would stand in the database, without the API.
  void seed(const std::string& shutdown_behavior = "stop") {
    const SimFolder folder(home.path() / "sim");
    ASSERT_TRUE(folder.make());
    auto world = World::open(folder.database_file(), clock, random);
    ASSERT_TRUE(world);
    const auto lock = (*world)->lock();
    Instance instance;
    instance.id = "i-00000000000000001";
    instance.state = "running";
    instance.created = instance.launch_time = clock.now();
    instance.shutdown_behavior = shutdown_behavior;
    (*world)->region("000000000000", "us-east-1").instances.put(instance);
  }
  std::map<std::string, int> instances() {
    const auto status = control().status();
    return status ? status->instances : std::map<std::string, int>{};
  }
  static mode_t mode(const std::filesystem::path& path) {
    struct stat facts{};
    return ::stat(path.c_str(), &facts) == 0 ? facts.st_mode & 0777 : 0;
  }
  static std::optional<std::string> value(const std::vector<Variable>& variables, const std::string& name) {
    for (const auto& variable : variables) {
      if (variable.name == name) return variable.value.value_or("(unset)");
    }
    return std::nullopt;
  }

  TemporaryFolder home;
  Environment environment{
      {{"HOME", home.path()}, {"HOTARU_SIM_DIR", home.path() / "sim"}, {"AWS_SECRET_ACCESS_KEY", "mine"}}};
  SystemClock clock;
  SystemRandom random;
  ForkingRunner runner;
  LoopbackTransport transport;
};

TEST_F(ControlTest, StartsASimThatAnswers) {
  const SimInfo info = start_null();
  const auto status = control().status();
  ASSERT_TRUE(status);
  EXPECT_TRUE(status->running);
  EXPECT_TRUE(status->answers);
  EXPECT_EQ(status->kind, "null");
  EXPECT_EQ(status->info.port, info.port);
  EXPECT_EQ(status->info.pid, runner.children.at(0));
  EXPECT_EQ(status->public_range, "127.64.0.0/10");
  EXPECT_GT(status->disk_used, 0u);
}

TEST_F(ControlTest, FindsTheRunningOneAtTheSecondStart) {
  const SimInfo first = start_null();
  const auto second = control().start();
  ASSERT_TRUE(second);
  EXPECT_TRUE(second->found);
  EXPECT_EQ(second->info.pid, first.pid);
  EXPECT_EQ(control().ensure_running()->port, first.port);
  EXPECT_EQ(runner.children.size(), 1u);
}

TEST_F(ControlTest, RefusesAnotherKindOrPortWhileOneRuns) {
  const SimInfo info = start_null();
  const auto kind = control().start({.kind = "sandbox"});
  ASSERT_FALSE(kind);
  EXPECT_EQ(kind.error().kind, ErrorClass::conflict);
  EXPECT_NE(kind.error().message.find("null"), std::string::npos);
  const auto port = control().start({.port = info.port == 40'000 ? 40'001 : 40'000});
  ASSERT_FALSE(port);
  EXPECT_EQ(port.error().kind, ErrorClass::conflict);
  EXPECT_FALSE(control().foreground());
}

TEST_F(ControlTest, RefusesAnotherKindForStateThatIsThere) {
  start_null();
  ASSERT_TRUE(control().stop());
  const auto started = control().start({.kind = "sandbox"});
  ASSERT_FALSE(started);
  EXPECT_EQ(started.error().kind, ErrorClass::conflict);
  EXPECT_EQ(control().foreground()->kind, "null");
}

TEST_F(ControlTest, RefusesAKindThatDoesNotExist) {
  const auto started = control().start({.kind = "imaginary"});
  ASSERT_FALSE(started);
  EXPECT_EQ(started.error().kind, ErrorClass::invalid);
}

TEST_F(ControlTest, StopsAndKeepsItsUrlForTheNextStart) {
  const SimInfo first = start_null();
  EXPECT_TRUE(control().stop().value());
  EXPECT_FALSE(control().status()->running);
  EXPECT_FALSE(control().stop().value());
  EXPECT_EQ(start_null().port, first.port);
}

TEST_F(ControlTest, TakesAnotherPortWhereItsLastOneIsTaken) {
  const SimInfo first = start_null();
  ASSERT_TRUE(control().stop());
  const TakenPort taken(first.port);
  EXPECT_NE(start_null().port, first.port);
}

TEST_F(ControlTest, TellsWhyItDidNotStart) {
  const TakenPort taken(0);
  const auto started = control().start({.kind = "null", .port = taken.port()});
  ASSERT_FALSE(started);
  EXPECT_NE(started.error().message.find("is taken"), std::string::npos) << started.error().message;
}

TEST_F(ControlTest, RecoversAfterKill9WithItsInstancesRunning) {
  seed();
  const SimInfo first = start_null();
  EXPECT_EQ(instances(), (std::map<std::string, int>{{"running", 1}}));
  ::kill(first.pid, SIGKILL);
  ::waitpid(first.pid, nullptr, 0);
  EXPECT_FALSE(control().status()->running);
  const SimInfo second = start_null();
  EXPECT_NE(second.pid, first.pid);
  EXPECT_EQ(second.port, first.port);
  EXPECT_EQ(instances(), (std::map<std::string, int>{{"running", 1}}));
}

TEST_F(ControlTest, StopsInstancesWhateverTheirShutdownBehaviour) {
  seed("terminate");
  start_null();
  ASSERT_TRUE(control().stop());
  start_null();
  EXPECT_EQ(instances(), (std::map<std::string, int>{{"stopped", 1}}));
}

TEST_F(ControlTest, EndsWhatAKilledSimLeftBehind) {
  seed();
  const SimInfo info = start_null();
  ::kill(info.pid, SIGKILL);
  ::waitpid(info.pid, nullptr, 0);
  EXPECT_FALSE(control().stop().value());
  start_null();
  EXPECT_EQ(instances(), (std::map<std::string, int>{{"stopped", 1}}));
}

TEST_F(ControlTest, ErasesAllButTheLocksAtAReset) {
  seed();
  start_null();
  const auto before = control().credentials();
  ASSERT_TRUE(control().reset());
  std::vector<std::string> left;
  for (const auto& entry : std::filesystem::directory_iterator(control().folder()))
    left.push_back(entry.path().extension());
  EXPECT_EQ(left, (std::vector<std::string>{".lock", ".lock"}));
  start_null();
  EXPECT_TRUE(instances().empty());
  EXPECT_NE(control().credentials()->secret_access_key, before->secret_access_key);
  EXPECT_TRUE(control().reset());
}

TEST_F(ControlTest, KeepsOthersOut) {
  start_null();
  EXPECT_EQ(mode(control().folder()), 0700u);
  for (const auto& entry : std::filesystem::directory_iterator(control().folder())) {
    EXPECT_EQ(mode(entry.path()) & 077, 0u) << entry.path();
  }
}

TEST_F(ControlTest, GivesTheDaemonNoneOfTheUsersCredentials) {
  start_null();
  EXPECT_TRUE(runner.last.clear_environment);
  for (const auto& [name, value] : runner.last.environment) EXPECT_NE(value, "mine") << name;
}

TEST_F(ControlTest, PointsAwsToolsAtItself) {
  SimInfo info;
  info.port = 4242;
  const auto variables = control().environment(info).value();
  EXPECT_EQ(value(variables, "AWS_ENDPOINT_URL"), "http://127.0.0.1:4242");
  EXPECT_EQ(value(variables, "AWS_REGION"), "us-east-1");
  EXPECT_EQ(value(variables, "AWS_DEFAULT_REGION"), "us-east-1");
  EXPECT_EQ(value(variables, "AWS_EC2_METADATA_DISABLED"), "true");
  EXPECT_EQ(value(variables, "HOTARU_CHECKIP_URL"), "http://127.0.0.1:4242/checkip");
  EXPECT_EQ(value(variables, "AWS_PROFILE"), "(unset)");
  EXPECT_EQ(value(variables, "AWS_SESSION_TOKEN"), "(unset)");
  EXPECT_EQ(value(variables, "HOTARU_CLOUD"), std::nullopt);
  EXPECT_EQ(value(variables, "NO_PROXY"), std::nullopt);
  EXPECT_TRUE(value(variables, "AWS_ACCESS_KEY_ID")->starts_with("AKIASIMULATED"));
  EXPECT_EQ(value(variables, "AWS_ACCESS_KEY_ID")->size(), 20u);
}

TEST_F(ControlTest, KeepsTheUsersRegionAndPassesTheProxy) {
  environment.set("AWS_REGION", "ap-northeast-1");
  environment.set("HTTP_PROXY", "http://proxy:3128");
  environment.set("NO_PROXY", "intern");
  const auto variables = control().environment({}).value();
  EXPECT_EQ(value(variables, "AWS_REGION"), "ap-northeast-1");
  EXPECT_EQ(value(variables, "AWS_DEFAULT_REGION"), "ap-northeast-1");
  EXPECT_EQ(value(variables, "NO_PROXY"), "intern,127.0.0.1");
}

TEST_F(ControlTest, SaysThatItsFolderCannotBeMade) {
  ASSERT_TRUE(write_file(home.path() / "file", ""));
  environment.set("HOTARU_SIM_DIR", home.path() / "file" / "sim");
  const auto started = control().start({.kind = "null"});
  ASSERT_FALSE(started);
  EXPECT_EQ(started.error().kind, ErrorClass::io);
  EXPECT_NE(started.error().hint.find("HOTARU_SIM_DIR"), std::string::npos);
}

TEST_F(ControlTest, ServesAFolderOnlyOnce) {
  start_null();
  FakeClock impatient;
  Interrupt interrupt;
  const auto served = serve({.folder = control().folder(), .kind = "null"}, impatient, random, interrupt);
  ASSERT_FALSE(served);
  EXPECT_EQ(served.error().kind, ErrorClass::conflict);
}

TEST_F(ControlTest, TellsItsHealthToThoseWhoDoNotAskForAService) {
  const SimInfo info = start_null();
  const auto health = transport.send({.url = info.url() + "/"});
  ASSERT_TRUE(health);
  EXPECT_NE(health->body.find("hotaru sim"), std::string::npos);
  transport.more_headers = "Authorization: AWS4-HMAC-SHA256 Credential=A/20261122/us-east-1/s3/aws4_request\r\n";
  const auto listing = transport.send({.url = info.url() + "/"});
  ASSERT_TRUE(listing);
  EXPECT_GE(listing->status, 400) << "S3's ListBuckets is a signed GET of /";
}

TEST_F(ControlTest, WritesItsLogWithoutSecrets) {
  const SimInfo info = start_null();
  ASSERT_TRUE(transport.send({.url = info.url() + "/checkip"}));
  ASSERT_TRUE(control().stop());
  const std::string log = read_file(control().log_file()).value();
  EXPECT_NE(log.find("serving at http://127.0.0.1:"), std::string::npos);
  EXPECT_NE(log.find("checkip - 200 ok"), std::string::npos) << log;
  EXPECT_EQ(log.find(control().credentials()->secret_access_key), std::string::npos);
}

}  // namespace
}  // namespace hotaru::sim
