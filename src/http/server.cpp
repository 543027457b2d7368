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
#include <sys/timerfd.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <map>
#include <mutex>
#include <thread>
#include <vector>

#include "http/connection.h"

namespace hotaru::http {

namespace {

constexpr timeval send_patience{30, 0};
constexpr int first_workers = 4;

std::string address_text(const sockaddr_storage& address) {
  char text[INET6_ADDRSTRLEN] = "";
  if (address.ss_family == AF_INET6) {
    inet_ntop(AF_INET6, &reinterpret_cast<const sockaddr_in6&>(address).sin6_addr, text, sizeof text);
  } else {
    inet_ntop(AF_INET, &reinterpret_cast<const sockaddr_in&>(address).sin_addr, text, sizeof text);
  }
  return text;
}

/// All workers wait on one epoll: whoever wakes reads what is there, answers the requests that are whole and hands the
/// connection back. An open connection without one costs no worker, and workers are made when the last idle one finds
/// work. While requests are unfinished a timer ticks, once in a patience: who has seen two ticks is ended.
class EpollServer final : public Server {
 public:
  EpollServer(Descriptor listener, int port, Handler handler, int most_workers, Duration patience)
      : listener_(std::move(listener)),
        epoll_(epoll_create1(EPOLL_CLOEXEC)),
        wake_(eventfd(0, EFD_CLOEXEC)),
        timer_(timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK)),
        patience_(patience),
        port_(port),
        handler_(std::move(handler)),
        most_workers_(most_workers) {
    watch(EPOLL_CTL_ADD, listener_.get(), nullptr, EPOLLIN | EPOLLONESHOT);
    watch(EPOLL_CTL_ADD, wake_.get(), &wake_, EPOLLIN);
    watch(EPOLL_CTL_ADD, timer_.get(), &timer_, EPOLLIN);
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
      // A worker that answers may finish; then it sees the end.
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
      if (event.data.ptr == &timer_) {
        end_late_ones();
        continue;
      }
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
    setsockopt(socket, SOL_SOCKET, SO_SNDTIMEO, &send_patience, sizeof send_patience);
    auto connection = std::make_unique<Connection>(socket, std::move(address));
    Connection* raw = connection.get();
    const std::lock_guard lock(mutex_);
    if (stopping_) return;
    connections_[socket] = std::move(connection);
    watch(EPOLL_CTL_ADD, socket, raw, EPOLLIN | EPOLLRDHUP | EPOLLONESHOT);
  }

  void serve_connection(Connection& connection) {
    Received received = receive_more(connection);
    while (received == Received::some && !stopping_) {
      const Next next = serve_next(connection);
      if (next == Next::close) break;
      if (next == Next::more) continue;
      // Between requests the epoll tells at once if there is more.
      received = connection.is_unfinished() ? receive_more(connection) : Received::nothing_yet;
    }
    if (received == Received::nothing_yet && await_more(connection)) return;
    if (is_expired(connection) && connection.is_unfinished() && !connection.refused) refuse(connection, 408);
    const std::lock_guard lock(mutex_);
    connections_.erase(connection.descriptor.get());
  }

  bool is_expired(const Connection& connection) {
    const std::lock_guard lock(mutex_);
    return connection.expired;
  }

  /// What is handled now came in time, however long that takes.
  void stop_waiting_for(Connection& connection) {
    if (connection.since == 0) return;
    const std::lock_guard lock(mutex_);
    connection.since = 0;
  }

  /// Hands a connection back to the epoll; false if it has been waited for too long. Under the lock, which every turn
  /// begins with too: so what one worker did comes before what the next one does. The kernel orders them as well, but
  /// the memory model (and the thread sanitizer) does not know about epoll_ctl.
  bool await_more(Connection& connection) {
    const std::lock_guard lock(mutex_);
    if (connection.is_unfinished()) {
      if (connection.expired) return false;
      if (connection.since == 0) connection.since = tick_;
      set_timer(true);
    }
    watch(EPOLL_CTL_MOD, connection.descriptor.get(), &connection, EPOLLIN | EPOLLRDHUP | EPOLLONESHOT);
    return true;
  }

  /// Called with the lock.
  void set_timer(bool on) {
    if (on == ticking_) return;
    ticking_ = on;
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(patience_);
    const auto rest = std::chrono::nanoseconds(patience_ - seconds);
    const timespec time = on ? timespec{seconds.count(), rest.count()} : timespec{};
    const itimerspec setting{time, time};
    timerfd_settime(timer_.get(), 0, &setting, nullptr);
  }

  void end_late_ones() {
    const std::lock_guard lock(mutex_);
    std::uint64_t times = 0;
    if (read(timer_.get(), &times, sizeof times) != sizeof times) return;  // another worker was quicker
    ++tick_;
    bool unfinished = false;
    for (const auto& [socket, connection] : connections_) {
      if (connection->since == 0) continue;
      unfinished = true;
      if (tick_ - connection->since < 2) continue;
      connection->expired = true;
      shutdown(socket, SHUT_RD);  // whoever it wakes finds it so
    }
    set_timer(unfinished);
  }

  /// Handles and answers one request if it is there whole.
  Next serve_next(Connection& connection) {
    if (connection.refused) return discard(connection);
    if (!connection.head) {
      if (connection.buffer.empty()) return Next::wait;
      if (const Next next = take_head(connection); next != Next::more || connection.refused) return next;
    }
    auto body = take_body(connection);
    if (!body) return refuse(connection, body.error());
    if (!*body) return Next::wait;
    stop_waiting_for(connection);
    RequestHead head = *std::exchange(connection.head, std::nullopt);
    const bool head_only = head.method == "HEAD";
    const bool keep_alive = head.keep_alive && !stopping_;
    const Response response =
        handle(ServerRequest{std::move(head.method), std::move(head.path), std::move(head.query),
                             std::move(head.headers), std::move(**body), connection.remote_address});
    if (is_no_answer(response)) return Next::close;
    const std::string_view inside = sends_body(response, head_only) ? std::string_view(response.body) : "";
    const bool sent = send_all(connection.descriptor.get(), format_head(response, keep_alive), inside);
    return sent && keep_alive ? Next::more : Next::close;
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
  Descriptor timer_;
  Duration patience_;
  int port_;
  Handler handler_;
  int most_workers_;
  std::atomic<bool> stopping_{false};
  std::mutex mutex_;
  int idle_ = 0;                                            // guarded by mutex_
  std::uint64_t tick_ = 1;                                  // guarded by mutex_
  bool ticking_ = false;                                    // guarded by mutex_
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

Result<std::unique_ptr<Server>> serve(const std::string& address, int port, Handler handler, int workers,
                                      Duration patience) {
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
  return std::make_unique<EpollServer>(std::move(listener), actual, std::move(handler), std::max(workers, 1), patience);
}

}  // namespace hotaru::http
