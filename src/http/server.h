#pragma once

#include <functional>
#include <memory>
#include <string>

#include "base/clock.h"
#include "base/result.h"
#include "http/message.h"

namespace hotaru::http {

/// A request as a server sees it.
struct ServerRequest {
  std::string method;
  std::string path;   ///< as sent, still percent-encoded, without the query
  std::string query;  ///< as sent, without '?'
  Headers headers;
  std::string body;
  std::string remote_address;
};

using Handler = std::function<Response(const ServerRequest&)>;

/// An HTTP/1.1 server with keep-alive, over plain sockets: Debian's and Ubuntu's cpp-httplib is a shared library that
/// brings OpenSSL's, zlib's and brotli's with it, which every start of hotaru would pay for. The handler is called from
/// worker threads, many at once; an exception in it becomes status 500, and no_answer()
/// closes the connection. Bodies over 4 MiB are refused. Nothing is added
/// to the handler's headers but Content-Length and Connection: a Date is the handler's own, from its Clock.
class Server {
 public:
  virtual ~Server() = default;
  /// Stops accepting, ends idle connections, waits for requests in progress. Never call it from the handler.
  virtual void stop() = 0;
  virtual int port() const = 0;
};

/// Listens on address:port (port 0: any free one); `conflict` if the port is taken. The socket is made in the calling
/// thread, so in its network namespace. At most `workers` requests are handled at once (workers are made as they are
/// needed); connections kept open cost none, nor do requests of which a part has yet to come. A request that is not
/// there whole within the patience (at most twice that) is given up with status 408.
Result<std::unique_ptr<Server>> serve(const std::string& address, int port, Handler handler, int workers = 64,
                                      Duration patience = std::chrono::seconds(15));

}  // namespace hotaru::http
