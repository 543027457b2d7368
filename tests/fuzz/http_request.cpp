// The server's side of HTTP/1.1: heads, chunked bodies, and that no answer can be split by what a header carries.
#include <fmt/format.h>

#include "fuzz/fuzz.h"
#include "http/wire.h"

namespace hotaru::http {
namespace {

using fuzz::require;

constexpr std::size_t longest_body = 64 * 1024;

std::string rendered(const RequestHead& head) {
  std::string text =
      fmt::format("{} {}{}{} HTTP/1.1\r\n", head.method, head.path, head.query.empty() ? "" : "?", head.query);
  for (const auto& [name, value] : head.headers) text += fmt::format("{}: {}\r\n", name, value);
  return text + "\r\n";
}

void look_at_head(std::string_view bytes) {
  const auto parsed = parse_head(bytes);
  if (!parsed || !*parsed) return;
  const RequestHead& head = **parsed;
  require(head.size <= bytes.size() && !head.method.empty() && !head.path.empty(), "a head lies within its bytes");
  const auto without_last = parse_head(bytes.substr(0, head.size - 1));
  require(without_last && !*without_last, "a head that lacks its last byte is waited for");
  const auto again = parse_head(rendered(head));
  require(again && *again, "a head that was understood is understood again");
  require((*again)->method == head.method && (*again)->path == head.path && (*again)->query == head.query &&
              (*again)->headers == head.headers && (*again)->content_length == head.content_length &&
              (*again)->chunked == head.chunked,
          "a head written down reads the same");
}

void look_at_body(std::string_view bytes) {
  const auto parsed = parse_chunked(bytes, longest_body);
  if (!parsed || !*parsed) return;
  const ChunkedBody& body = **parsed;
  require(body.size <= bytes.size() && body.body.size() <= longest_body, "a body lies within its bytes");
  const std::string chunk = body.body.empty() ? "" : fmt::format("{:x}\r\n{}\r\n", body.body.size(), body.body);
  const auto again = parse_chunked(chunk + "0\r\n\r\n", longest_body);
  require(again && *again && (*again)->body == body.body, "a body in one chunk reads the same");
}

void look_at_answer(std::string_view bytes) {
  const std::string name = fuzz::take_line(bytes);
  const std::string value = fuzz::take_line(bytes);
  const Response response{200, {{name, "x"}, {"X-Value", value}, {name, value}}, std::string(bytes)};
  const std::string text = format_response(response, false, true);
  require(text.substr(text.find("\r\n\r\n") + 4) == response.body, "no header ends the head early");
}

}  // namespace

HOTARU_FUZZ(input) {
  look_at_head(input);
  look_at_body(input);
  look_at_answer(input);
}

}  // namespace hotaru::http
