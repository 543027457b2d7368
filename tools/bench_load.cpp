// Sends signed calls of EC2 over kept-alive connections as fast as they are answered, checks every answer, and prints
// how long it took: the load of `./dev bench scale`. One thread: it must leave the server its processor time.
//
// usage: bench_load URL --requests N [--connections N] [--expect TEXT COUNT] [--varied] <FORMS
//
// FORMS: a form per line ("Action=DescribeRegions&Version=2016-11-15"), in turn. Credentials and region come from the
// environment (AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_REGION). Every request is signed before the clock starts,
// each with a header of its own (so no two are the same). Every answer must have status 200 and TEXT in it COUNT times;
// unless --varied, but for its request id it must be the one that its form had first.

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <iostream>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "aws/sigv4.h"
#include "base/clock.h"
#include "base/text.h"

namespace hotaru {
namespace {

using Steady = std::chrono::steady_clock;

[[noreturn]] void die(const std::string& why) {
  std::cerr << "bench_load: " << why << "\n";
  std::exit(1);
}

std::string variable(const char* name) {
  const char* value = std::getenv(name);
  return value != nullptr ? value : "";
}

struct Options {
  std::string url;
  std::string host;
  int port = 0;
  std::size_t requests = 0;
  std::size_t connections = 1;
  std::string expected;
  std::size_t times = 0;
  bool varied = false;
  std::vector<std::string> forms;
};

Options read_options(const std::vector<std::string>& words) {
  Options options;
  const auto number = [&](std::size_t at) {
    const auto value = at < words.size() ? parse_integer(words[at]) : std::nullopt;
    if (!value || *value < 1) die("a number is missing");
    return static_cast<std::size_t>(*value);
  };
  for (std::size_t at = 0; at < words.size(); ++at) {
    if (words[at] == "--requests") {
      options.requests = number(++at);
    } else if (words[at] == "--connections") {
      options.connections = number(++at);
    } else if (words[at] == "--expect" && at + 2 < words.size()) {
      options.expected = words[++at];
      options.times = number(++at);
    } else if (words[at] == "--varied") {
      options.varied = true;
    } else {
      options.url = words[at];
    }
  }
  const auto colon = options.url.rfind(':');
  if (!options.url.starts_with("http://") || colon <= 5) die("http://ADDRESS:PORT is missing");
  options.host = options.url.substr(7, colon - 7);
  options.port = static_cast<int>(parse_integer(options.url.substr(colon + 1)).value_or(0));
  for (std::string line; std::getline(std::cin, line);)
    if (!line.empty()) options.forms.push_back(line);
  if (options.forms.empty() || options.requests == 0) die("no forms, or no --requests");
  return options;
}

/// The bytes of a request.
std::string signed_request(const Options& options, std::size_t number, const aws::Credentials& credentials,
                           const std::string& region, TimePoint now) {
  http::Request request{.method = "POST", .url = options.url + "/"};
  request.body = options.forms[number % options.forms.size()];
  request.headers = {{"Content-Type", "application/x-www-form-urlencoded; charset=utf-8"},
                     {"X-Bench-Number", std::to_string(number)}};
  std::string text =
      fmt::format("POST / HTTP/1.1\r\nHost: {}:{}\r\nConnection: keep-alive\r\n", options.host, options.port);
  const auto added = aws::sigv4::sign(request, credentials, {region, "ec2"}, now);
  for (const auto& headers : {request.headers, added})
    for (const auto& [name, value] : headers) text += name + ": " + value + "\r\n";
  return text + fmt::format("Content-Length: {}\r\n\r\n{}", request.body.size(), request.body);
}

std::size_t count(std::string_view text, std::string_view what) {
  std::size_t found = 0;
  for (auto at = text.find(what); at != text.npos; at = text.find(what, at + what.size())) ++found;
  return found;
}

/// An answer apart from its request id.
struct Body {
  std::string_view before;
  std::string_view after;
  explicit Body(std::string_view text) : before(text) {
    const auto begin = text.find("<requestId>");
    const auto end = text.find("</requestId>");
    if (begin == text.npos || end == text.npos) return;
    before = text.substr(0, begin);
    after = text.substr(end);
  }
  bool operator==(const Body&) const = default;
};

/// Judges answers.
class Judge {
 public:
  explicit Judge(const Options& options) : options_(options), first_(options.forms.size()) {}

  void judge(std::size_t number, int status, std::string_view body) {
    if (status != 200) die(fmt::format("status {}: {}", status, body.substr(0, 400)));
    std::optional<std::string>& first = first_[number % first_.size()];
    if (first && !options_.varied) {
      if (Body(*first) != Body(body)) die(fmt::format("another answer than before: {}", body.substr(0, 400)));
      return;
    }
    if (!options_.expected.empty() && count(body, options_.expected) != options_.times)
      die(fmt::format("'{}' is not in it {} times: {}", options_.expected, options_.times, body.substr(0, 400)));
    if (!options_.varied) first = std::string(body);
  }

 private:
  const Options& options_;
  std::vector<std::optional<std::string>> first_;
};

class Connection {
 public:
  Connection(const Options& options, int epoll) : options_(options), epoll_(epoll) { open(); }
  ~Connection() {
    if (socket_ >= 0) close(socket_);
  }
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  void send(std::size_t number, const std::string& bytes) {
    number_ = number;
    begin_ = Steady::now();
    if (socket_ < 0) open();
    for (std::string_view rest = bytes; !rest.empty();) {
      const ssize_t sent = ::send(socket_, rest.data(), rest.size(), MSG_NOSIGNAL);
      if (sent < 0) die(std::string("cannot send: ") + std::strerror(errno));
      rest.remove_prefix(static_cast<std::size_t>(sent));
    }
  }

  /// Reads what is there; true once the answer is whole.
  bool receive() {
    if (buffer_.size() < filled_ + 65'536) buffer_.resize(std::max<std::size_t>(2 * buffer_.size(), 262'144));
    const ssize_t got = ::recv(socket_, buffer_.data() + filled_, buffer_.size() - filled_, 0);
    if (got < 0) die(std::string("cannot receive: ") + std::strerror(errno));
    filled_ += static_cast<std::size_t>(got);
    if (head_ == 0 && !read_head()) {
      if (got == 0) die("the connection was closed without an answer");
      return false;
    }
    if (filled_ - head_ < length_ && got == 0) die("the answer was cut short");
    return filled_ - head_ >= length_;
  }

  /// Judges the answer and is ready for the next request; the time that it took.
  Steady::duration finish(Judge& judge) {
    const auto took = Steady::now() - begin_;
    judge.judge(number_, status_, std::string_view(buffer_).substr(head_, length_));
    filled_ = head_ = length_ = 0;
    if (ended_) close(std::exchange(socket_, -1));
    return took;
  }

 private:
  void open() {
    socket_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const int yes = 1;
    setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(options_.port));
    inet_pton(AF_INET, options_.host.c_str(), &address.sin_addr);
    if (connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
      die(std::string("cannot connect: ") + std::strerror(errno));
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.ptr = this;
    epoll_ctl(epoll_, EPOLL_CTL_ADD, socket_, &event);
    ended_ = false;
  }

  bool read_head() {
    const std::string_view all = std::string_view(buffer_).substr(0, filled_);
    const auto end = all.find("\r\n\r\n");
    if (end == all.npos) return false;
    head_ = end + 4;
    const auto lines = hotaru::lines(all.substr(0, end));
    const auto words = split(lines.front(), ' ');
    status_ = words.size() > 1 ? static_cast<int>(parse_integer(words[1]).value_or(0)) : 0;
    ended_ = words.front() == "HTTP/1.0";
    for (const std::string& line : lines) {
      const std::string lower = to_lower(line);
      if (lower.starts_with("content-length:"))
        length_ = static_cast<std::size_t>(parse_integer(trim(line.substr(15))).value_or(0));
      if (lower == "connection: close") ended_ = true;
    }
    return true;
  }

  const Options& options_;
  int epoll_;
  int socket_ = -1;
  bool ended_ = false;  ///< the server closes after this answer
  std::size_t number_ = 0;
  Steady::time_point begin_;
  std::string buffer_;
  std::size_t filled_ = 0;
  std::size_t head_ = 0;  ///< its size, once it is whole
  std::size_t length_ = 0;
  int status_ = 0;
};

double milliseconds(Steady::duration time) { return std::chrono::duration<double, std::milli>(time).count(); }

int run(const Options& options) {
  aws::Credentials credentials;
  credentials.access_key_id = variable("AWS_ACCESS_KEY_ID");
  credentials.secret_access_key = variable("AWS_SECRET_ACCESS_KEY");
  const TimePoint now = SystemClock().now();
  std::vector<std::string> requests;
  for (std::size_t number = 0; number < options.requests; ++number)
    requests.push_back(signed_request(options, number, credentials, variable("AWS_REGION"), now));

  const int epoll = epoll_create1(EPOLL_CLOEXEC);
  std::vector<std::unique_ptr<Connection>> connections;
  for (std::size_t i = 0; i < std::min(options.connections, options.requests); ++i)
    connections.push_back(std::make_unique<Connection>(options, epoll));
  Judge judge(options);
  std::vector<double> times;
  const auto begin = Steady::now();
  std::size_t next = 0;
  for (auto& one : connections) {
    one->send(next, requests[next]);
    ++next;
  }
  std::vector<epoll_event> events(connections.size());
  while (times.size() < requests.size()) {
    const int ready = epoll_wait(epoll, events.data(), static_cast<int>(events.size()), 60'000);
    if (ready <= 0) die("no answer within a minute");
    for (int i = 0; i < ready; ++i) {
      auto& one = *static_cast<Connection*>(events[static_cast<std::size_t>(i)].data.ptr);
      if (!one.receive()) continue;
      times.push_back(milliseconds(one.finish(judge)));
      if (next == requests.size()) continue;
      one.send(next, requests[next]);
      ++next;
    }
  }
  const double seconds = milliseconds(Steady::now() - begin) / 1000;
  std::ranges::sort(times);
  std::cout << fmt::format("{{\"requests\": {}, \"seconds\": {:.4f}, \"per_second\": {:.1f}, \"median_ms\": {:.4f}}}\n",
                           times.size(), seconds, static_cast<double>(times.size()) / seconds, times[times.size() / 2]);
  close(epoll);
  return 0;
}

}  // namespace
}  // namespace hotaru

int main(int count, char** words) {
  return hotaru::run(hotaru::read_options(std::vector<std::string>(words + 1, words + count)));
}
