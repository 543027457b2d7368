#include "lifecycle/keys.h"

#include <fmt/format.h>

#include <filesystem>

#include "base/file.h"
#include "base/text.h"
#include "lifecycle/cost.h"
#include "lifecycle/facts.h"
#include "lifecycle/names.h"

namespace hotaru::lifecycle {
namespace {

namespace fs = std::filesystem;
constexpr Duration kKeyAge{30LL * 24 * 3600 * 1000};

std::string fact_key(const std::string& name) { return "key/" + name; }

bool is_private(const std::string& text) { return text.find("PRIVATE KEY-----") != std::string::npos; }

/// EC2 imports RSA and ED25519 keys alone (User Guide, "Key pairs").
Result<PublicKey> key_of_file(const Context& context, const fs::path& file) {
  auto text = read_file(file);
  if (!text) {
    Error error = text.error();
    error.hint = "Say the file of a public key, like ~/.ssh/id_ed25519.pub.";
    return std::unexpected(error);
  }
  if (is_private(*text)) return key_of_file(context, file.string() + ".pub");
  const auto words = split(trim(*text), ' ');
  if (words.size() < 2 || (words[0] != "ssh-ed25519" && words[0] != "ssh-rsa"))
    return fail(ErrorClass::invalid, fmt::format("{} is not a public key that EC2 takes.", file.string()),
                "EC2 takes ED25519 and RSA keys in OpenSSH's form.");
  const std::string public_text = words[0] + " " + words[1];
  PublicKey key{.name = key_pair_name(public_text), .public_text = public_text, .identity = {}, .locked_out = {}};
  auto identity = ssh::find_identity(file, context.folders.home, context.runner);
  if (!identity && identity.error().kind != ErrorClass::invalid) return pass(identity);
  if (identity) key.identity = identity->string();
  if (!identity) key.locked_out = identity.error();
  return key;
}

}  // namespace

Result<PublicKey> public_key_for(const Context& context, const std::string& key_file) {
  if (!key_file.empty()) return key_of_file(context, key_file);
  auto pair = ssh::ensure_user_key(context.folders, context.runner, context.clock);
  if (!pair) return pass(pair);
  return PublicKey{.name = key_pair_name(pair->public_text),
                   .public_text = pair->public_text,
                   .identity = pair->private_file.string(),
                   .locked_out = {}};
}

Result<std::optional<PublicKey>> present_public_key(const Context& context, const std::string& key_file) {
  std::error_code ignored;
  if (key_file.empty() && !fs::exists(context.folders.state / "ssh" / "id_ed25519", ignored))
    return std::optional<PublicKey>{};
  auto key = public_key_for(context, key_file);
  if (!key) return pass(key);
  return std::optional(*key);
}

bool is_key_imported(Context& context, const std::string& region, const std::string& name) {
  auto fact = context.known.fact(context.scope, region, fact_key(name), kKeyAge);
  return fact && *fact;
}

void set_key_imported(Context& context, const std::string& region, const std::string& name) {
  (void)context.known.set_fact(context.scope, region, fact_key(name), "imported");
}

void forget_key_imported(Context& context, const std::string& region, const std::string& name) {
  (void)context.known.forget_fact(context.scope, region, fact_key(name));
}

void close_connection(Context& context, const std::string& name, const std::string& id) {
  auto known = context.known.find(context.scope, name);
  if (!known) return;
  for (const store::KnownInstance& each : *known)
    if (each.id == id) ssh::close_shared(target_of(context, each), context.runner);
}

void forget_instance(Context& context, const std::string& name, const std::string& id) {
  if (id.empty()) return;
  close_connection(context, name, id);
  store::KnownInstance known;
  known.name = name;
  known.id = id;
  std::error_code ignored;
  const fs::path known_hosts = target_of(context, known).known_hosts;
  fs::remove(known_hosts, ignored);
  fs::remove(known_hosts.string() + ".lock", ignored);
  (void)context.known.remove(context.scope, id);
  note_gone(context, id);
  auto others = context.known.find(context.scope, name);
  if (others && others->empty()) (void)ssh::remove_alias(context.folders, name);
  ssh::remove_dead_connections(context.folders);
}

}  // namespace hotaru::lifecycle
