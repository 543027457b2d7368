#include "ssh/port_probe.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

namespace hotaru::ssh {
namespace {

constexpr Duration attempt_life{3'000};
constexpr Duration between_silent{250};

bool fill(const std::string& address, int port, sockaddr_storage& storage, socklen_t& size) {
  auto* four = reinterpret_cast<sockaddr_in*>(&storage);
  auto* six = reinterpret_cast<sockaddr_in6*>(&storage);
  if (inet_pton(AF_INET, address.c_str(), &four->sin_addr) == 1) {
    four->sin_family = AF_INET;
    four->sin_port = htons(static_cast<std::uint16_t>(port));
    size = sizeof *four;
    return true;
  }
  if (inet_pton(AF_INET6, address.c_str(), &six->sin6_addr) == 1) {
    six->sin6_family = AF_INET6;
    six->sin6_port = htons(static_cast<std::uint16_t>(port));
    size = sizeof *six;
    return true;
  }
  return false;
}

}  // namespace

PortProbe::PortProbe(const std::string& address, int port) : address_(address), port_(port) {}

PortProbe::~PortProbe() {
  for (const auto& attempt : attempts_) close(attempt.descriptor);
  if (connection_ >= 0) close(connection_);
}

void PortProbe::keep(int descriptor) {
  if (connection_ >= 0) close(connection_);
  connection_ = descriptor;
}

PortProbe::Answer PortProbe::begin(Duration now) {
  sockaddr_storage storage{};
  socklen_t size = 0;
  if (!fill(address_, port_, storage, size)) return Answer::unknown;
  const int descriptor = socket(storage.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (descriptor < 0) return Answer::silent;
  if (connect(descriptor, reinterpret_cast<const sockaddr*>(&storage), size) == 0) {
    keep(descriptor);
    return Answer::open;
  }
  if (errno == EINPROGRESS) {
    attempts_.push_back({descriptor, now});
    return Answer::silent;
  }
  close(descriptor);
  return Answer::refused;
}

PortProbe::Answer PortProbe::look_at(Attempt& attempt, Duration now) {
  pollfd waiting{attempt.descriptor, POLLOUT, 0};
  if (poll(&waiting, 1, 0) <= 0) {
    if (now - attempt.since < attempt_life) return Answer::silent;
    close(attempt.descriptor);
    attempt.descriptor = -1;
    return Answer::silent;
  }
  int problem = 0;
  socklen_t size = sizeof problem;
  getsockopt(attempt.descriptor, SOL_SOCKET, SO_ERROR, &problem, &size);
  const int descriptor = std::exchange(attempt.descriptor, -1);
  if (problem == 0) {
    keep(descriptor);
    return Answer::open;
  }
  close(descriptor);
  return Answer::refused;
}

PortProbe::Answer PortProbe::look(Duration now) {
  bool open = false;
  for (auto& attempt : attempts_) {
    const Answer answer = look_at(attempt, now);
    open = open || answer == Answer::open;
    if (answer == Answer::refused) last_ = Answer::refused;
  }
  std::erase_if(attempts_, [](const Attempt& one) { return one.descriptor < 0; });
  if (open) return Answer::open;
  // A refusal is answered within a round trip, and then the next attempt goes out at once.
  if (!attempts_.empty() && now - attempts_.back().since < between_silent) return last_;
  const Answer answer = begin(now);
  if (answer == Answer::open || answer == Answer::unknown) return answer;
  if (answer == Answer::refused) last_ = Answer::refused;
  return last_;
}

Duration pause_after(Duration waited) { return std::clamp(waited / 200, Duration{4}, Duration{50}); }

bool is_numeric_address(const std::string& text) {
  sockaddr_storage storage{};
  socklen_t size = 0;
  return fill(text, 0, storage, size);
}

}  // namespace hotaru::ssh
