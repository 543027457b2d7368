#pragma once

#include <unistd.h>

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "http/wire.h"

/// One connection of a server, and what can be done with what it has received so far. Nothing here waits for the peer,
/// but for it to take an answer.
namespace hotaru::http {

/// Owns a file descriptor.
class Descriptor {
 public:
  explicit Descriptor(int number = -1) : number_(number) {}
  Descriptor(Descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
  Descriptor& operator=(Descriptor&&) = delete;
  ~Descriptor() { reset(); }
  int get() const { return number_; }
  void reset() {
    if (number_ >= 0) close(std::exchange(number_, -1));
  }

 private:
  int number_;
};

struct Connection {
  explicit Connection(int socket, std::string address) : descriptor(socket), remote_address(std::move(address)) {}
  /// Whether it is in the middle of something that the peer must finish.
  bool is_unfinished() const { return refused || head || !buffer.empty(); }

  Descriptor descriptor;
  std::string remote_address;
  std::string buffer;               ///< received and not yet used
  std::optional<RequestHead> head;  ///< of the request whose body is awaited
  bool refused = false;             ///< what the peer still sends is read and dropped
  std::size_t discarded = 0;
  bool expired = false;     ///< guarded by the server's mutex, as the next
  std::uint64_t since = 0;  ///< the server's tick at which it became unfinished; 0: it is not
};

enum class Received { some, nothing_yet, end };
/// Adds what has come to the buffer.
Received receive_more(Connection& connection);

/// One after the other. False if the peer is gone, or takes nothing.
bool send_all(int socket, std::string_view bytes, std::string_view more = {});

/// What comes next on a connection: it has more in its buffer, waits for the peer, or is to be closed.
enum class Next { more, wait, close };

/// Answers what is no good request and ends the connection. What the peer still sends is to be read for a while, with
/// `discard`: closing on unread bytes resets the connection, and the peer would lose the answer.
Next refuse(Connection& connection, int status);
Next discard(Connection& connection);

/// Takes a request's head off the buffer, if it is there whole.
Next take_head(Connection& connection);
/// Takes the body that the head tells of off the buffer; nullopt if it is not there whole. The error is a status to
/// refuse with.
std::expected<std::optional<std::string>, int> take_body(Connection& connection);

}  // namespace hotaru::http
