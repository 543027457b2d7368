#include "sim/sandbox/listeners.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <array>
#include <cstring>
#include <optional>
#include <string>
#include <vector>

#include "base/file.h"
#include "base/text.h"
#include "sim/sandbox/system.h"

namespace hotaru::sim {

namespace {

struct Question {
  struct nlmsghdr header;
  struct inet_diag_req_v2 request;
};

bool ask(int socket, int family) {
  Question question{};
  question.header.nlmsg_len = sizeof question;
  question.header.nlmsg_type = SOCK_DIAG_BY_FAMILY;
  question.header.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
  question.request.sdiag_family = static_cast<__u8>(family);
  question.request.sdiag_protocol = IPPROTO_TCP;
  question.request.idiag_states = 1U << TCP_LISTEN;
  return ::send(socket, &question, sizeof question, 0) == static_cast<ssize_t>(sizeof question);
}

/// nullopt if the kernel cannot say.
std::optional<bool> listens(int socket, int family, int port) {
  if (!ask(socket, family)) return std::nullopt;
  bool found = false;
  alignas(struct nlmsghdr) std::array<char, 16384> buffer;
  while (true) {
    const ssize_t got = ::recv(socket, buffer.data(), buffer.size(), 0);
    if (got <= 0) return std::nullopt;
    auto left = static_cast<unsigned>(got);
    for (auto* message = reinterpret_cast<struct nlmsghdr*>(buffer.data()); NLMSG_OK(message, left);
         message = NLMSG_NEXT(message, left)) {
      if (message->nlmsg_type == NLMSG_DONE) return found;
      if (message->nlmsg_type == NLMSG_ERROR) return std::nullopt;
      const auto* facts = static_cast<const struct inet_diag_msg*>(NLMSG_DATA(message));
      found = found || ntohs(facts->id.idiag_sport) == port;
    }
  }
}

std::optional<bool> ask_kernel(int port) {
  const Descriptor socket(::socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC, NETLINK_SOCK_DIAG));
  if (!socket.ok()) return std::nullopt;
  for (const int family : {AF_INET, AF_INET6}) {
    const auto found = listens(socket.number(), family, port);
    if (!found || *found) return found;
  }
  return false;
}

}  // namespace

bool table_has_listener(std::string_view table, int port) {
  // "  0: 00000000:0016 00000000:0000 0A …": local address and port, remote, state (0A: listening).
  const std::string ending = fmt::format(":{:04X}", port);
  for (const std::string& line : lines(table)) {
    std::vector<std::string> fields;
    for (const std::string& part : split(line, ' '))
      if (!part.empty()) fields.push_back(part);
    if (fields.size() > 3 && fields[1].ends_with(ending) && fields[3] == "0A") return true;
  }
  return false;
}

bool is_listening(int port) {
  if (const auto answer = ask_kernel(port)) return *answer;
  for (const char* file : {"/proc/thread-self/net/tcp", "/proc/thread-self/net/tcp6"}) {
    const auto table = read_file(file);
    if (table && table_has_listener(*table, port)) return true;
  }
  return false;
}

}  // namespace hotaru::sim
