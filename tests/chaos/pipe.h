#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "http/message.h"
#include "lifecycle/context.h"

/// Between a client, which is a process of its own so that it can be killed, and the world that it lives in.
namespace hotaru::chaos {

/// What is asked and answered: a list of texts, over a socket. Blocks. nullopt: the other side is gone.
using Message = std::vector<std::string>;
bool send(int socket, const Message& message);
std::optional<Message> receive(int socket);

/// Time, as both sides see it: in memory that they share.
struct SharedTime {
  std::atomic<std::int64_t> milliseconds;
};
std::shared_ptr<SharedTime> make_shared_time();

/// The client's side of the seams: everything that it wants of the world is a message.
class PipeClock final : public Clock {
 public:
  PipeClock(int socket, const SharedTime& time) : socket_(socket), time_(time) {}
  TimePoint now() const override { return TimePoint(Duration(time_.milliseconds.load())); }
  Duration steady() const override { return Duration(time_.milliseconds.load()); }
  bool sleep(Duration duration) override;

 private:
  int socket_;
  const SharedTime& time_;
};

class PipeTransport final : public http::Transport {
 public:
  explicit PipeTransport(int socket) : socket_(socket) {}
  Result<http::Response> send(const http::Request& request) override;

 private:
  int socket_;
};

class PipeLogin final : public lifecycle::Login {
 public:
  PipeLogin(int socket, Clock& clock) : socket_(socket), clock_(clock) {}
  Result<void> await_shell(const ssh::Target& target, Duration patience,
                           const std::function<Result<void>()>& still_alive) override;
  Result<std::string> run_as_root(const ssh::Target& target, const std::string& command) override;
  Result<std::string> renew_host_key(const ssh::Target& target) override;

 private:
  int socket_;
  Clock& clock_;
};

/// For the world's side.
http::Request request_of(const Message& message);
Message message_of(const Result<http::Response>& response);

}  // namespace hotaru::chaos
