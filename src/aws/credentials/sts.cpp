#include "aws/credentials/sts.h"

#include <fmt/format.h>

#include "aws/endpoints.h"
#include "aws/xml.h"
#include "base/text.h"

namespace hotaru::aws {

namespace {

void add_if(Parameters& parameters, const char* name, const std::string& value) {
  if (!value.empty()) parameters.emplace_back(name, value);
}

Call call_of(const ProviderNeeds& needs, const RoleToAssume& role) {
  const bool web = !role.identity.empty();
  Call call{"sts", sts_region(needs, role.arn), web ? "AssumeRoleWithWebIdentity" : "AssumeRole", {}};
  call.anonymous = web;
  call.idempotent = role.mfa_code.empty();  // a code is good for one call
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(needs.clock.now().time_since_epoch()).count();
  add_if(call.parameters, "RoleArn", role.arn);
  add_if(call.parameters, "RoleSessionName",
         role.session_name.empty() ? fmt::format("hotaru-{}", seconds) : role.session_name);
  add_if(call.parameters, "ExternalId", role.external_id);
  add_if(call.parameters, "SerialNumber", role.mfa_serial);
  add_if(call.parameters, "TokenCode", role.mfa_code);
  add_if(call.parameters, "DurationSeconds", role.duration);
  add_if(call.parameters, "WebIdentityToken", role.identity);
  return call;
}

std::string hint_of(const Error& error, const RoleToAssume& role) {
  if (!role.identity.empty())
    return "Look whether the token in its file is fresh, and whether the role trusts its issuer.";
  if (error.code != "AccessDenied") return error.hint;
  if (!role.mfa_code.empty()) return "Try again with the next code; a code can be used once.";
  return "The role's trust policy must allow who assumes it; it may ask for mfa_serial or external_id.";
}

}  // namespace

std::string sts_region(const ProviderNeeds& needs, const std::string& role_arn) {
  return needs.settings.region.empty() ? home_region_of_arn(role_arn) : needs.settings.region;
}

Result<Credentials> assume_role(const ProviderNeeds& needs, const RoleToAssume& role, ProviderChain* caller) {
  const Call call = call_of(needs, role);
  Client::Seams seams{needs.transport, needs.clock, needs.random, {}, needs.trace, needs.silence};
  if (caller != nullptr) {
    seams.credentials = [caller] { return caller->get(); };
    seams.replace = [caller](const Credentials& refused) { return caller->replace(refused); };
  }
  Client sts(needs.settings, std::move(seams));
  auto answer = ask(sts, call);
  if (!answer) {
    Error error = std::move(answer).error();
    if (error.kind == ErrorClass::interrupted) return std::unexpected(error);
    error.hint = hint_of(error, role);
    error.message = fmt::format("The role {} ({}) cannot be assumed: {}", role.arn, role.source, error.message);
    return std::unexpected(std::move(error));
  }
  const auto found = answer->root().child((call.action + "Result").c_str()).child("Credentials");
  Credentials credentials{text_of(found, "AccessKeyId"), text_of(found, "SecretAccessKey"),
                          text_of(found, "SessionToken"), parse_iso8601(text_of(found, "Expiration")),
                          fmt::format("role {} ({})", role.arn, role.source)};
  if (credentials.access_key_id.empty() || credentials.secret_access_key.empty() || !credentials.expiration) {
    return fail(ErrorClass::unavailable, fmt::format("STS gave no credentials for the role {}.", role.arn),
                "Check the endpoint of STS.");
  }
  return credentials;
}

}  // namespace hotaru::aws
