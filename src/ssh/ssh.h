#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/environment.h"
#include "base/process.h"
#include "base/result.h"

/// Drives the system's OpenSSH. Hotaru never speaks the protocol itself.
namespace hotaru::ssh {

/// A key pair of OpenSSH on disk (private 0600 beside .pub).
struct KeyPair {
  std::filesystem::path private_file;
  std::string public_text;  ///< "ssh-ed25519 AAAA…", without comment
};

/// The user's one Ed25519 key, state/ssh/id_ed25519, made by ssh-keygen at first use (no passphrase, 0600). Two
/// processes at once get the same key.
Result<KeyPair> ensure_user_key(const Folders& folders, Runner& runner, Clock& clock);

/// What to give to ssh as identity for a public key of the user's own, found out without asking anybody: its private
/// half (beside it or one of ssh's default files), or the public file itself where the agent holds the private half
/// ("": so, but the file is not called *.pub). `invalid` if no session could be opened with it: it is nowhere, it has a
/// passphrase that no agent knows, others may read it.
Result<std::filesystem::path> find_identity(const std::filesystem::path& public_file, const std::filesystem::path& home,
                                            Runner& runner);

/// A fresh Ed25519 host key for one instance; the private text goes into user data and is never kept on disk longer
/// than ssh-keygen needs (a 0700 folder).
struct HostKey {
  std::string private_text;
  std::string public_text;  ///< "ssh-ed25519 AAAA…"
};
Result<HostKey> make_host_key(const Folders& folders, Runner& runner);

/// How to reach one instance. Host keys are looked up under `host_key_alias` in `known_hosts` only.
struct Target {
  std::string name;  ///< hotaru's name, for messages
  std::string address;
  int port = 22;
  std::string user;
  std::filesystem::path identity;      ///< private key file; *.pub: the agent has it; empty: ssh's own defaults
  std::filesystem::path known_hosts;   ///< state/ssh/known_hosts/INSTANCE_ID
  std::string host_key_alias;          ///< the instance id
  std::filesystem::path control_path;  ///< socket of the shared connection; empty: none
  bool first_contact = false;          ///< see ssh::first_contact
};

/// Where the shared connection to an instance at that address has its socket: a hashed name in the runtime folder,
/// short enough for a Unix socket and the suffix that ssh adds while it makes one. Makes the folder (0700). Empty when
/// no folder with a short enough path can be had.
std::filesystem::path shared_connection_path(const Folders& folders, const std::string& instance_id,
                                             const std::string& address);
/// The target for finding out whether it lets us in, and for replacing its host key: a connection of its own, which
/// agrees on its keys by curve25519 alone (half the time of OpenSSH's usual exchange, which is also proof against
/// quantum computers to come). Nothing secret may pass over it; close it (close_shared) after use.
Target first_contact(const Folders& folders, Target target);
/// True if a shared connection answers at the target's control path. Costs one connect(2).
bool shared_connection_is_open(const Target& target);

/// state/ssh/targets/NAME: what `hotaru ssh NAME` needs, in one small text file, so that it asks nobody. A cache: the
/// address may be out of date, the host key is verified all the same. 0600.
Result<void> remember_target(const Folders& folders, const Target& target);
/// `not_found` if there is none; a damaged file counts as none.
Result<Target> remembered_target(const Folders& folders, const std::string& name);
/// Harmless if there is none.
void forget_target(const Folders& folders, const std::string& name);

/// The known-hosts file of an instance: exactly these keys, oldest last. Written atomically.
Result<void> store_host_keys(const Target& target, const std::vector<std::string>& public_texts);
Result<std::vector<std::string>> stored_host_keys(const Target& target);

/// argv of ssh for the target: StrictHostKeyChecking=yes, our known_hosts alone, IdentitiesOnly, no agent surprises,
/// shared connection (ControlMaster=auto, ControlPersist) if there is a control path; `extra` before the address.
std::vector<std::string> command_line(const Target& target, const std::vector<std::string>& extra = {});

enum class Refusal {
  not_yet,      ///< refused, reset, timed out, closed before authentication, key not yet allowed: try again
  wrong_key,    ///< the host key is not the one given: never try again
  not_allowed,  ///< authentication refused after the machine said it has booted
  other,
};
/// Reads ssh's own words (stderr, exit code 255).
Refusal classify(const Exit& exit);

inline constexpr const char* key_refused = "KeyRefused";
/// Tries until a verified session ran `command` (empty: `true`), at once when the port opens. `still_alive` is asked
/// every five seconds, and before giving up: an error from it ends the wait (the instance died). Returns the command's
/// stdout.
/// Errors: `unavailable` at the deadline with the last reason; `unauthorized` for a wrong host key, and (with the code
/// `key_refused`) for a key that is still refused a minute after it first was; `io` if the command itself failed
/// (its code in `code`); `interrupted`.
Result<std::string> await_shell(const Target& target, const std::string& command, Runner& runner, Clock& clock,
                                Duration patience, const std::function<Result<void>()>& still_alive);

/// Runs a command of the shell as root (sudo -n where the user is another) and returns its stdout. `unavailable` where
/// nobody answers within the patience; `unauthorized` for a wrong host key or a refused key; `io` if the command itself
/// failed, with the last line of its stderr.
Result<std::string> run_as_root(const Target& target, const std::string& command, Runner& runner, Duration patience);

/// Replaces the host key that came with the user data by one that the instance makes now: learnt over the verified
/// connection, both stored, then switched, then the old one forgotten; killed at any point, the next connection still
/// verifies. Returns the new public text.
Result<std::string> renew_host_key(const Target& target, Runner& runner);

/// The shared connection, if one is open, is closed (before stop, start, down); its socket is gone then.
void close_shared(const Target& target, Runner& runner);
/// Removes the sockets at which nobody listens any more: what connections leave behind whose ssh was killed.
void remove_dead_connections(const Folders& folders);

/// `Host NAME` in config/ssh_config of ours (replaced if there).
Result<void> write_alias(const Folders& folders, const Target& target);
Result<void> remove_alias(const Folders& folders, const std::string& name);
/// True if ~/.ssh/config includes our file already.
bool is_included(const Folders& folders);
/// Puts the Include line at the top of ~/.ssh/config (0600), keeping all else; only after the user has agreed.
Result<void> include_in_user_config(const Folders& folders);

}  // namespace hotaru::ssh
