#include "ssh/door.h"

#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstring>

#include "base/clock.h"
#include "base/process.h"
#include "base/text.h"
#include "ssh/port_probe.h"

namespace hotaru::ssh {
namespace {

constexpr Duration patience{10'000};  // what is left of us when hotaru is killed ends with it

/// ssh(1) holds the other end of our standard output.
bool ssh_goes_within(Duration time) {
  pollfd output{STDOUT_FILENO, 0, 0};
  return poll(&output, 1, static_cast<int>(time.count())) > 0 && (output.revents & (POLLHUP | POLLERR | POLLNVAL)) != 0;
}

/// One byte with the descriptor as SCM_RIGHTS (unix(7)).
bool hand_over(int connection) {
  char byte = 0;
  iovec data{&byte, 1};
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))] = {};
  msghdr message{};
  message.msg_iov = &data;
  message.msg_iovlen = 1;
  message.msg_control = control;
  message.msg_controllen = sizeof control;
  cmsghdr* header = CMSG_FIRSTHDR(&message);
  header->cmsg_level = SOL_SOCKET;
  header->cmsg_type = SCM_RIGHTS;
  header->cmsg_len = CMSG_LEN(sizeof(int));
  std::memcpy(CMSG_DATA(header), &connection, sizeof connection);
  return sendmsg(STDOUT_FILENO, &message, MSG_NOSIGNAL) == 1;
}

}  // namespace

int door_main(const std::string& address, int port) {
  const SystemClock clock;
  PortProbe probe(address, port);
  const Duration begin = clock.steady();
  while (clock.steady() < begin + patience) {
    const auto answer = probe.look(clock.steady());
    if (answer == PortProbe::Answer::unknown) return 1;
    if (answer == PortProbe::Answer::open) {
      const int yes = 1;
      setsockopt(probe.connection(), IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);  // slower without, no worse
      return hand_over(probe.connection()) ? 0 : 1;
    }
    if (ssh_goes_within(pause_after(clock.steady() - begin))) return 1;
  }
  return 1;
}

std::vector<std::string> door_options(const std::string& address, int port) {
  const auto program = own_executable();
  if (!is_numeric_address(address) || access(program.c_str(), X_OK) != 0) return {};
  std::string quoted;  // for the shell that ssh runs it by, and for ssh's own %-tokens
  for (const char letter : program.string()) {
    if (letter == '\'')
      quoted += "'\\''";
    else
      quoted += letter == '%' ? "%%" : std::string(1, letter);
  }
  return {"-o", fmt::format("ProxyCommand='{}' ssh-door {} {}", quoted, address, port), "-o", "ProxyUseFdpass=yes"};
}

}  // namespace hotaru::ssh
