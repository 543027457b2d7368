#include "aws/permissions.h"

#include <nlohmann/json.hpp>

#include "aws/json.h"
#include "aws/xml.h"
#include "base/text.h"

namespace hotaru::aws {

Result<void> may_call(Client& client, const std::string& region, const std::string& action,
                      std::vector<std::pair<std::string, std::string>> parameters) {
  parameters.emplace_back("DryRun", "true");
  auto answer = ask(client, {"ec2", region, action, std::move(parameters), true});
  if (answer) return {};  // an endpoint that knows no DryRun, and this action does nothing to what does not exist
  if (answer.error().code == "DryRunOperation" || answer.error().kind == ErrorClass::not_found) return {};
  return pass(answer);
}

std::string encoded_message(const Error& error) {
  for (const std::string& line : lines(error.context))
    if (line.starts_with(encoded_mark)) return line.substr(std::string_view(encoded_mark).size());
  return "";
}

Result<Refused> decode_refusal(Client& client, const std::string& region, const std::string& encoded) {
  auto answer = ask(client, {"sts", region, "DecodeAuthorizationMessage", {{"EncodedMessage", encoded}}, true});
  if (!answer) return pass(answer);
  const std::string text = text_of(answer->root().child("DecodeAuthorizationMessageResult"), "DecodedMessage");
  const auto decoded = nlohmann::json::parse(text, nullptr, false);
  if (!decoded.is_object()) return fail(ErrorClass::unavailable, "STS told nothing of the refusal.");
  Refused refused;
  if (const auto deny = decoded.find("explicitDeny"); deny != decoded.end() && deny->is_boolean())
    refused.explicit_deny = deny->get<bool>();
  for (const auto& statement : list_in(object_in(decoded, "matchedStatements"), "items"))
    for (const char* name : {"sourcePolicyId", "statementId"})
      if (std::string id = text_in(statement, name); !id.empty()) refused.policies.push_back(std::move(id));
  return refused;
}

}  // namespace hotaru::aws
