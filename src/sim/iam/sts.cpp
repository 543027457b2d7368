#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "sim/iam/actions.h"
#include "sim/iam/authorize.h"
#include "sim/iam/form.h"
#include "sim/iam/keys.h"
#include "sim/iam/policy_grammar.h"
#include "sim/iam/sessions.h"
#include "sim/scenario/script.h"

namespace hotaru::sim::iam {

namespace {

constexpr std::int64_t shortest = 900;

std::int64_t read_duration(const Parameters& parameters, std::int64_t otherwise, std::int64_t longest) {
  const std::int64_t seconds = parameters.integer("DurationSeconds", otherwise);
  if (seconds < shortest || seconds > longest)
    parameters.refuse(
        "ValidationError",
        fmt::format("1 validation error detected: Value '{}' at 'durationSeconds' failed to satisfy "
                    "constraint: Member must have value {} than or equal to {}",
                    seconds, seconds < shortest ? "greater" : "less", seconds < shortest ? shortest : longest));
  return seconds;
}

/// Credentials count on the clock by which signatures are judged.
TimePoint session_now(const Context& context) {
  return context.world.script() != nullptr ? context.world.script()->signature_time() : context.now();
}

SessionCredentials hand_out(Context& context, Session session, std::int64_t seconds) {
  session.access_key_id = session_key_id(context.world.random().hex(32));
  session.expires = session_now(context) + std::chrono::seconds(seconds);
  return make_session(context.world.account(context.account_id).session_key, session);
}

void write(Xml& xml, const SessionCredentials& made) {
  xml.element("Credentials", [&](Xml& inside) {
    inside.text("AccessKeyId", made.access_key_id)
        .text("SecretAccessKey", made.secret_access_key)
        .text("SessionToken", made.token);
    write_time(inside, "Expiration", made.expires);
  });
}

struct RoleRequest {
  std::string arn;
  std::string session;
  std::string policy;
  std::string external_id;
  std::int64_t seconds = 3'600;
};

RoleRequest read_role_request(const Parameters& parameters) {
  RoleRequest request;
  request.arn = parameters.required("RoleArn");
  if (!request.arn.empty() && (request.arn.size() < 20 || !request.arn.starts_with("arn:")))
    parameters.refuse("ValidationError", fmt::format("{} is invalid", request.arn));
  request.session = read_name(parameters, "RoleSessionName", 64);
  if (request.session.size() == 1)
    parameters.refuse("ValidationError",
                      fmt::format("1 validation error detected: Value '{}' at 'roleSessionName' failed to satisfy "
                                  "constraint: Member must have length greater than or equal to 2",
                                  request.session));
  request.policy = parameters.text("Policy");
  request.external_id = parameters.text("ExternalId");
  request.seconds = read_duration(parameters, 3'600, 43'200);
  if (parameters.has("PolicyArns"))
    parameters.refuse("ValidationError", "The simulator's sessions take a Policy, and no PolicyArns.");
  for (const char* name : {"Tags", "TransitiveTagKeys", "SourceIdentity", "SerialNumber", "TokenCode"})
    parameters.ignore(name);
  return request;
}

/// Under which names a role's trust may know the caller.
std::vector<std::string> names_of(const Context& context) {
  const std::string root = fmt::format("arn:aws:iam::{}:root", context.account_id);
  std::vector<std::string> names{context.account_id, root, caller_arn(context)};
  if (context.caller.kind == Principal::Kind::role)
    if (const Role* role = context.world.global(context.account_id).roles.find(context.caller.name))
      names.push_back(role_arn(context.account_id, *role));
  return names;
}

ApiError may_not_assume(const Context& context, const std::string& arn) {
  return {
      403, "AccessDenied",
      fmt::format("User: {} is not authorized to perform: sts:AssumeRole on resource: {}", caller_arn(context), arn)};
}

/// The role, if its trust lets the caller in.
ApiResult<const Role*> assumable(const Context& context, const RoleRequest& request) {
  const auto& roles = context.world.global(context.account_id).roles.all();
  const auto found = std::ranges::find_if(
      roles, [&](const auto& one) { return role_arn(context.account_id, one.second) == request.arn; });
  if (found == roles.end()) return std::unexpected(may_not_assume(context, request.arn));
  const Role& role = found->second;
  PolicyQuestion question{"sts:AssumeRole", "*", {{"sts:externalid", request.external_id}}};
  question.context["aws:principalarn"] = caller_arn(context);
  question.context["aws:principalaccount"] = context.account_id;
  const auto trust = read_policy(role.trust);
  if (!trust || !trusts(*trust, names_of(context), question))
    return std::unexpected(may_not_assume(context, request.arn));
  return &role;
}

}  // namespace

std::string caller_arn(const Context& context) {
  return context.caller.arn.empty() ? fmt::format("arn:aws:iam::{}:user/sim", context.account_id) : context.caller.arn;
}

ApiResult<Xml> get_caller_identity(Context& context, const Parameters& parameters) {
  if (auto no = parameters.finish()) return std::unexpected(*no);
  return Xml{}
      .text("Arn", caller_arn(context))
      .text("UserId", context.caller.unique_id.empty() ? "AIDASIMULATEDBYHOTARU" : context.caller.unique_id)
      .text("Account", context.account_id);
}

ApiResult<Xml> assume_role(Context& context, const Parameters& parameters) {
  const RoleRequest request = read_role_request(parameters);
  if (auto no = parameters.finish()) return std::unexpected(*no);
  if (!request.policy.empty())
    if (auto no = check_policy(request.policy, PolicyUse::own)) return std::unexpected(*no);
  const auto role = assumable(context, request);
  if (!role) return std::unexpected(role.error());
  if (request.seconds > (*role)->max_session_seconds)
    return refuse("ValidationError", "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.");
  if (context.caller.kind == Principal::Kind::role && request.seconds > 3'600)
    return refuse("ValidationError",
                  "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining");
  const Session session{"", "role", (*role)->id, (*role)->role_id, request.session, request.policy, "", {}};
  Xml xml;
  write(xml, hand_out(context, session, request.seconds));
  xml.element("AssumedRoleUser", Xml{}
                                     .text("AssumedRoleId", (*role)->role_id + ":" + request.session)
                                     .text("Arn", session_arn(context.account_id, (*role)->id, request.session)));
  return xml;
}

ApiResult<Xml> get_session_token(Context& context, const Parameters& parameters) {
  const std::int64_t seconds = read_duration(parameters, 43'200, 129'600);
  parameters.ignore("SerialNumber");
  parameters.ignore("TokenCode");
  if (auto no = parameters.finish()) return std::unexpected(*no);
  if (context.caller.kind == Principal::Kind::role)
    return refuse("AccessDenied", "Cannot call GetSessionToken with session credentials", 403);
  const bool user = context.caller.kind == Principal::Kind::user;
  const Session session{
      "", user ? "user" : "owner", context.caller.name, user ? context.caller.unique_id : "", "", "", "", {}};
  Xml xml;
  write(xml, hand_out(context, session, seconds));
  return xml;
}

ApiResult<Xml> get_access_key_info(Context& context, const Parameters& parameters) {
  const std::string id = parameters.required("AccessKeyId");
  if (auto no = parameters.finish()) return std::unexpected(*no);
  if (id.size() < 16 || !std::ranges::all_of(id, [](unsigned char one) { return std::isalnum(one) != 0; }))
    return refuse("ValidationError", "Access Key ID is invalid.");
  return Xml{}.text("Account", context.account_id);
}

ApiResult<Xml> decode_authorization_message(Context& context, const Parameters& parameters) {
  const std::string encoded = parameters.required("EncodedMessage");
  if (auto no = parameters.finish()) return std::unexpected(*no);
  const auto message = unsealed(context.world.account(context.account_id).session_key, encoded);
  if (!message || !message->starts_with('{'))
    return refuse("InvalidAuthorizationMessageException", "Message is not valid.");
  return Xml{}.text("DecodedMessage", *message);
}

}  // namespace hotaru::sim::iam
