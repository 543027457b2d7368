#include "sim/envelope.h"

namespace hotaru::sim {

namespace {

constexpr auto declaration = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";
constexpr auto sts_namespace = "https://sts.amazonaws.com/doc/2011-06-15/";
constexpr auto iam_namespace = "https://iam.amazonaws.com/doc/2010-05-08/";
constexpr auto ec2_namespace = "http://ec2.amazonaws.com/doc/2016-11-15/";

/// `inside` in front of `more`, which may be large and is copied only once.
http::Response xml(int status, const std::string& root, std::string_view name_space, const Xml& inside,
                   const Xml& more = {}) {
  std::string body;
  body.reserve(inside.str().size() + more.str().size() + 2 * root.size() + 160);
  body.append(declaration).append("<").append(root);
  if (!name_space.empty()) body.append(" xmlns=\"").append(name_space).append("\"");
  body.append(">").append(inside.str()).append(more.str()).append("</").append(root).append(">\n");
  return {status, {{"Content-Type", "text/xml;charset=UTF-8"}}, std::move(body)};
}

constexpr auto json_type = "application/x-amz-json-1.1";

/// IAM and STS wrap their answers alike.
bool wraps(const std::string& service) { return service == "sts" || service == "iam"; }
const char* namespace_of(const std::string& service) { return service == "iam" ? iam_namespace : sts_namespace; }
bool speaks_query(const std::string& service) { return service.empty() || service == "ec2" || wraps(service); }

/// What IAM and STS say where EC2, whose words the sim's own checks use, says something else ("Common errors").
ApiError in_iam_words(const ApiError& error) {
  if (error.code == "MissingParameter" || error.code == "InvalidParameterValue" || error.code == "UnknownParameter")
    return {400, "ValidationError", error.message};
  if (error.code == "RequestLimitExceeded") return {400, "Throttling", "Rate exceeded"};
  if (error.code == "LimitExceeded") return {409, error.code, error.message};
  if (error.code == "UnauthorizedOperation") return {403, "AccessDenied", error.message};
  if (error.code == "InternalError") return {500, "ServiceFailure", error.message};
  if (error.code == "Unavailable") return {503, "ServiceUnavailable", error.message};
  return error;
}

/// CloudWatch goes on saying what it said in the Query protocol (its API reference, "Common errors").
ApiError in_cloudwatch_words(const ApiError& error) {
  if (error.code == "RequestLimitExceeded") return {400, "Throttling", "Rate exceeded"};
  if (error.code == "ValidationException") return {400, "ValidationError", error.message};
  if (error.code == "AuthFailure" || error.code == "InvalidClientTokenId")
    return {403, "InvalidClientTokenId", "The security token included in the request is invalid."};
  if (error.code == "SignatureDoesNotMatch") return {403, error.code, error.message};
  if (error.code == "UnauthorizedOperation") return {403, "AccessDenied", error.message};
  if (error.code == "InternalError") return {500, "InternalServiceError", error.message};
  if (error.code == "Unavailable") return {503, "ServiceUnavailable", error.message};
  return error;
}

/// What the services that speak JSON say where EC2 and STS, whose words the sim's own checks use, say something else.
/// (Their API references, "Common errors".)
ApiError in_json_words(const std::string& service, const ApiError& error) {
  if (service == "monitoring") return in_cloudwatch_words(error);
  if (error.code == "RequestLimitExceeded")
    return {400, service == "servicequotas" ? "TooManyRequestsException" : "ThrottlingException", "Rate exceeded"};
  if (error.code == "SignatureDoesNotMatch") return {400, "InvalidSignatureException", error.message};
  if (error.code == "IncompleteSignature") return {400, "IncompleteSignatureException", error.message};
  if (error.code == "InvalidClientTokenId" || error.code == "AuthFailure")
    return {400, "UnrecognizedClientException", "The security token included in the request is invalid."};
  if (error.code == "UnauthorizedOperation" || error.code == "AccessDenied")
    return {400, "AccessDeniedException", error.message};
  if (error.code == "ExpiredToken") return {400, "ExpiredTokenException", error.message};
  if (error.code == "InternalError" || error.code == "Unavailable")
    return {500,
            service == "ssm"             ? "InternalServerError"
            : service == "servicequotas" ? "ServiceException"
                                         : "InternalErrorException",
            error.message};
  if (error.code == "MissingAuthenticationToken") return {400, "MissingAuthenticationTokenException", error.message};
  return error;
}

}  // namespace

http::Response success(const JsonObject& inside) { return {200, {{"Content-Type", json_type}}, inside.str()}; }

http::Response success(const std::string& service, const std::string& action, const Xml& inside,
                       const std::string& request_id) {
  if (wraps(service)) {
    Xml all;
    all.element(action + "Result", inside).element("ResponseMetadata", Xml{}.text("RequestId", request_id));
    return xml(200, action + "Response", namespace_of(service), all);
  }
  return xml(200, action + "Response", ec2_namespace, Xml{}.text("requestId", request_id), inside);
}

http::Response failure(const std::string& service, const ApiError& error, const std::string& request_id) {
  if (!speaks_query(service)) {
    const ApiError told = in_json_words(service, error);
    http::Response response{told.status,
                            {{"Content-Type", json_type}},
                            JsonObject{}.text("__type", told.code).text("message", told.message).str()};
    // Clients that knew it in the Query protocol find its codes here.
    if (service == "monitoring")
      response.headers.emplace_back("x-amzn-query-error", told.code + (told.status < 500 ? ";Sender" : ";Receiver"));
    return response;
  }
  if (wraps(service)) {
    const ApiError told = in_iam_words(error);
    Xml what;
    what.text("Type", told.status < 500 ? "Sender" : "Receiver").text("Code", told.code).text("Message", told.message);
    return xml(told.status, "ErrorResponse", namespace_of(service),
               Xml{}.element("Error", what).text("RequestId", request_id));
  }
  const Xml what = Xml{}.text("Code", error.code).text("Message", error.message);
  return xml(error.status, "Response", "",
             Xml{}.element("Errors", Xml{}.element("Error", what)).text("RequestID", request_id));
}

}  // namespace hotaru::sim
