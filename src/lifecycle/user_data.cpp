#include "lifecycle/user_data.h"

#include "base/text.h"

namespace hotaru::lifecycle {

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
  if (text.size() > kUserDataLimit)
    return fail(ErrorClass::internal, "The user data would be larger than the 16 KiB that EC2 takes.");
  return text;
}

}  // namespace hotaru::lifecycle
