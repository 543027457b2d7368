#include "http/connection.h"

#include <sys/socket.h>
#include <sys/uio.h>

#include <algorithm>
#include <cerrno>
#include <iterator>

namespace hotaru::http {

namespace {

constexpr std::size_t longest_body = 4 * 1024 * 1024;
constexpr std::size_t most_discarded = 16 * 1024 * 1024;

}  // namespace

bool send_all(int socket, std::string_view bytes, std::string_view more) {
  const auto part = [](std::string_view text) {
    return iovec{const_cast<char*>(text.data()), text.size()};  // it is only read
  };
  while (!bytes.empty() || !more.empty()) {
    iovec parts[] = {part(bytes), part(more)};
    msghdr message{};
    message.msg_iov = parts;
    message.msg_iovlen = std::size(parts);
    const ssize_t sent = ::sendmsg(socket, &message, MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent <= 0) return false;
    const std::size_t of_first = std::min(bytes.size(), static_cast<std::size_t>(sent));
    bytes.remove_prefix(of_first);
    more.remove_prefix(static_cast<std::size_t>(sent) - of_first);
  }
  return true;
}

Received receive_more(Connection& connection) {
  char bytes[16 * 1024];
  while (true) {
    const ssize_t count = ::recv(connection.descriptor.get(), bytes, sizeof bytes, MSG_DONTWAIT);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return Received::nothing_yet;
    if (count <= 0) return Received::end;
    connection.buffer.append(bytes, static_cast<std::size_t>(count));
    return Received::some;
  }
}

Next refuse(Connection& connection, int status) {
  const Response response{status, {{"Content-Type", "text/plain"}}, "The request was not understood.\n"};
  send_all(connection.descriptor.get(), format_response(response, false, false));
  shutdown(connection.descriptor.get(), SHUT_WR);
  connection.refused = true;
  return Next::more;
}

Next discard(Connection& connection) {
  connection.discarded += connection.buffer.size();
  connection.buffer.clear();
  return connection.discarded > most_discarded ? Next::close : Next::wait;
}

Next take_head(Connection& connection) {
  auto head = parse_head(connection.buffer);
  if (!head) return refuse(connection, head.error());
  if (!*head) return Next::wait;
  connection.buffer.erase(0, (*head)->size);
  connection.head = std::move(**head);
  if (connection.head->content_length > longest_body) return refuse(connection, 413);
  const bool has_body = connection.head->chunked || connection.head->content_length > 0;
  if (!connection.head->expects_continue || !has_body) return Next::more;
  return send_all(connection.descriptor.get(), "HTTP/1.1 100 Continue\r\n\r\n") ? Next::more : Next::close;
}

std::expected<std::optional<std::string>, int> take_body(Connection& connection) {
  const RequestHead& head = *connection.head;
  if (head.chunked) {
    auto chunked = parse_chunked(connection.buffer, longest_body);
    if (!chunked) return std::unexpected(chunked.error());
    if (!*chunked) return std::nullopt;
    connection.buffer.erase(0, (*chunked)->size);
    return std::move((*chunked)->body);
  }
  if (connection.buffer.size() < head.content_length) return std::nullopt;
  std::string body = connection.buffer.substr(0, head.content_length);
  connection.buffer.erase(0, head.content_length);
  return body;
}

}  // namespace hotaru::http
