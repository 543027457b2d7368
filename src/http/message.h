#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/result.h"

namespace hotaru::http {

/// In the order they are sent; names compare without case.
using Headers = std::vector<std::pair<std::string, std::string>>;

/// The first value of a header, "" if there is none.
std::string header(const Headers& headers, std::string_view name);

struct Request {
  std::string method = "GET";
  std::string url;  ///< absolute, e.g. "http://127.0.0.1:8080/path?query"
  Headers headers = {};
  std::string body = {};
  Duration connect_timeout{5'000};
  Duration timeout{30'000};  ///< for the whole exchange
  /// Not on a connection that was kept: on one that has died meanwhile the request may be sent twice (see
  /// CurlTransport).
  bool fresh_connection = false;
  /// Called about every second while nothing of the answer has come, from the thread that sends; may be empty.
  std::function<void()> waiting = {};
};

/// Any status is data; only the lack of an answer is an error.
struct Response {
  int status = 0;
  Headers headers = {};
  std::string body = {};
};

/// From a server's handler: the connection is to be closed without an answer.
inline Response no_answer() { return {}; }
inline bool is_no_answer(const Response& response) { return response.status == 0; }

/// The seam between us and the network. Thread-safe.
/// Errors: `unavailable` when the request cannot have been received (name, connect, TLS); `unknown_outcome` when it was
/// (partly) sent and no whole answer came; `interrupted` after Ctrl-C.
class Transport {
 public:
  virtual ~Transport() = default;
  virtual Result<Response> send(const Request& request) = 0;
};

}  // namespace hotaru::http
