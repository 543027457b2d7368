#include "lifecycle/user_data.h"

#include "base/text.h"

namespace hotaru::lifecycle {
namespace {

// The guard's part stands between two comments, so that it can be replaced.
constexpr const char* kBegin = "# hotaru guard";
constexpr const char* kEnd = "# end of hotaru guard";

std::string guard_part(const guard::Orders& orders) {
  return std::string(kBegin) + "\n" + guard::cloud_config(orders) + kEnd + "\n";
}

Result<std::string> fitting(std::string text) {
  if (text.size() <= kUserDataLimit) return text;
  return fail(ErrorClass::internal, "The user data would be larger than the 16 KiB that EC2 takes.");
}

}  // namespace

Result<std::string> user_data(const FirstBoot& boot) {
  // With ssh_keys cloud-init writes exactly these keys and makes no others (cloud-init's reference, module cc_ssh),
  // which also spares the boot the making of an RSA key. ssh_deletekeys: an image of a prepared instance carries old
  // keys.
  std::string text =
      "#cloud-config\n"
      "ssh_deletekeys: true\n"
      "ssh_genkeytypes: [ed25519]\n"
      "ssh_keys:\n"
      "  ed25519_private: |\n";
  for (const std::string& line : lines(boot.host_key.private_text)) text += "    " + line + "\n";
  text += "  ed25519_public: " + trim(boot.host_key.public_text) + "\n";
  if (boot.guard) text += guard_part(*boot.guard);
  return fitting(std::move(text));
}

Result<std::string> with_orders(const std::string& user_data, const guard::Orders& orders) {
  if (user_data.empty()) return fitting("#cloud-config\n" + guard_part(orders));
  if (!user_data.starts_with("#cloud-config"))
    return fail(ErrorClass::unsupported, "Its user data is not hotaru's, so its guard cannot be told anything.");
  std::string rest;
  bool inside = false;
  for (const std::string& line : lines(user_data)) {
    if (line == kBegin) inside = true;
    if (!inside) rest += line + "\n";
    if (line == kEnd) inside = false;
  }
  return fitting(rest + guard_part(orders));
}

}  // namespace hotaru::lifecycle
