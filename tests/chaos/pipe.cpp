#include "pipe.h"

#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstring>
#include <new>
#include <stdexcept>

#include "base/text.h"

namespace hotaru::chaos {
namespace {

bool write_all(int socket, const std::string& bytes) {
  for (std::size_t done = 0; done < bytes.size();) {
    const ssize_t sent = ::send(socket, bytes.data() + done, bytes.size() - done, MSG_NOSIGNAL);
    if (sent <= 0) return false;
    done += static_cast<std::size_t>(sent);
  }
  return true;
}

bool read_all(int socket, char* bytes, std::size_t size) {
  for (std::size_t done = 0; done < size;) {
    const ssize_t got = ::recv(socket, bytes + done, size - done, 0);
    if (got <= 0) return false;
    done += static_cast<std::size_t>(got);
  }
  return true;
}

void append_size(std::string& bytes, std::size_t size) {
  const auto number = static_cast<std::uint32_t>(size);
  bytes.append(reinterpret_cast<const char*>(&number), sizeof number);
}

std::optional<std::uint32_t> read_size(int socket) {
  std::uint32_t number = 0;
  if (!read_all(socket, reinterpret_cast<char*>(&number), sizeof number)) return std::nullopt;
  return number;
}

/// A world that is gone ends the client, too.
Message ask(int socket, const Message& question) {
  if (!send(socket, question)) ::_exit(99);
  auto answer = receive(socket);
  if (!answer) ::_exit(99);
  return *answer;
}

}  // namespace

bool send(int socket, const Message& message) {
  std::string bytes;
  append_size(bytes, message.size());
  for (const std::string& part : message) {
    append_size(bytes, part.size());
    bytes += part;
  }
  return write_all(socket, bytes);
}

std::optional<Message> receive(int socket) {
  const auto count = read_size(socket);
  if (!count) return std::nullopt;
  Message message(*count);
  for (std::string& part : message) {
    const auto size = read_size(socket);
    if (!size) return std::nullopt;
    part.resize(*size);
    if (!read_all(socket, part.data(), part.size())) return std::nullopt;
  }
  return message;
}

std::shared_ptr<SharedTime> make_shared_time() {
  void* memory = ::mmap(nullptr, sizeof(SharedTime), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) throw std::runtime_error("mmap failed");
  return {new (memory) SharedTime, [](SharedTime* time) { ::munmap(time, sizeof(SharedTime)); }};
}

bool PipeClock::sleep(Duration duration) {
  ask(socket_, {"sleep", std::to_string(duration.count())});
  return true;
}

Result<http::Response> PipeTransport::send(const http::Request& request) {
  Message question{"request", request.method, request.url, request.body};
  for (const auto& [name, value] : request.headers) {
    question.push_back(name);
    question.push_back(value);
  }
  const Message answer = ask(socket_, question);
  if (answer[0] == "lost") return fail(ErrorClass::unknown_outcome, "No answer came.");
  http::Response response{.status = static_cast<int>(parse_integer(answer[1]).value_or(0)), .body = answer[2]};
  for (std::size_t index = 3; index + 1 < answer.size(); index += 2)
    response.headers.emplace_back(answer[index], answer[index + 1]);
  return response;
}

http::Request request_of(const Message& message) {
  http::Request request{.method = message[1], .url = message[2], .body = message[3]};
  for (std::size_t index = 4; index + 1 < message.size(); index += 2)
    request.headers.emplace_back(message[index], message[index + 1]);
  return request;
}

Message message_of(const Result<http::Response>& response) {
  if (!response) return {"lost"};
  Message message{"answer", std::to_string(response->status), response->body};
  for (const auto& [name, value] : response->headers) {
    message.push_back(name);
    message.push_back(value);
  }
  return message;
}

Result<void> PipeLogin::await_shell(const ssh::Target& target, Duration patience,
                                    const std::function<Result<void>()>& still_alive) {
  constexpr Duration pause{5'000};
  const Duration end = clock_.steady() + patience;
  while (true) {
    if (ask(socket_, {"knock", target.address})[0] == "open") return {};
    if (auto alive = still_alive(); !alive) return alive;
    if (clock_.steady() >= end) return fail(ErrorClass::unavailable, "Nobody lets us in.");
    clock_.sleep(pause);
  }
}

Result<std::string> PipeLogin::run_as_root(const ssh::Target& target, const std::string& command) {
  const Message answer = ask(socket_, {"command", target.address, command});
  if (answer[0] == "said") return answer[1];
  return fail(ErrorClass::unavailable, "It cannot be reached.");
}

Result<std::string> PipeLogin::renew_host_key(const ssh::Target& target) {
  const std::string fresh = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIChaosChaosChaosChaosChaosChaosChaosChaos";
  if (auto stored = ssh::store_host_keys(target, {fresh}); !stored) return pass(stored);
  return fresh;
}

}  // namespace hotaru::chaos
