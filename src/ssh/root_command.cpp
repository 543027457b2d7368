#include <fmt/format.h>

#include "base/text.h"
#include "ssh/ssh.h"

namespace hotaru::ssh {
namespace {

/// One word of the shell, whatever is in it.
std::string shell_word(const std::string& text) {
  std::string word = "'";
  for (const char letter : text) word += letter == '\'' ? std::string("'\\''") : std::string(1, letter);
  return word + "'";
}

Error no_session(const Target& target, const Exit& exit) {
  const Refusal refusal = classify(exit);
  const bool not_let_in = refusal == Refusal::wrong_key || refusal == Refusal::not_allowed;
  const auto said = lines(trim(exit.err));
  return {not_let_in ? ErrorClass::unauthorized : ErrorClass::unavailable,
          fmt::format("{} cannot be reached: {}", target.name, said.empty() ? "no connection" : printable(said.back())),
          fmt::format("hotaru ssh {} tells more.", target.name)};
}

}  // namespace

Result<std::string> run_as_root(const Target& target, const std::string& command, Runner& runner, Duration patience) {
  auto argv = command_line(target, {"-o", "BatchMode=yes", "-T"});
  const std::string as_root = target.user == "root" ? "" : "sudo -n ";
  argv.push_back(as_root + "sh -c " + shell_word(command));
  auto exit = runner.run({.argv = std::move(argv), .timeout = patience});
  if (!exit) return pass(exit);
  if (exit->ok()) return exit->out;
  if (exit->code == 255) return std::unexpected(no_session(target, *exit));
  const auto said = lines(trim(exit->err));
  return fail(ErrorClass::io,
              fmt::format("{}: {}", target.name,
                          said.empty() ? fmt::format("exit status {}", exit->code) : printable(said.back())));
}

}  // namespace hotaru::ssh
