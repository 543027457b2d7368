#pragma once

#include <string>

#include "http/message.h"
#include "sim/api_error.h"
#include "sim/json_object.h"
#include "sim/xml.h"

/// The outermost form of answers, by service: EC2's XML, STS's XML, JSON for the services that speak it.
namespace hotaru::sim {

http::Response success(const std::string& service, const std::string& action, const Xml& inside,
                       const std::string& request_id);
http::Response success(const JsonObject& inside);
/// A refusal of the Query protocol is told in the words of a service that speaks JSON, where it has its own.
http::Response failure(const std::string& service, const ApiError& error, const std::string& request_id);

}  // namespace hotaru::sim
