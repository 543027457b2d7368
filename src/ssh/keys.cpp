#include <fmt/format.h>

#include "base/file.h"
#include "base/text.h"
#include "ssh/ssh.h"

namespace hotaru::ssh {
namespace {

namespace fs = std::filesystem;

/// "ssh-ed25519 AAAA… comment" without the comment.
std::string without_comment(const std::string& line) {
  const auto parts = split(trim(line), ' ');
  return parts.size() < 2 ? trim(line) : parts[0] + " " + parts[1];
}

/// Makes an Ed25519 key pair without passphrase at `file` and `file`.pub; ssh-keygen gives the private half 0600.
Result<void> generate(const fs::path& file, const std::string& comment, Runner& runner) {
  Command command{.argv = {"ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", comment, "-f", file.string()}};
  auto exit = runner.run(command);
  if (!exit) return pass(exit);
  if (!exit->ok()) {
    return fail(ErrorClass::io, fmt::format("ssh-keygen could not make a key: {}", trim(exit->err)),
                "Look whether the disk is full and the folder may be written.");
  }
  return {};
}

Result<KeyPair> load(const fs::path& file, Runner& runner) {
  auto text = read_file(file.string() + ".pub");
  if (text) return KeyPair{file, without_comment(*text)};
  // The public half can be computed from the private one: a lost .pub is no lost key.
  auto exit = runner.run({.argv = {"ssh-keygen", "-y", "-f", file.string()}});
  if (!exit) return pass(exit);
  if (!exit->ok()) {
    return fail(ErrorClass::io, fmt::format("{} is not a private key that ssh-keygen can read.", file.string()),
                "Move it away; the next command makes a new one.");
  }
  return KeyPair{file, without_comment(exit->out)};
}

}  // namespace

Result<KeyPair> ensure_user_key(const Folders& folders, Runner& runner, Clock& clock) {
  const fs::path folder = folders.state / "ssh";
  const fs::path file = folder / "id_ed25519";
  std::error_code ignored;
  if (fs::exists(file, ignored)) return load(file, runner);
  if (auto made = make_folder(folder); !made) return pass(made);
  auto lock = FileLock::acquire(folder / "key.lock", clock, Duration{30'000});
  if (!lock) return pass(lock);
  if (!*lock) return fail(ErrorClass::conflict, "Another hotaru is making the key and does not finish.", "Try again.");
  if (fs::exists(file, ignored)) return load(file, runner);

  // Made under another name, so that whoever sees the file sees a whole key. A leftover is of a process that died here.
  const fs::path unfinished = folder / "id_ed25519.unfinished";
  const fs::path unfinished_public = unfinished.string() + ".pub";
  fs::remove(unfinished, ignored);
  fs::remove(unfinished_public, ignored);
  if (auto made = generate(unfinished, "hotaru", runner); !made) return pass(made);
  std::error_code problem;
  fs::rename(unfinished_public, file.string() + ".pub", problem);
  if (!problem) fs::rename(unfinished, file, problem);
  if (problem) return fail_errno("cannot put the key at " + file.string(), problem.value());
  return load(file, runner);
}

Result<HostKey> make_host_key(const Folders&, Runner& runner) {
  TemporaryFolder folder;
  const fs::path file = folder.path() / "host_key";
  if (auto made = generate(file, "", runner); !made) return pass(made);
  auto private_text = read_file(file);
  if (!private_text) return pass(private_text);
  auto public_text = read_file(file.string() + ".pub");
  if (!public_text) return pass(public_text);
  return HostKey{*private_text, without_comment(*public_text)};
}

}  // namespace hotaru::ssh
