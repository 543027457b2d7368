// chaos: random lives of instances in a world where everything goes wrong. See help.
#include <fmt/format.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cmath>
#include <cstdio>
#include <string>
#include <vector>

#include "base/file.h"
#include "base/process.h"
#include "base/text.h"
#include "life.h"

namespace hotaru::chaos {
namespace {

constexpr const char* help =
    "usage: chaos [--lives N] [--seed S] [--jobs J] [--verbose]\n\n"
    "Lives of one instance each, from `up` to nothing left, with faults, kills and clocks that jump, on null instances "
    "of\n"
    "the sim and one virtual clock. Life number I of seed S is the only life of seed S+I: a failure prints its seed.\n";

struct Arguments {
  std::uint64_t lives = 200;
  std::uint64_t seed = 1;
  std::uint64_t jobs = 2;
  bool verbose = false;
};

struct Sum {
  std::uint64_t lives = 0;
  long commands = 0;
  long kills = 0;
  double predicted = 0;
  double exact = 0;
  std::uint64_t failed = 0;
};

void tell(std::uint64_t seed, const Outcome& outcome) {
  std::string text = fmt::format("life of seed {}:\n", seed);
  for (const std::string& line : outcome.log) text += "  " + line + "\n";
  for (const std::string& line : outcome.complaints) text += "  => " + line + "\n";
  std::fputs(text.c_str(), stdout);
  std::fflush(stdout);
}

Sum live_some(const Arguments& arguments, std::uint64_t first, const std::filesystem::path& keys) {
  Sum sum;
  const auto time = make_shared_time();
  for (std::uint64_t number = first; number < arguments.lives; number += arguments.jobs) {
    const std::uint64_t seed = arguments.seed + number;
    const Outcome outcome = live(seed, time, keys);
    ++sum.lives;
    sum.commands += outcome.commands;
    sum.kills += outcome.kills;
    sum.predicted += outcome.predicted_usd;
    sum.exact += outcome.exact_usd;
    if (!outcome.complaints.empty()) ++sum.failed;
    if (!outcome.complaints.empty() || arguments.verbose) tell(seed, outcome);
  }
  return sum;
}

Message message_of(const Sum& sum) {
  return {fmt::format("{}", sum.lives),     fmt::format("{}", sum.commands), fmt::format("{}", sum.kills),
          fmt::format("{}", sum.predicted), fmt::format("{}", sum.exact),    fmt::format("{}", sum.failed)};
}

void add(Sum& sum, const Message& message) {
  sum.lives += std::stoull(message[0]);
  sum.commands += std::stol(message[1]);
  sum.kills += std::stol(message[2]);
  sum.predicted += std::stod(message[3]);
  sum.exact += std::stod(message[4]);
  sum.failed += std::stoull(message[5]);
}

/// Each job is a process of its own, which forks clients: no threads.
bool run_jobs(const Arguments& arguments, const std::filesystem::path& keys, Sum& sum) {
  std::vector<std::pair<pid_t, int>> workers;
  for (std::uint64_t job = 0; job < arguments.jobs; ++job) {
    int sockets[2];
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets) != 0) return false;
    const pid_t worker = ::fork();
    if (worker == 0) {
      ::prctl(PR_SET_PDEATHSIG, SIGKILL);  // it ends with us
      ::close(sockets[0]);
      send(sockets[1], message_of(live_some(arguments, job, keys)));
      ::_exit(0);
    }
    ::close(sockets[1]);
    workers.emplace_back(worker, sockets[0]);
  }
  bool good = true;
  for (const auto& [worker, socket] : workers) {
    const auto message = receive(socket);
    if (message) add(sum, *message);
    good = good && message.has_value();
    ::close(socket);
    ::waitpid(worker, nullptr, 0);
  }
  return good;
}

bool read(const std::vector<std::string>& words, Arguments& arguments) {
  for (std::size_t index = 0; index < words.size(); ++index) {
    if (words[index] == "--verbose") {
      arguments.verbose = true;
      continue;
    }
    const auto number = index + 1 < words.size() ? parse_integer(words[index + 1]) : std::nullopt;
    if (!number || *number < 1) return false;
    const auto value = static_cast<std::uint64_t>(*number);
    if (words[index] == "--lives")
      arguments.lives = value;
    else if (words[index] == "--seed")
      arguments.seed = value;
    else if (words[index] == "--jobs")
      arguments.jobs = value;
    else
      return false;
    ++index;
  }
  return true;
}

int run(const std::vector<std::string>& words) {
  Arguments arguments;
  if (!read(words, arguments)) {
    std::fputs(help, stderr);
    return 2;
  }
  const TemporaryFolder keys;
  SystemRunner runner;
  const auto made =
      runner.run({.argv = {"ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "", "-f", keys.path() / "key"}});
  if (!made || !made->ok()) {
    std::fputs("chaos: ssh-keygen is needed (openssh-client)\n", stderr);
    return 9;
  }
  const auto begun = std::chrono::steady_clock::now();
  Sum sum;
  const bool whole = run_jobs(arguments, keys.path(), sum);
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count();
  const double off = sum.exact > 0 ? std::abs(sum.predicted - sum.exact) / sum.exact * 100 : 0;
  fmt::print(
      "{} lives, {} commands of which {} were killed, in {:.1f} s: {} failed; bill ${:.2f}, predicted ${:.2f} ({:.4f} "
      "% off)\n",
      sum.lives, sum.commands, sum.kills, seconds, sum.failed, sum.exact, sum.predicted, off);
  return whole && sum.failed == 0 && sum.lives == arguments.lives && off < 0.1 ? 0 : 1;
}

}  // namespace
}  // namespace hotaru::chaos

int main(int count, char** words) { return hotaru::chaos::run(std::vector<std::string>(words + 1, words + count)); }
