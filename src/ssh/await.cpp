#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "base/text.h"
#include "ssh/door.h"
#include "ssh/port_probe.h"
#include "ssh/ssh.h"

namespace hotaru::ssh {
namespace {

constexpr Duration shortest_pause{50};  // after an ssh that was refused for now
constexpr Duration longest_pause{2'000};
constexpr Duration between_questions{5'000};  // to still_alive, which may be a call to EC2
constexpr Duration key_patience{60'000};      // cloud-init may put the key in place after sshd has started

/// One wait for a shell: from an address that nobody answers at to a session whose host key was verified.
class Wait {
 public:
  Wait(const Target& target, Runner& runner, Clock& clock, Duration patience,
       const std::function<Result<void>()>& still_alive)
      : target_(target),
        runner_(runner),
        clock_(clock),
        still_alive_(still_alive),
        begun_(clock.steady()),
        deadline_(begun_ + patience),
        next_question_(begun_ + between_questions) {}

  Result<std::string> until_shell(const std::string& command) {
    Duration pause = shortest_pause;
    while (true) {
      auto exit = attempt(session(command));
      if (!exit) return pass(exit);
      if (exit->ok()) return exit->out;
      if (auto again = judge(*exit); !again) return pass(again);
      if (last_reason_.empty()) pause = shortest_pause;  // nobody was there: the port may open any moment
      if (auto rested = rest(pause); !rested) return pass(rested);
      pause = std::min(pause * 2, longest_pause);
    }
  }

 private:
  Command session(const std::string& command) const {
    std::vector<std::string> extra{"-o", "BatchMode=yes", "-T"};
    const auto door = door_options(target_.address, target_.port);
    extra.insert(extra.end(), door.begin(), door.end());
    auto argv = command_line(target_, extra);
    argv.push_back(command.empty() ? "true" : command);
    return {.argv = std::move(argv), .environment = {{"SHELL", "/bin/sh"}}};  // which ssh runs the door by
  }

  /// One ssh to its end: it waits for the port itself. Destroying the child at an early return ends it.
  Result<Exit> attempt(const Command& command) {
    auto child = runner_.spawn(command);
    if (!child) return pass(child);
    std::string out;
    while (true) {
      auto line = (*child)->read_line(Duration{0});
      if (line && !*line) break;
      if (line) out += **line + "\n";
      if (line) continue;
      if (auto rested = rest(pause_after(clock_.steady() - begun_)); !rested) return pass(rested);
    }
    auto exit = (*child)->wait();
    if (exit) exit->out = std::move(out);
    return exit;
  }

  /// Why no connection came about, by what the port says now.
  std::string look_at_port() {
    PortProbe probe(target_.address, target_.port);
    auto answer = PortProbe::Answer::silent;
    for (int looks = 0; looks < 20 && answer == PortProbe::Answer::silent; ++looks) {
      if (looks > 0) clock_.sleep(Duration{50});
      answer = probe.look(clock_.steady());
    }
    return answer == PortProbe::Answer::refused ? "its SSH port is closed" : "it does not answer";
  }

  /// Success: try again.
  Result<void> judge(const Exit& exit) {
    const std::string said = exit.err.empty() ? "" : lines(exit.err).back();
    switch (classify(exit)) {
      case Refusal::wrong_key:
        return fail(
            ErrorClass::unauthorized,
            fmt::format("Whoever answers at {} is not {}: its host key is not the one that it was given.",
                        target_.address, target_.name),
            "Do not connect. Another machine may have the address now: look with `hotaru show " + target_.name + "`.");
      case Refusal::not_allowed:
        if (!first_refused_) first_refused_ = clock_.steady();
        if (clock_.steady() - *first_refused_ < key_patience) break;
        return std::unexpected(Error{ErrorClass::unauthorized,
                                     fmt::format("{} refuses the key of user {}: {}", target_.name, target_.user, said),
                                     "The image may have another default user, or cloud-init may have failed on it.",
                                     key_refused,
                                     {}});
      case Refusal::not_yet:
        break;
      case Refusal::other:
        return failed_command(exit, said);
    }
    last_reason_ = said.find(no_connection) != std::string::npos ? "" : said.substr(0, said.find_last_not_of('.') + 1);
    return {};
  }

  Result<void> failed_command(const Exit& exit, const std::string& said) const {
    Error error{ErrorClass::io, fmt::format("The first command on {} ended with code {}.", target_.name, exit.code)};
    if (exit.code == 255) error.message = fmt::format("The connection to {} failed: {}", target_.name, said);
    error.code = std::to_string(exit.code);
    error.context = exit.err;
    return std::unexpected(error);
  }

  Result<void> rest(Duration pause) {
    if (!clock_.sleep(pause))
      return fail(ErrorClass::interrupted, "Interrupted while waiting for " + target_.name + ".");
    const Duration now = clock_.steady();
    const bool late = now >= deadline_;
    if (still_alive_ && (late || now >= next_question_)) {
      next_question_ = now + between_questions;
      if (auto alive = still_alive_(); !alive) return alive;
    }
    if (!late) return {};
    return fail(
        ErrorClass::unavailable,
        fmt::format("{} did not let us in at {} in time: {}.", target_.name, target_.address,
                    last_reason_.empty() ? look_at_port() : last_reason_),
        fmt::format("It may still be booting: try `hotaru ssh {0}`. If your address has changed: `hotaru show {0} "
                    "--fix-access`.",
                    target_.name));
  }

  const Target& target_;
  Runner& runner_;
  Clock& clock_;
  const std::function<Result<void>()>& still_alive_;
  Duration begun_;
  Duration deadline_;
  Duration next_question_;
  std::optional<Duration> first_refused_;  ///< when sshd first refused the key
  std::string last_reason_;                ///< in ssh's words; empty: no connection came about
};

}  // namespace

Result<std::string> await_shell(const Target& target, const std::string& command, Runner& runner, Clock& clock,
                                Duration patience, const std::function<Result<void>()>& still_alive) {
  return Wait(target, runner, clock, patience, still_alive).until_shell(command);
}

}  // namespace hotaru::ssh
