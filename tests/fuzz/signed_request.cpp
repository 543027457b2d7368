// Signatures: any bytes as a request to be verified; and what our client signs, our sim accepts, though the two were
// written apart.
#include "aws/sigv4.h"
#include "base/text.h"
#include "fuzz/fuzz.h"
#include "http/wire.h"
#include "sim/control/request_log.h"
#include "sim/signature.h"

namespace hotaru {
namespace {

using fuzz::require;

constexpr TimePoint now{Duration{1'764'550'800'000}};
const std::string key_id = "AKIDEXAMPLE";
const std::string secret = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";

http::ServerRequest server_request(const http::RequestHead& head, std::string_view body) {
  return {head.method, head.path, head.query, head.headers, std::string(body), "127.0.0.1"};
}

void verify(const http::ServerRequest& request) {
  const auto caller = sim::authenticate(request, {{key_id, secret}}, now);
  if (caller) require(caller->service == sim::claimed_service(request), "who is let in said for what");
  require(fuzz::is_plain(sim::request_line(now, request, {200, {}, ""}, Duration{1})), "the log's line is one line");
}

/// curl never sends what these make of a URL, or sends it otherwise.
bool can_be_sent(const http::RequestHead& head) {
  if (!head.path.starts_with('/') || (head.path + head.query).find('#') != std::string::npos) return false;
  for (const auto& [name, value] : head.headers) {
    const std::string key = to_lower(name);
    if (key == "host" || key == "authorization" || key == "date" || key.starts_with("x-amz-")) return false;
  }
  // In a query these say how it was signed.
  return percent_decode(head.query, false).find("X-Amz-") == std::string::npos;
}

void sign_and_verify(const http::RequestHead& head, std::string_view body) {
  http::Request request;
  request.method = head.method;
  request.url = "http://sim.example" + head.path + (head.query.empty() ? "" : "?" + head.query);
  request.headers = head.headers;
  request.body = std::string(body);
  const auto added = aws::sigv4::sign(request, {key_id, secret, "", std::nullopt, ""}, {"eu-west-1", "ec2"}, now);
  http::ServerRequest received = server_request(head, body);
  received.headers.emplace_back("Host", "sim.example");
  received.headers.insert(received.headers.end(), added.begin(), added.end());
  require(sim::authenticate(received, {{key_id, secret}}, now).has_value(), "what the client signs, the sim accepts");
}

}  // namespace

HOTARU_FUZZ(input) {
  const auto head = http::parse_head(input);
  if (!head || !*head) return;
  const std::string_view body = input.substr((*head)->size);
  verify(server_request(**head, body));
  if (can_be_sent(**head)) sign_and_verify(**head, body);
}

}  // namespace hotaru
