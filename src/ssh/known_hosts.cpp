#include <fmt/format.h>

#include <sstream>

#include "base/file.h"
#include "base/text.h"
#include "ssh/ssh.h"

namespace hotaru::ssh {

Result<void> store_host_keys(const Target& target, const std::vector<std::string>& public_texts) {
  if (target.host_key_alias.empty() || target.known_hosts.empty()) {
    return fail(ErrorClass::internal, "a target without a place for its host keys");
  }
  std::string text;
  for (const auto& key : public_texts) {
    if (key.find('\n') != std::string::npos || split(key, ' ').size() < 2) {
      return fail(ErrorClass::invalid, fmt::format("\"{}\" is not a public host key", key));
    }
    text += target.host_key_alias + " " + key + "\n";
  }
  if (auto made = make_folder(target.known_hosts.parent_path()); !made) return made;
  return write_file(target.known_hosts, text, 0600);
}

Result<std::vector<std::string>> stored_host_keys(const Target& target) {
  auto text = read_file(target.known_hosts);
  if (!text) return pass(text);
  std::vector<std::string> keys;
  for (const auto& line : lines(*text)) {
    std::istringstream words(line);
    std::string alias, type, key;
    if (words >> alias >> type >> key && alias == target.host_key_alias) keys.push_back(type + " " + key);
  }
  return keys;
}

}  // namespace hotaru::ssh
