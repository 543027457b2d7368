#include "aws/errors.h"

#include <fmt/format.h>

#include <pugixml.hpp>

#include "aws/credentials/fields.h"
#include "aws/endpoints.h"
#include "aws/permissions.h"
#include "base/text.h"

namespace hotaru::aws {

namespace {

using enum ErrorClass;

struct Rule {
  std::string_view code;  ///< exact, or with '*' for a family
  ErrorClass kind;
  std::string_view hint = {};
};

/// The first rule that matches counts. Codes: EC2 API Reference, "Error codes", and "Common errors" of STS.
constexpr Rule rules[] = {
    {"DryRunOperation", conflict},
    // Who asks.
    {"UnauthorizedOperation", unauthorized,
     "The identity needs permission for this action (see 'aws sts get-caller-identity')."},
    {"AccessDenied*", unauthorized,
     "The identity needs permission for this action (see 'aws sts get-caller-identity')."},
    {"AuthFailure.ServiceLinkedRoleCreationNotPermitted", unauthorized,
     "Spot needs a role of EC2's own, once: aws iam create-service-linked-role --aws-service-name "
     "spot.amazonaws.com"},
    {"AuthFailure", unauthorized,
     "Check the access key, and that the region is enabled for the account (AWS does not know keys in regions that are "
     "not)."},
    {"InvalidClientTokenId", unauthorized, "Check the access key, and that the region is enabled for the account."},
    {"DependencyAccessDenied*", unauthorized,
     "Service Quotas may not ask the service behind the quota; the identity needs its permissions too."},
    {"UnrecognizedClientException", unauthorized, "Check the access key."},
    {"SignatureDoesNotMatch", unauthorized, "Check the secret access key."},
    {"InvalidSignatureException", unauthorized, "Check the secret access key."},
    {"IncompleteSignature", unauthorized, "Check the access key for stray characters."},
    {"MissingAuthenticationToken", unauthorized, "Check the credentials and the endpoint."},
    {"ExpiredToken*", unauthorized, "Get new ones: eval \"$(aws configure export-credentials --format env)\""},
    {"RequestExpired", unauthorized, "The credentials have expired, or this machine's clock is wrong (see 'date -u')."},
    {"RequestTimeTooSkewed", unauthorized, "This machine's clock is wrong (see 'date -u')."},
    {"RequestInTheFuture", unauthorized, "This machine's clock is wrong (see 'date -u')."},
    {"Blocked", unauthorized, "The account is blocked: AWS Support can tell why."},
    {"OptInRequired", unauthorized,
     "The account must subscribe first; the message carries the page to do it on. A new account may still have to "
     "finish its registration."},
    {"PendingVerification", unauthorized,
     "AWS verifies new accounts before the first launches in a region, usually within minutes, at most four hours. Try "
     "again then."},
    {"PendingSnapshotLimitExceeded", quota},
    // How much.
    {"VcpuLimitExceeded", quota,
     "Ask for more: hotaru quota request TYPE (new accounts have 0 for GPU types). Another region may have some left: "
     "hotaru quota --all-regions"},
    {"MaxSpotInstanceCountExceeded", quota,
     "Ask for more: hotaru quota request TYPE --spot. Another region may have some left: hotaru quota --all-regions"},
    {"QuotaExceededException", quota,
     "Too many requests for quotas are open. Wait until AWS has closed some: 'hotaru quota status'."},
    {"InstanceLimitExceeded", quota, "Ask for a higher quota in Service Quotas, Amazon EC2."},
    {"VolumeLimitExceeded", quota, "Ask for more storage in Service Quotas, Amazon EBS, or choose a smaller --disk."},
    {"SecurityGroupLimitExceeded", quota,
     "Delete security groups that nothing uses, or ask for more in Service Quotas, Amazon VPC."},
    {"VpcLimitExceeded", quota, "Delete a VPC that nothing uses, or ask for more in Service Quotas, Amazon VPC."},
    {"ResourceCountExceeded", quota},
    {"*RequestLimitExceeded", throttled, "AWS asks for patience; try again in a minute."},
    {"*LimitExceeded", quota, "Ask for a higher quota in Service Quotas."},
    {"LimitExceededFault", quota, "The region has as many CloudWatch alarms as the account may have."},
    // What EC2 has at the moment.
    {"InsufficientInstanceCapacity", capacity,
     "AWS has no such instance free there now. Try another zone or region, or another type."},
    {"Insufficient*Capacity", capacity,
     "AWS has no such capacity free there now. Try another zone or region, or another type."},
    {"SpotMaxPriceTooLow", capacity, "The spot price is above the highest that was allowed."},
    {"UnfulfillableCapacity", capacity, "Try another zone or region, or another type."},
    {"Unsupported", capacity, "That type is not offered in this zone; try another zone or region."},
    {"InsufficientFreeAddressesInSubnet", capacity, "The subnet has no address left; choose another with --subnet."},
    {"UnsupportedOperation", unsupported},
    // How often.
    {"Throttl*", throttled, "AWS asks for patience; try again in a minute."},
    {"TooManyRequests*", throttled, "AWS asks for patience; try again in a minute."},
    {"SlowDown", throttled, "AWS asks for patience; try again in a minute."},
    {"BandwidthLimitExceeded", throttled},
    {"EC2ThrottledException", throttled},
    {"PriorRequestNotComplete", throttled},
    {"RequestThrottled*", throttled},
    {"ConcurrentCreate*", throttled},
    // AWS's own trouble.
    {"InternalError", unavailable, "AWS has trouble; try again (health.aws.amazon.com tells more)."},
    {"InternalFailure", unavailable, "AWS has trouble; try again (health.aws.amazon.com tells more)."},
    {"Unavailable", unavailable, "AWS has trouble; try again (health.aws.amazon.com tells more)."},
    {"ServiceUnavailable", unavailable, "AWS has trouble; try again (health.aws.amazon.com tells more)."},
    {"RequestTimeout*", unavailable},
    {"InternalServerError", unavailable, "AWS has trouble; try again (health.aws.amazon.com tells more)."},
    {"InternalErrorException", unavailable, "AWS has trouble; try again (health.aws.amazon.com tells more)."},
    {"ServiceException", unavailable, "AWS has trouble; try again (health.aws.amazon.com tells more)."},
    // What is asked for.
    {"InvalidAMIID.NotFound", not_found,
     "Images belong to one region: the same system has another id elsewhere. Name a family (--image ubuntu) to have it "
     "found."},
    {"InvalidAMIID.Unavailable", not_found, "The image was deregistered or is not ready; choose another."},
    {"VPCIdNotSpecified", not_found,
     "The account has no default VPC in this region. Have one made ('aws ec2 create-default-vpc' costs nothing) or "
     "name a subnet with --subnet."},
    {"DefaultSubnetDoesNotExist*", not_found,
     "There is no default subnet in this zone; choose another zone, or a subnet with --subnet."},
    {"NoSuchResourceException", not_found},
    {"ResourceNotFound*", not_found},
    {"NoAvailableOrganizationException", not_found},
    {"ResourceAlreadyExistsException", conflict,
     "A request for this quota is open already: 'hotaru quota status' shows it."},
    {"InvalidResourceStateException", conflict},
    {"InvalidNextTokenException", invalid, "The list changed while it was read; run the command again."},
    {"ExpiredNextTokenException", invalid, "The list took too long to read; run the command again."},
    {"SerializationException", invalid},
    {"IllegalArgumentException", invalid},
    {"UnknownOperationException", unsupported, "The endpoint does not know this action."},
    {"MissingInput", invalid},
    {"InvalidGroup.Duplicate", conflict},
    {"InvalidKeyPair.Duplicate", conflict},
    {"InvalidPermission.Duplicate", conflict},
    {"DefaultVpcAlreadyExists", conflict},
    {"DependencyViolation", conflict, "Something still uses it."},
    {"InvalidGroup.InUse", conflict, "An instance or a network interface still uses it."},
    {"IncorrectInstanceState", conflict, "Wait for the instance to leave its present state, then try again."},
    {"IncorrectState", conflict},
    {"ResourceInUse*", conflict},
    {"OperationNotPermitted", conflict,
     "The instance may be protected against termination or stopping; that is switched off in its settings."},
    {"IdempotentParameterMismatch", conflict},
    {"IdempotentInstanceTerminated", conflict},
    {"InvalidInstanceType", invalid, "Check the type's name; some are not offered in every region."},
    {"InvalidBlockDeviceMapping", invalid, "The disk may be smaller than the image needs; choose a larger --disk."},
    {"InvalidParameterCombination", invalid},
    {"InvalidAction", unsupported, "The endpoint does not know this action."},
    {"*.NotFound", not_found},
    {"*NotFound", not_found},
    {"*NotFoundException", not_found},
    {"*.Duplicate", conflict},
    {"*.Malformed", invalid},
    {"Invalid*", invalid},
    {"Missing*", invalid},
    {"Unknown*", invalid},
    {"Validation*", invalid},
    {"Malformed*", invalid},
};

const Rule* rule_of(const std::string& code) {
  for (const Rule& rule : rules) {
    if (matches_wildcard(rule.code, code)) return &rule;
  }
  return nullptr;
}

ErrorClass by_status(int status) {
  if (status == 429) return throttled;
  if (status == 401 || status == 403 || status == 407) return unauthorized;
  if (status == 404) return not_found;
  if (status == 408 || status == 502 || status == 504) return unknown_outcome;  // a gateway gave up waiting
  if (status >= 300 && status < 400) return unknown_outcome;  // AWS redirects nobody: a portal stands in between
  if (status >= 500) return unavailable;
  return invalid;
}

pugi::xml_node error_node(const pugi::xml_document& document) {
  const pugi::xml_node root = document.document_element();
  if (const auto ec2 = root.child("Errors").child("Error")) return ec2;
  if (const auto query = root.child("Error")) return query;
  return std::string_view(root.name()) == "Error" ? root : pugi::xml_node();
}

/// What an endpoint says is shown: one line, and no pages.
std::string one_line(const std::string& text, std::size_t longest) { return shortened(trim(printable(text)), longest); }

/// "You are not authorized …. Encoded authorization failure message: 4 KB of base64".
constexpr std::string_view before_encoded = " Encoded authorization failure message:";

/// For DecodeAuthorizationMessage (aws/permissions.h).
std::string encoded_in(const std::string& message) {
  const auto encoded = message.find(before_encoded);
  if (encoded == std::string::npos) return "";
  return one_line(message.substr(encoded + before_encoded.size()), 20'000);
}

std::string without_encoded(std::string message) {
  const auto encoded = message.find(before_encoded);
  if (encoded != std::string::npos) message.resize(encoded);
  return message;
}

std::string message_of(const Call& call, const ServiceError& error, int status) {
  if (error.code.empty()) {
    return fmt::format("{} answered {} with HTTP status {} and no reason.", title_of(to_lower(call.service)),
                       call.action, status);
  }
  const std::string text = one_line(without_encoded(error.message), 600);
  if (error.code == "UnauthorizedOperation")
    return fmt::format("Not permitted: {}:{}. {}", call.service, call.action, sentence(text));
  return sentence(text.empty() ? fmt::format("{} was refused: {}", call.action, error.code) : text);
}

/// "com.amazonaws.ssm#ParameterNotFound:http://internal.amazon.com/…" is ParameterNotFound (AWS JSON 1.1 protocol,
/// "Operation error serialization").
std::string bare_code(std::string code) {
  if (const auto suffix = code.find(':'); suffix != std::string::npos) code.resize(suffix);
  if (const auto name = code.find('#'); name != std::string::npos) code.erase(0, name + 1);
  return one_line(code, 100);
}

ServiceError parse_json_error(std::string_view body) {
  const auto fields = parse_fields(body);
  if (!fields) return {};
  ServiceError result;
  for (const char* name : {"__type", "code", "Code"}) {
    if (result.code.empty()) result.code = bare_code(field(*fields, name));
  }
  for (const char* name : {"message", "Message", "errorMessage"}) {
    if (result.message.empty()) result.message = field(*fields, name);
  }
  return result;
}

}  // namespace

ServiceError parse_service_error(std::string_view body) {
  if (trim(body.substr(0, 64)).starts_with('{')) return parse_json_error(body);
  pugi::xml_document document;
  if (!document.load_buffer(body.data(), body.size())) return {};
  const pugi::xml_node root = document.document_element();
  const pugi::xml_node error = error_node(document);
  ServiceError result;
  result.code = one_line(error.child_value("Code"), 100);
  result.message = error.child_value("Message");
  for (const char* name : {"RequestID", "RequestId"}) {
    if (result.request_id.empty()) result.request_id = one_line(root.child_value(name), 100);
  }
  return result;
}

ErrorClass classify(const std::string& code, int status) {
  // EC2 prefixes some codes with whose fault it is ("Client.", "Server.": StateReason and old answers).
  std::string bare = code;
  for (const std::string_view prefix : {"Client.", "Server."}) {
    if (bare.starts_with(prefix)) bare.erase(0, prefix.size());
  }
  if (bare.empty()) return by_status(status);
  if (const Rule* rule = rule_of(bare)) return rule->kind;
  return by_status(status);
}

Error error_of(const Call& call, const http::Response& response) {
  ServiceError service = parse_service_error(response.body);
  if (!call.target.empty()) {
    if (service.code.empty()) service.code = bare_code(http::header(response.headers, "X-Amzn-ErrorType"));
    service.request_id = one_line(http::header(response.headers, "X-Amzn-RequestId"), 100);
  }
  Error error;
  error.kind = classify(service.code, response.status);
  error.code = service.code;
  error.message = message_of(call, service, response.status);
  if (const Rule* rule = service.code.empty() ? nullptr : rule_of(service.code)) error.hint = rule->hint;
  if (service.code.empty() && error.hint.empty()) {
    error.hint = "That is no answer of AWS: check the endpoint, and whether a proxy stands in between.";
  }
  error.context = fmt::format("{} {} {}, HTTP status {}", call.service, call.region, call.action, response.status);
  if (!service.request_id.empty()) error.context += ", request " + service.request_id;
  if (const auto encoded = encoded_in(service.message); !encoded.empty())
    error.context += std::string("\n") + encoded_mark + encoded;
  return error;
}

Error error_of_code(const Call& call, const std::string& code, const std::string& message) {
  const ServiceError service{one_line(code, 100), message, ""};
  Error error;
  error.kind = classify(service.code, 400);
  error.code = service.code;
  error.message = service.code.empty() ? fmt::format("{} was refused without a reason.", call.action)
                                       : message_of(call, service, 400);
  if (const Rule* rule = rule_of(service.code)) error.hint = rule->hint;
  error.context = fmt::format("{} {} {}", call.service, call.region, call.action);
  return error;
}

bool says_expired(const std::string& code) { return code.starts_with("ExpiredToken") || code == "RequestExpired"; }

bool may_be_clock_skew(const std::string& code) {
  // EC2 also answers AuthFailure to a signature of another time.
  for (const std::string_view known : {"RequestExpired", "RequestTimeTooSkewed", "RequestInTheFuture", "AuthFailure",
                                       "SignatureDoesNotMatch", "InvalidSignatureException"}) {
    if (code == known) return true;
  }
  return false;
}

}  // namespace hotaru::aws
