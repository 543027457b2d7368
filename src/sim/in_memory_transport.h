#pragma once

#include "http/message.h"
#include "http/server.h"

namespace hotaru::sim {

/// A client's transport that calls a server's handler in the same process: for tests, and to run client and sim on one
/// virtual clock. The handler must outlive it.
class InMemoryTransport final : public http::Transport {
 public:
  explicit InMemoryTransport(http::Handler handler) : handler_(std::move(handler)) {}
  Result<http::Response> send(const http::Request& request) override;

 private:
  http::Handler handler_;
};

}  // namespace hotaru::sim
