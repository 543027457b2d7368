#include "sim/sandbox/resolver.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <map>
#include <thread>

#include "base/file.h"
#include "base/text.h"
#include "sim/sandbox/dns_message.h"
#include "sim/sandbox/system.h"

namespace hotaru::sim {

namespace {

constexpr int dns_port = 53;
constexpr std::size_t largest_message = 65'535;
constexpr std::size_t most_waiting = 512;  // questions that upstream has yet to answer

struct sockaddr_in address_of(const char* text) {
  struct sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(dns_port);
  ::inet_pton(AF_INET, text, &address.sin_addr);
  return address;
}

std::string public_domain(const std::string& region) {
  return region == "us-east-1" ? "compute-1.amazonaws.com" : region + ".compute.amazonaws.com";
}

/// "ip-10-0-1-5" with the prefix "ip-" → 10.0.1.5.
std::optional<std::uint32_t> address_in_name(const std::string& label, const std::string& prefix) {
  if (!label.starts_with(prefix)) return std::nullopt;
  std::string text = label.substr(prefix.size());
  std::ranges::replace(text, '-', '.');
  return parse_address(text);
}

/// The part of a name before a domain; nullopt if it is in another one.
std::optional<std::string> within(const std::string& name, const std::string& domain) {
  if (!name.ends_with("." + domain)) return std::nullopt;
  return name.substr(0, name.size() - domain.size() - 1);
}

bool contains(const std::vector<Range>& ranges, std::uint32_t address) {
  return std::ranges::any_of(ranges, [&](const Range& one) { return one.contains(address); });
}

std::string dashed(std::uint32_t address) {
  std::string text = address_text(address);
  std::ranges::replace(text, '.', '-');
  return text;
}

/// "5.1.0.10.in-addr.arpa" → 10.0.1.5.
std::optional<std::uint32_t> reverse_address(const std::string& name) {
  const auto digits = within(name, "in-addr.arpa");
  if (!digits) return std::nullopt;
  const auto address = parse_address(*digits);
  return address ? std::optional(__builtin_bswap32(*address)) : std::nullopt;
}

std::optional<std::string> answer_back(const DnsQuestion& question, const VpcNames& names) {
  const auto address = reverse_address(question.name);
  if (!address || !contains(names.ranges, *address)) return std::nullopt;
  return dns_name_answer(question, fmt::format("ip-{}.{}", dashed(*address), private_domain(names.region)));
}

std::optional<std::string> answer_public(const DnsQuestion& question, const VpcNames& names) {
  const auto label = within(question.name, public_domain(names.region));
  const auto address = label ? address_in_name(*label, "ec2-") : std::nullopt;
  if (!address) return std::nullopt;
  const auto inside = parse_address(names.private_of(address_text(*address)));
  return dns_address_answer(question, inside.value_or(*address));
}

/// One resolver's sockets and thread.
class ServedResolver final : public Resolver {
 public:
  ServedResolver(CurrentSpec& spec, std::string names_file, Random& random)
      : spec_(spec), names_file_(std::move(names_file)), random_(random) {}
  ~ServedResolver() override {
    const std::uint64_t one = 1;
    if (stop_.ok() && ::write(stop_.number(), &one, sizeof one) < 0) ::close(stop_.number());
    if (thread_.joinable()) thread_.join();
  }

  Result<void> open(const std::string& upstream) {
    clients_ = Descriptor(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    upstream_ = Descriptor(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    stop_ = Descriptor(::eventfd(0, EFD_CLOEXEC));
    if (!clients_.ok() || !upstream_.ok() || !stop_.ok())
      return fail_errno("cannot make the resolver's sockets", errno);
    const int on = 1;
    ::setsockopt(clients_.number(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    const auto own = address_of(resolver_address);
    if (::bind(clients_.number(), reinterpret_cast<const struct sockaddr*>(&own), sizeof own) != 0)
      return fail_errno("cannot listen for names", errno);
    const auto next = address_of(upstream.c_str());
    if (::connect(upstream_.number(), reinterpret_cast<const struct sockaddr*>(&next), sizeof next) != 0)
      return fail_errno("cannot reach the next resolver", errno);
    thread_ = std::thread([this] { work(); });
    return {};
  }

 private:
  struct Waiting {
    struct sockaddr_in client;
    std::uint16_t id;
  };

  VpcNames names() {
    const MachineSpec spec = spec_.get();
    VpcNames names{spec.region, {}, spec.dns_support, {}};
    std::vector<std::string> cidrs = spec.further_cidrs;
    cidrs.push_back(spec.vpc_cidr);
    for (const std::string& one : cidrs)
      if (const auto range = parse_range(one)) names.ranges.push_back(*range);
    names.private_of = [this](const std::string& public_ip) {
      const auto text = read_file(names_file_);
      return text ? private_address_in(*text, public_ip) : "";
    };
    return names;
  }

  void work() {
    while (true) {
      std::array<struct pollfd, 3> waiting{
          {{stop_.number(), POLLIN, 0}, {clients_.number(), POLLIN, 0}, {upstream_.number(), POLLIN, 0}}};
      if (::poll(waiting.data(), waiting.size(), -1) < 0 && errno != EINTR) return;
      if (waiting[0].revents != 0) return;
      if (waiting[1].revents != 0) take_questions();
      if (waiting[2].revents != 0) take_answers();
    }
  }

  void take_questions() {
    struct sockaddr_in client{};
    socklen_t length = sizeof client;
    while (true) {
      const ssize_t got = ::recvfrom(clients_.number(), buffer_.data(), buffer_.size(), 0,
                                     reinterpret_cast<struct sockaddr*>(&client), &length);
      if (got < 0) return;
      const std::string_view message(buffer_.data(), static_cast<std::size_t>(got));
      const auto answer = dns_answer(message, names());
      if (!answer) {
        pass_on(std::string(message), client);
      } else if (!answer->empty()) {
        send_to(client, *answer);
      }
    }
  }

  /// Under an id of our own: two programs may have chosen the same one.
  void pass_on(std::string message, const struct sockaddr_in& client) {
    if (waiting_.size() >= most_waiting) waiting_.clear();  // they ask again
    const auto id = static_cast<std::uint16_t>(random_.next());
    waiting_[id] = {client, dns_id(message)};
    set_dns_id(message, id);
    static_cast<void>(::send(upstream_.number(), message.data(), message.size(), 0));
  }

  void take_answers() {
    while (true) {
      const ssize_t got = ::recv(upstream_.number(), buffer_.data(), buffer_.size(), 0);
      if (got < 0) return;
      std::string message(buffer_.data(), static_cast<std::size_t>(got));
      const auto found = message.size() < dns_header_size ? waiting_.end() : waiting_.find(dns_id(message));
      if (found == waiting_.end()) continue;
      set_dns_id(message, found->second.id);
      send_to(found->second.client, message);
      waiting_.erase(found);
    }
  }

  void send_to(const struct sockaddr_in& client, const std::string& message) const {
    static_cast<void>(::sendto(clients_.number(), message.data(), message.size(), 0,
                               reinterpret_cast<const struct sockaddr*>(&client), sizeof client));
  }

  CurrentSpec& spec_;
  std::string names_file_;
  Random& random_;
  Descriptor clients_;
  Descriptor upstream_;
  Descriptor stop_;
  std::map<std::uint16_t, Waiting> waiting_;
  std::array<char, largest_message> buffer_{};
  std::thread thread_;
};

}  // namespace

std::string private_domain(const std::string& region) {
  return region == "us-east-1" ? "ec2.internal" : region + ".compute.internal";
}

std::string private_address_in(const std::string& text, const std::string& public_ip) {
  for (const std::string& line : lines(text))
    if (line.starts_with(public_ip + " ")) return line.substr(public_ip.size() + 1);
  return "";
}

std::optional<std::string> dns_answer(std::string_view message, const VpcNames& names) {
  if (message.size() < dns_header_size) return "";
  const auto question = read_dns_question(message);
  if (!question || !names.enabled) return std::nullopt;
  if (const auto label = within(question->name, private_domain(names.region))) {
    const auto address = address_in_name(*label, "ip-");
    if (!address || !contains(names.ranges, *address)) return dns_no_such_name(*question);
    return dns_address_answer(*question, *address);
  }
  if (auto answer = answer_public(*question, names)) return answer;
  return answer_back(*question, names);
}

Result<std::unique_ptr<Resolver>> Resolver::serve(CurrentSpec& spec, const std::string& names_file,
                                                  const std::string& upstream, Random& random) {
  auto made = std::make_unique<ServedResolver>(spec, names_file, random);
  if (auto opened = made->open(upstream); !opened) return pass(opened);
  return std::unique_ptr<Resolver>(std::move(made));
}

}  // namespace hotaru::sim
