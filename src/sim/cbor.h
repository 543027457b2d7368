#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "http/message.h"
#include "http/server.h"

/// CloudWatch's newest protocol, Smithy RPC v2 CBOR, beside the JSON one: the operation stands in the path
/// (/service/NAME/operation/OPERATION), bodies are CBOR (RFC 8949), and mean what the JSON would.
namespace hotaru::sim {

bool speaks_cbor(const http::ServerRequest& request);
/// The operation of a service, "" if the path names none of it.
std::string cbor_operation(const http::ServerRequest& request, std::string_view service);

/// Input as JSON text; nullopt for what is no CBOR, or too deep. Tags are left out: times are numbers.
std::optional<std::string> json_of_cbor(std::string_view bytes);
/// Members whose name ends with "Timestamp" become times (tag 1).
std::string cbor_of_json(const std::string& json);
/// An answer in JSON, in the other form; one that is not JSON stays.
http::Response as_cbor(http::Response response);

}  // namespace hotaru::sim
