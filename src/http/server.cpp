#include "http/server.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <map>
#include <mutex>
#include <thread>
#include <vector>

#include "http/wire.h"

namespace hotaru::http {

namespace {

constexpr std::size_t longest_body = 4 * 1024 * 1024;
constexpr timeval receive_patience{10, 0};  // within one request; between requests a connection may idle
constexpr timeval send_patience{30, 0};
constexpr int first_workers = 4;

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
  Descriptor descriptor;
  std::string remote_address;
  std::string buffer;  ///< received and not yet used
  /// Orders what one worker wrote before what the next one reads. The kernel does so as well, but the memory model (and
  /// the thread sanitizer) does not know about epoll_ctl.
  std::atomic<unsigned> turns{0};
};

bool send_all(int socket, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

/// False at the end of the stream, and when nothing comes for too long.
bool receive_more(Connection& connection) {
  char bytes[16 * 1024];
  while (true) {
    const ssize_t count = ::recv(connection.descriptor.get(), bytes, sizeof bytes, 0);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return false;
    connection.buffer.append(bytes, static_cast<std::size_t>(count));
    return true;
  }
}

/// Answers what is no good request and ends the connection. What the peer still sends is read for a while: closing on
/// unread bytes resets the connection, and the peer would lose the answer.
bool refuse(Connection& connection, int status) {
  const Response response{status, {{"Content-Type", "text/plain"}}, "The request was not understood.\n"};
  send_all(connection.descriptor.get(), format_response(response, false, false));
  shutdown(connection.descriptor.get(), SHUT_WR);
  for (int i = 0; i < 1024; ++i) {
    connection.buffer.clear();
    if (!receive_more(connection)) break;
  }
  return false;
}

/// Takes the body off the connection's buffer. The error is a status to refuse with, 0 if the connection is gone.
std::expected<std::string, int> receive_body(Connection& connection, const RequestHead& head) {
  if (head.content_length > longest_body) return std::unexpected(413);
  const bool has_body = head.chunked || head.content_length > 0;
  if (head.expects_continue && has_body && !send_all(connection.descriptor.get(), "HTTP/1.1 100 Continue\r\n\r\n")) {
    return std::unexpected(0);
  }
  std::string body;
  while (head.chunked) {
    auto chunked = parse_chunked(connection.buffer, longest_body);
    if (!chunked) return std::unexpected(chunked.error());
    if (*chunked) {
      connection.buffer.erase(0, (*chunked)->size);
      return std::move((*chunked)->body);
    }
    if (!receive_more(connection)) return std::unexpected(0);
  }
  while (connection.buffer.size() < head.content_length) {
    if (!receive_more(connection)) return std::unexpected(0);
  }
  body = connection.buffer.substr(0, head.content_length);
  connection.buffer.erase(0, head.content_length);
  return body;
}

std::string address_text(const sockaddr_storage& address) {
  char text[INET6_ADDRSTRLEN] = "";
  if (address.ss_family == AF_INET6) {
    inet_ntop(AF_INET6, &reinterpret_cast<const sockaddr_in6&>(address).sin6_addr, text, sizeof text);
  } else {
    inet_ntop(AF_INET, &reinterpret_cast<const sockaddr_in&>(address).sin_addr, text, sizeof text);
  }
  return text;
}

/// All workers wait on one epoll: whoever wakes reads one request, answers it and hands the connection back. An open
/// connection without a request costs no worker, and workers are made when the last idle one finds work.
class EpollServer final : public Server {
 public:
  EpollServer(Descriptor listener, int port, Handler handler, int most_workers)
      : listener_(std::move(listener)),
        epoll_(epoll_create1(EPOLL_CLOEXEC)),
        wake_(eventfd(0, EFD_CLOEXEC)),
        port_(port),
        handler_(std::move(handler)),
        most_workers_(most_workers) {
    watch(EPOLL_CTL_ADD, listener_.get(), nullptr, EPOLLIN | EPOLLONESHOT);
    watch(EPOLL_CTL_ADD, wake_.get(), &wake_, EPOLLIN);
    const std::lock_guard lock(mutex_);
    for (int i = 0; i < std::min(first_workers, most_workers_); ++i) add_worker();
  }
  ~EpollServer() override { stop(); }

  int port() const override { return port_; }

  void stop() override {
    std::vector<std::thread> workers;
    {
      const std::lock_guard lock(mutex_);
      stopping_ = true;
      // A worker that waits for the rest of a request sees its end; one that answers may finish.
      for (const auto& [socket, connection] : connections_) shutdown(socket, SHUT_RD);
      workers.swap(workers_);
    }
    if (workers.empty()) return;
    shutdown(listener_.get(), SHUT_RDWR);
    const std::uint64_t one = 1;
    [[maybe_unused]] const ssize_t written = write(wake_.get(), &one, sizeof one);
    for (auto& worker : workers) worker.join();
    const std::lock_guard lock(mutex_);
    connections_.clear();
    listener_.reset();
  }

 private:
  void watch(int operation, int descriptor, void* what, std::uint32_t events) {
    epoll_event event{};
    event.events = events;
    event.data.ptr = what;
    epoll_ctl(epoll_.get(), operation, descriptor, &event);
  }

  void add_worker() {
    ++idle_;
    workers_.emplace_back([this] { work(); });
  }

  void work() {
    while (!stopping_) {
      epoll_event event{};
      const int ready = epoll_wait(epoll_.get(), &event, 1, -1);
      if (ready < 0 && errno != EINTR) return;
      if (ready <= 0 || event.data.ptr == &wake_) continue;
      {
        const std::lock_guard lock(mutex_);
        if (--idle_ == 0 && static_cast<int>(workers_.size()) < most_workers_ && !stopping_) add_worker();
      }
      if (event.data.ptr == nullptr) {
        accept_all();
      } else {
        serve_connection(*static_cast<Connection*>(event.data.ptr));
      }
      const std::lock_guard lock(mutex_);
      ++idle_;
    }
  }

  void accept_all() {
    while (!stopping_) {
      sockaddr_storage address{};
      socklen_t size = sizeof address;
      const int socket = accept4(listener_.get(), reinterpret_cast<sockaddr*>(&address), &size, SOCK_CLOEXEC);
      if (socket < 0) {
        if (errno == EINTR || errno == ECONNABORTED) continue;
        if (errno == EMFILE || errno == ENFILE) {  // wait for a connection to close rather than spin
          pollfd wake{wake_.get(), POLLIN, 0};
          poll(&wake, 1, 100);
        }
        break;
      }
      adopt(socket, address_text(address));
    }
    if (!stopping_) watch(EPOLL_CTL_MOD, listener_.get(), nullptr, EPOLLIN | EPOLLONESHOT);
  }

  void adopt(int socket, std::string address) {
    const int yes = 1;
    const int idle_seconds = 60;
    setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    // A peer whose network vanished (a sandbox that was killed) is noticed, so that its descriptor comes back.
    setsockopt(socket, SOL_SOCKET, SO_KEEPALIVE, &yes, sizeof yes);
    setsockopt(socket, IPPROTO_TCP, TCP_KEEPIDLE, &idle_seconds, sizeof idle_seconds);
    setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &receive_patience, sizeof receive_patience);
    setsockopt(socket, SOL_SOCKET, SO_SNDTIMEO, &send_patience, sizeof send_patience);
    auto connection = std::make_unique<Connection>(socket, std::move(address));
    Connection* raw = connection.get();
    raw->turns.fetch_add(1, std::memory_order_release);
    const std::lock_guard lock(mutex_);
    if (stopping_) return;
    connections_[socket] = std::move(connection);
    watch(EPOLL_CTL_ADD, socket, raw, EPOLLIN | EPOLLRDHUP | EPOLLONESHOT);
  }

  void serve_connection(Connection& connection) {
    connection.turns.load(std::memory_order_acquire);
    bool open = receive_more(connection);
    while (open && !connection.buffer.empty() && !stopping_) open = serve_one(connection);
    const int socket = connection.descriptor.get();
    if (open && !stopping_) {
      connection.turns.fetch_add(1, std::memory_order_release);
      watch(EPOLL_CTL_MOD, socket, &connection, EPOLLIN | EPOLLRDHUP | EPOLLONESHOT);
      return;
    }
    const std::lock_guard lock(mutex_);
    connections_.erase(socket);
  }

  /// Reads, handles and answers one request; false when the connection is to be closed.
  bool serve_one(Connection& connection) {
    auto head = parse_head(connection.buffer);
    while (head && !*head) {
      if (!receive_more(connection)) return false;
      head = parse_head(connection.buffer);
    }
    if (!head) return refuse(connection, head.error());
    connection.buffer.erase(0, (*head)->size);
    auto body = receive_body(connection, **head);
    if (!body) return body.error() == 0 ? false : refuse(connection, body.error());
    const bool head_only = (*head)->method == "HEAD";
    const bool keep_alive = (*head)->keep_alive && !stopping_;
    const Response response =
        handle(ServerRequest{std::move((*head)->method), std::move((*head)->path), std::move((*head)->query),
                             std::move((*head)->headers), std::move(*body), connection.remote_address});
    return send_all(connection.descriptor.get(), format_response(response, head_only, keep_alive)) && keep_alive;
  }

  Response handle(const ServerRequest& request) noexcept {
    try {
      return handler_(request);
    } catch (...) {
      return Response{500, {{"Content-Type", "text/plain"}}, "The server failed; this is a bug.\n"};
    }
  }

  Descriptor listener_;
  Descriptor epoll_;
  Descriptor wake_;
  int port_;
  Handler handler_;
  int most_workers_;
  std::atomic<bool> stopping_{false};
  std::mutex mutex_;
  int idle_ = 0;                                            // guarded by mutex_
  std::vector<std::thread> workers_;                        // guarded by mutex_
  std::map<int, std::unique_ptr<Connection>> connections_;  // guarded by mutex_
};

struct Address {
  sockaddr_storage storage{};
  socklen_t size = 0;
};

std::optional<Address> parse_address(const std::string& text, int port) {
  Address address;
  auto& v4 = reinterpret_cast<sockaddr_in&>(address.storage);
  auto& v6 = reinterpret_cast<sockaddr_in6&>(address.storage);
  if (inet_pton(AF_INET, text.c_str(), &v4.sin_addr) == 1) {
    v4.sin_family = AF_INET;
    v4.sin_port = htons(static_cast<std::uint16_t>(port));
    address.size = sizeof v4;
  } else if (inet_pton(AF_INET6, text.c_str(), &v6.sin6_addr) == 1) {
    v6.sin6_family = AF_INET6;
    v6.sin6_port = htons(static_cast<std::uint16_t>(port));
    address.size = sizeof v6;
  } else {
    return std::nullopt;
  }
  return address;
}

int bound_port(int socket) {
  sockaddr_storage storage{};
  socklen_t size = sizeof storage;
  getsockname(socket, reinterpret_cast<sockaddr*>(&storage), &size);
  return ntohs(storage.ss_family == AF_INET6 ? reinterpret_cast<sockaddr_in6&>(storage).sin6_port
                                             : reinterpret_cast<sockaddr_in&>(storage).sin_port);
}

}  // namespace

Result<std::unique_ptr<Server>> serve(const std::string& address, int port, Handler handler, int workers) {
  const auto where = parse_address(address, port);
  if (!where) return fail(ErrorClass::invalid, fmt::format("'{}' is not an IP address to listen on.", address));
  Descriptor listener(socket(where->storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (listener.get() < 0) return fail_errno("cannot make a socket", errno);
  const int yes = 1;
  setsockopt(listener.get(), SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);  // a restart need not wait for TIME_WAIT
  if (bind(listener.get(), reinterpret_cast<const sockaddr*>(&where->storage), where->size) != 0) {
    if (errno == EADDRINUSE) {
      return fail(ErrorClass::conflict, fmt::format("Port {} of {} is taken.", port, address), "Choose another port.");
    }
    return fail_errno(fmt::format("cannot listen on {} port {}", address, port), errno);
  }
  if (listen(listener.get(), SOMAXCONN) != 0) {
    if (errno == EADDRINUSE) return fail(ErrorClass::conflict, fmt::format("Port {} of {} is taken.", port, address));
    return fail_errno(fmt::format("cannot listen on {} port {}", address, port), errno);
  }
  const int actual = bound_port(listener.get());
  return std::make_unique<EpollServer>(std::move(listener), actual, std::move(handler), std::max(workers, 1));
}

}  // namespace hotaru::http
