#include "sim/in_memory_transport.h"

namespace hotaru::sim {

Result<http::Response> InMemoryTransport::send(const http::Request& request) {
  const auto scheme = request.url.find("://");
  if (scheme == std::string::npos) return fail(ErrorClass::invalid, "not a URL: " + request.url);
  const std::string rest = request.url.substr(scheme + 3);
  const auto slash = rest.find_first_of("/?");
  const std::string host = rest.substr(0, slash);
  const std::string target = slash == std::string::npos ? "/" : rest.substr(slash);
  const auto question = target.find('?');
  http::ServerRequest received;
  received.method = request.method;
  received.path = target.substr(0, question);
  if (received.path.empty()) received.path = "/";
  received.query = question == std::string::npos ? "" : target.substr(question + 1);
  received.headers = request.headers;
  if (http::header(received.headers, "Host").empty()) received.headers.emplace_back("Host", host);
  received.body = request.body;
  received.remote_address = "127.0.0.1";
  http::Response response = handler_(received);
  if (http::is_no_answer(response)) return fail(ErrorClass::unknown_outcome, "No answer came from " + host + ".");
  return response;
}

}  // namespace hotaru::sim
