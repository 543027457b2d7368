#include <fmt/format.h>

#include "base/text.h"
#include "sim/actions/actions.h"
#include "sim/describe.h"
#include "sim/ssh_public_key.h"

namespace hotaru::sim::actions {

namespace {

const KeyPair* find_named(const RegionState& state, const std::string& name) {
  for (const auto& [id, pair] : state.key_pairs.all()) {
    if (pair.name == name) return &pair;
  }
  return nullptr;
}

ApiError not_found(const std::string& name) {
  return {400, "InvalidKeyPair.NotFound", fmt::format("The key pair '{}' does not exist", name)};
}

const FilterTable<KeyPair>& pair_filters() {
  static const FilterTable<KeyPair> table = {
      {"fingerprint", [](const KeyPair& one) { return Values{one.fingerprint}; }},
      {"key-name", [](const KeyPair& one) { return Values{one.name}; }},
      {"key-pair-id", [](const KeyPair& one) { return Values{one.id}; }},
  };
  return table;
}

/// AWS's own words are many; what counts is that the code says which.
Refusal check_name(const std::string& name) {
  const bool printable = std::ranges::all_of(name, [](char c) { return c >= 0x20 && c < 0x7f; });
  if (name.size() <= 255 && printable && trim(name) == name) return std::nullopt;
  return ApiError{
      400, "InvalidParameterValue",
      fmt::format("Value ({}) for parameter KeyName is invalid. Up to 255 ASCII characters, without leading "
                  "or trailing spaces.",
                  name)};
}

}  // namespace

ApiResult<Xml> import_key_pair(Context& context, const Parameters& parameters) {
  const std::string name = parameters.required("KeyName");
  const std::string material = parameters.required("PublicKeyMaterial");
  const auto tags = read_tag_specifications(parameters, {"key-pair"});
  if (auto no = parameters.finish()) return std::unexpected(*no);
  if (auto no = check_name(name)) return std::unexpected(*no);
  const auto text = base64_decode(material);
  const auto key = text ? read_ssh_public_key(*text) : std::nullopt;
  if (!key) return refuse("InvalidKey.Format", "Key is not in valid OpenSSH public key format");
  if (find_named(context.state, name)) {
    return refuse("InvalidKeyPair.Duplicate", fmt::format("The keypair '{}' already exists.", name));
  }
  if (auto no = dry_run(parameters)) return std::unexpected(*no);
  const KeyPair& pair = context.state.key_pairs.put(
      {context.new_id("key"), name, key->type, key->fingerprint, key->openssh, context.now()});
  if (tags.contains("key-pair")) context.state.add_tags(pair.id, tags.at("key-pair"));
  Xml xml;
  xml.text("keyFingerprint", pair.fingerprint).text("keyName", name).text("keyPairId", pair.id);
  write_tags_if_any(xml, context.state.tags_of(pair.id));
  return xml;
}

ApiResult<Xml> describe_key_pairs(Context& context, const Parameters& parameters) {
  const auto names = parameters.list("KeyName");
  const auto ids = parameters.list("KeyPairId");
  const bool with_key = parameters.flag("IncludePublicKey");
  const auto filters = read_filters(parameters, names_of(pair_filters()));
  if (auto no = parameters.finish()) return std::unexpected(*no);
  if (auto no = dry_run(parameters)) return std::unexpected(*no);
  for (const std::string& name : names) {
    if (!find_named(context.state, name)) return std::unexpected(not_found(name));
  }
  for (const std::string& id : ids) {
    if (!context.state.key_pairs.find(id)) {
      return refuse("InvalidKeyPair.NotFound", fmt::format("The key pair with id '{}' does not exist", id));
    }
  }
  std::vector<const KeyPair*> found;
  for (const auto& [id, pair] : context.state.key_pairs.all()) {
    if (!names.empty() && std::ranges::find(names, pair.name) == names.end()) continue;
    if (!ids.empty() && std::ranges::find(ids, id) == ids.end()) continue;
    if (passes(filters, pair_filters(), pair, context.state.tags_of(id))) found.push_back(&pair);
  }
  return Xml{}.set("keySet", found, [&](const KeyPair* pair, Xml& item) {
    item.text("keyPairId", pair->id)
        .text("keyName", pair->name)
        .text("keyType", pair->type)
        .text("keyFingerprint", pair->fingerprint)
        .time("createTime", pair->created);
    if (with_key) item.text("publicKey", pair->public_key);
    write_tags(item, context.state.tags_of(pair->id));
  });
}

ApiResult<Xml> delete_key_pair(Context& context, const Parameters& parameters) {
  const std::string name = parameters.text("KeyName");
  const std::string id = parameters.text("KeyPairId");
  if (name.empty() && id.empty()) {
    parameters.refuse("MissingParameter", "The request must contain the parameter KeyName or KeyPairId");
  }
  if (auto no = parameters.finish()) return std::unexpected(*no);
  if (auto no = dry_run(parameters)) return std::unexpected(*no);
  const KeyPair* pair = name.empty() ? context.state.key_pairs.find(id) : find_named(context.state, name);
  if (!pair) return done();  // EC2 takes what is gone already for done
  Xml xml = done();
  const std::string gone = pair->id;
  xml.text("keyPairId", gone);
  context.state.key_pairs.erase(gone);
  context.state.remove_tags(gone);
  return xml;
}

}  // namespace hotaru::sim::actions
