#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "sim/describe.h"
#include "sim/launching/actions.h"
#include "sim/launching/new_key.h"

namespace hotaru::sim::launching {

ApiResult<Xml> create_key_pair(Context& context, const Parameters& parameters) {
  const std::string name = parameters.required("KeyName");
  const std::string type = parameters.one_of("KeyType", {"rsa", "ed25519"}, "rsa");
  const std::string form = parameters.one_of("KeyFormat", {"pem", "ppk"}, "pem");
  const auto tags = read_tag_specifications(parameters, {"key-pair"});
  if (name.size() > 255 || trim(name) != name)
    parameters.refuse("InvalidParameterValue",
                      fmt::format("Value ({}) for parameter KeyName is invalid. Up to 255 ASCII characters, without "
                                  "leading or trailing spaces.",
                                  name));
  if (auto no = parameters.finish()) return std::unexpected(*no);
  if (form == "ppk")
    return refuse("UnsupportedOperation", "The simulator makes no keys for PuTTY: use the format pem.");
  for (const auto& [id, pair] : context.state.key_pairs.all())
    if (pair.name == name)
      return refuse("InvalidKeyPair.Duplicate", fmt::format("The keypair '{}' already exists.", name));
  if (auto no = dry_run(parameters)) return std::unexpected(*no);
  const NewKey key = type == "rsa" ? new_rsa_key() : new_ed25519_key(context.world.random());
  const KeyPair& pair = context.state.key_pairs.put(
      {context.new_id("key"), name, type, key.fingerprint, key.public_key + " " + name, context.now()});
  if (tags.contains("key-pair")) context.state.add_tags(pair.id, tags.at("key-pair"));
  Xml xml;
  xml.text("keyName", name)
      .text("keyFingerprint", pair.fingerprint)
      .text("keyMaterial", key.private_key)
      .text("keyPairId", pair.id);
  write_tags_if_any(xml, context.state.tags_of(pair.id));
  return xml;
}

}  // namespace hotaru::sim::launching
