#pragma once

#include <functional>
#include <memory>
#include <string>

#include "base/result.h"
#include "http/message.h"

namespace hotaru::http {

/// A request as a server sees it.
struct ServerRequest {
  std::string method;
  std::string path;    ///< as sent, still percent-encoded, without the query
  std::string query;   ///< as sent, without '?'
  Headers headers;
  std::string body;
  std::string remote_address;
};

using Handler = std::function<Response(const ServerRequest&)>;

/// An HTTP/1.1 server with keep-alive on a thread of its own (cpp-httplib). The handler is called from worker threads,
/// many at once; an exception in it becomes status 500.
class Server {
 public:
  virtual ~Server() = default;
  /// Stops accepting, waits for requests in progress.
  virtual void stop() = 0;
  virtual int port() const = 0;
};

/// Listens on address:port (port 0: any free one); `conflict` if the port is taken. The socket is made in the calling
/// thread, so in its network namespace. Workers must exceed the number of connections kept open.
Result<std::unique_ptr<Server>> serve(const std::string& address, int port, Handler handler, int workers = 64);

}  // namespace hotaru::http
