#pragma once

#include <string>
#include <string_view>

#include "aws/client.h"
#include "base/result.h"
#include "http/message.h"

/// What AWS's errors mean. Every code that we treat in a way of its own stands in errors.cpp, and nowhere else.
namespace hotaru::aws {

/// An error as a service wrote it.
struct ServiceError {
  std::string code;  ///< "" if the body is not one of AWS's errors
  std::string message;
  std::string request_id;
};

/// EC2's form (<Response><Errors><Error>), the Query protocol's (<ErrorResponse><Error>, STS), that of AWS JSON
/// ({"__type": …, "message": …}), or none of them (a proxy's page, garbage). Never fails.
ServiceError parse_service_error(std::string_view body);

/// By code, and where that says nothing by HTTP status.
ErrorClass classify(const std::string& code, int status);

/// The whole error for the user, with what to do next.
Error error_of(const Call& call, const http::Response& response);

/// A refusal that stands inside an answer (a fleet's errors), as if the call itself had been refused with it.
Error error_of_code(const Call& call, const std::string& code, const std::string& message);

/// True for codes that say that the credentials have expired. RequestExpired may mean the clock as well.
bool says_expired(const std::string& code);
/// True for codes that a wrong local clock may have caused.
bool may_be_clock_skew(const std::string& code);

}  // namespace hotaru::aws
