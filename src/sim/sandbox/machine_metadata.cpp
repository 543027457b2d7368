#include "sim/sandbox/machine_metadata.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <algorithm>
#include <charconv>

namespace hotaru::sim {

namespace {

constexpr const char* metadata_address = "169.254.169.254";
constexpr int metadata_port = 80;
constexpr int metadata_workers = 8;

std::pair<std::int64_t, std::uint64_t> version_of(const std::filesystem::path& file) {
  struct stat facts{};
  if (::stat(file.c_str(), &facts) != 0) return {0, 0};
  return {facts.st_mtim.tv_sec * 1'000'000'000 + facts.st_mtim.tv_nsec, facts.st_ino};
}

bool listens_for_metadata(int socket) {
  int listening = 0;
  socklen_t size = sizeof listening;
  struct sockaddr_in address{};
  socklen_t length = sizeof address;
  return ::getsockopt(socket, SOL_SOCKET, SO_ACCEPTCONN, &listening, &size) == 0 && listening != 0 &&
         ::getsockname(socket, reinterpret_cast<struct sockaddr*>(&address), &length) == 0 &&
         address.sin_family == AF_INET && address.sin_port == htons(metadata_port) &&
         address.sin_addr.s_addr == ::inet_addr(metadata_address);
}

/// The server's listening socket: the server keeps it to itself, and its time to live is to be set.
int find_socket() {
  std::error_code problem;
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd", problem)) {
    const std::string name = entry.path().filename();
    int number = -1;
    std::from_chars(name.data(), name.data() + name.size(), number);
    if (number >= 0 && listens_for_metadata(number)) return number;
  }
  return -1;
}

}  // namespace

bool in_reach(const http::ServerRequest& request, const MachineSpec& spec) {
  if (request.method != "PUT" || spec.metadata_hop_limit > 1) return true;
  return request.remote_address == metadata_address || request.remote_address == spec.private_ip;
}

CurrentSpec::CurrentSpec(std::filesystem::path file, MachineSpec spec)
    : file_(std::move(file)), spec_(std::move(spec)), version_(version_of(file_)) {}

MachineSpec CurrentSpec::get() {
  const std::lock_guard lock(mutex_);
  const auto version = version_of(file_);
  if (version != version_) {
    if (auto spec = read_spec(file_)) {
      spec_ = std::move(*spec);
      version_ = version;
    }
  }
  return spec_;
}

MachineMetadata::MachineMetadata(CurrentSpec& spec, const Clock& clock, Random& random)
    : metadata_([&spec] { return spec.get(); }, clock, random) {}

Result<std::unique_ptr<MachineMetadata>> MachineMetadata::serve(CurrentSpec& spec, const Clock& clock, Random& random) {
  std::unique_ptr<MachineMetadata> made(new MachineMetadata(spec, clock, random));
  const Metadata& metadata = made->metadata_;
  auto server = http::serve(
      metadata_address, metadata_port,
      [&metadata, &spec](const http::ServerRequest& request) {
        return in_reach(request, spec.get()) ? metadata.handle(request) : http::Response{403, {}, ""};
      },
      metadata_workers);
  if (!server) return pass(server);
  made->server_ = std::move(*server);
  made->socket_ = find_socket();
  made->set_hop_limit(spec.get().metadata_hop_limit);
  return made;
}

void MachineMetadata::set_hop_limit(int hops) {
  // Accepted connections inherit it. EC2 limits the answers to PUT only; here it is all of them. The way to the
  // instance is itself a hop on EC2; who is in the instance is reached over no hop here, whatever the limit.
  const int further = std::max(hops - 1, 1);
  if (socket_ >= 0) ::setsockopt(socket_, IPPROTO_IP, IP_TTL, &further, sizeof further);
}

}  // namespace hotaru::sim
