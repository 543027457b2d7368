#pragma once

#include <cstddef>
#include <expected>
#include <optional>
#include <string>
#include <string_view>

#include "http/message.h"

/// HTTP/1.1 as bytes (RFC 9112), server side: pure functions, safe on any input.
namespace hotaru::http {

/// All of a request but its body.
struct RequestHead {
  std::string method;
  std::string path;   ///< as sent, without the query
  std::string query;  ///< as sent, without '?'
  Headers headers;
  bool keep_alive = true;
  bool expects_continue = false;
  bool chunked = false;
  std::size_t content_length = 0;
  std::size_t size = 0;  ///< bytes that the head took, its empty line included
};

struct ChunkedBody {
  std::string body;
  std::size_t size = 0;  ///< bytes that it took on the wire
};

/// The longest head that is read.
inline constexpr std::size_t longest_head = 64 * 1024;

/// nullopt: more bytes are needed. The error is the HTTP status to refuse with.
std::expected<std::optional<RequestHead>, int> parse_head(std::string_view bytes);
std::expected<std::optional<ChunkedBody>, int> parse_chunked(std::string_view bytes, std::size_t longest_body);

/// Status line, headers and body. Adds Content-Length, and Connection where the connection ends; a header that carries
/// a line break is left out. For HEAD the body is measured and not sent.
std::string format_response(const Response& response, bool head_only, bool keep_alive);
/// All of it but the body, which may be large.
std::string format_head(const Response& response, bool keep_alive);
/// Whether a body follows the head on the wire.
bool sends_body(const Response& response, bool head_only);

}  // namespace hotaru::http
