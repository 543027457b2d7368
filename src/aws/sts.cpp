#include "aws/ec2.h"
#include "aws/xml.h"

namespace hotaru::aws {

Result<Identity> caller_identity(Client& client, const std::string& region) {
  auto answer = ask(client, {"sts", region, "GetCallerIdentity", {}, true});
  if (!answer) return pass(answer);
  const auto result = answer->root().child("GetCallerIdentityResult");
  return Identity{text_of(result, "Account"), text_of(result, "Arn"), text_of(result, "UserId")};
}

}  // namespace hotaru::aws
