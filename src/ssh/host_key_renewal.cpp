#include "ssh/host_key_renewal.h"

#include <fmt/format.h>

#include "base/text.h"

namespace hotaru::ssh {
namespace {

constexpr Duration patience{60'000};
constexpr const char* new_key_mark = "hotaru-new-host-key ";
constexpr const char* switched_mark = "hotaru-host-key-switched";

Error no_answer(const Target& target, const Exit& exit) {
  return {ErrorClass::unavailable,
          fmt::format("{} did not replace its host key: {}", target.name,
                      exit.err.empty() ? "the connection ended" : lines(exit.err).back()),
          "The key that it was given stays in use; the next `hotaru up` tries again.",
          {},
          exit.err};
}

/// Reads up to the line that begins with the mark; what a login shell prints before it is passed over.
Result<std::string> read_marked(Child& child, const std::string& mark, const Target& target) {
  while (true) {
    auto line = child.read_line(patience);
    if (!line) return pass(line);
    if (!*line) {
      auto exit = child.wait();
      if (!exit) return pass(exit);
      return std::unexpected(no_answer(target, *exit));
    }
    if ((*line)->starts_with(mark)) return (*line)->substr(mark.size());
  }
}

/// Both verify, the new one first.
Result<void> store_beside(const Target& target, const std::string& fresh) {
  auto stored = stored_host_keys(target);
  if (!stored) return pass(stored);
  stored->insert(stored->begin(), fresh);
  return store_host_keys(target, *stored);
}

}  // namespace

// cloud-init writes the user data's host key once per instance id (its ssh module has the frequency "once per
// instance"): what is switched here stays over reboots and over stop and start, and an image made of the instance gets
// a host key of its own again.
std::string renewal_script(const HostKeyPlace& place) {
  constexpr const char* script = R"sh(set -eu
umask 077
key="{key}"
new="$key.hotaru-new"
rm -f "$new" "$new.pub"
ssh-keygen -q -t ed25519 -N "" -C "" -f "$new"
echo "{new_mark}$(cat "$new.pub")"
read -r answer
if [ "$answer" != stored ]; then rm -f "$new" "$new.pub"; exit 3; fi
chmod 644 "$new.pub"
sync "$new" "$new.pub" || sync
mv -f "$new" "$key"
mv -f "$new.pub" "$key.pub"
if command -v restorecon > /dev/null; then restorecon "$key" "$key.pub" || true; fi
{{ {reload}; }} > /dev/null 2>&1 < /dev/null
echo {switched_mark})sh";
  return fmt::format(fmt::runtime(script), fmt::arg("key", place.key_file), fmt::arg("new_mark", new_key_mark),
                     fmt::arg("reload", place.reload), fmt::arg("switched_mark", switched_mark));
}

Result<std::string> renew_host_key(const Target& target, Runner& runner, const HostKeyPlace& place) {
  auto argv = command_line(target, {"-o", "BatchMode=yes", "-T"});
  const std::string as_root = target.user == "root" ? "" : "sudo -n ";
  argv.push_back(as_root + "sh -c '" + renewal_script(place) + "'");
  auto child = runner.spawn({.argv = std::move(argv)});
  if (!child) return pass(child);

  auto said = read_marked(**child, new_key_mark, target);
  if (!said) return pass(said);
  const auto words = split(trim(*said), ' ');
  if (words.size() < 2 || words[0] != "ssh-ed25519" || !base64_decode(words[1])) {
    return fail(ErrorClass::internal, fmt::format("{} said a host key that is none", target.name));
  }
  const std::string fresh = words[0] + " " + words[1];
  // From here on either key verifies, whichever the instance has when one of us is killed.
  if (auto stored = store_beside(target, fresh); !stored) return pass(stored);
  if (auto written = (*child)->write("stored\n"); !written) return pass(written);
  (*child)->close_input();
  if (auto switched = read_marked(**child, switched_mark, target); !switched) return pass(switched);
  if (auto forgotten = store_host_keys(target, {fresh}); !forgotten) return pass(forgotten);
  (void)(*child)->wait();
  return fresh;
}

Result<std::string> renew_host_key(const Target& target, Runner& runner) {
  return renew_host_key(target, runner, HostKeyPlace{});
}

}  // namespace hotaru::ssh
