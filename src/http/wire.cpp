#include "http/wire.h"

#include <fmt/format.h>

#include <charconv>

#include "base/text.h"

namespace hotaru::http {

namespace {

constexpr int bad_request = 400;

bool is_token(std::string_view text) {
  if (text.empty()) return false;
  for (const char c : text) {
    const bool word = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
    if (!word && std::string_view("!#$%&'*+-.^_`|~").find(c) == std::string_view::npos) return false;
  }
  return true;
}

bool is_field_value(std::string_view text) {
  for (const unsigned char c : text) {
    if ((c < 0x20 && c != '\t') || c == 0x7f) return false;
  }
  return true;
}

bool is_target(std::string_view text) {
  for (const unsigned char c : text) {
    if (c <= 0x20 || c == 0x7f) return false;
  }
  return !text.empty();
}

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

std::optional<std::size_t> parse_size(std::string_view digits, int base) {
  std::size_t value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value, base);
  if (digits.empty() || error != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
  return value;
}

/// Origin form as it is; the absolute form that clients of a proxy send loses its scheme and host (RFC 9112, 3.2.2).
void set_target(RequestHead& head, std::string_view target) {
  if (const auto scheme = target.find("://"); scheme != std::string_view::npos && target.front() != '/') {
    const auto slash = target.find_first_of("/?", scheme + 3);
    target = slash == std::string_view::npos ? std::string_view("/") : target.substr(slash);
  }
  const auto mark = target.find('?');
  head.path = std::string(target.substr(0, mark));
  if (head.path.empty()) head.path = "/";
  if (mark != std::string_view::npos) head.query = std::string(target.substr(mark + 1));
}

bool parse_request_line(RequestHead& head, std::string_view line) {
  const auto first = line.find(' ');
  const auto last = line.rfind(' ');
  if (first == std::string_view::npos || first == last) return false;
  const std::string_view target = line.substr(first + 1, last - first - 1);
  const std::string_view version = line.substr(last + 1);
  if (!is_token(line.substr(0, first)) || !is_target(target)) return false;
  if (version != "HTTP/1.1" && version != "HTTP/1.0") return false;
  head.method = std::string(line.substr(0, first));
  head.keep_alive = version == "HTTP/1.1";
  set_target(head, target);
  return true;
}

bool parse_field(RequestHead& head, std::string_view line) {
  const auto colon = line.find(':');
  if (colon == std::string_view::npos) return false;
  const std::string_view name = line.substr(0, colon);
  const std::string_view value = trimmed(line.substr(colon + 1));
  if (!is_token(name) || !is_field_value(value)) return false;
  head.headers.emplace_back(name, value);
  return true;
}

/// What the headers say about the body and the connection. A length that could be read in two ways is refused: that is
/// how requests are smuggled (RFC 9112, 6.3).
bool read_framing(RequestHead& head) {
  bool has_length = false;
  for (const auto& [name, value] : head.headers) {
    const std::string key = to_lower(name);
    if (key == "content-length") {
      const auto length = parse_size(value, 10);
      if (!length || (has_length && *length != head.content_length)) return false;
      head.content_length = *length;
      has_length = true;
    } else if (key == "transfer-encoding") {
      if (to_lower(value) != "chunked") return false;
      head.chunked = true;
    } else if (key == "expect") {
      head.expects_continue = to_lower(value) == "100-continue";
    } else if (key == "connection") {
      const std::string lower = to_lower(value);
      if (lower.find("close") != std::string::npos) head.keep_alive = false;
      if (lower.find("keep-alive") != std::string::npos) head.keep_alive = true;
    }
  }
  return !(head.chunked && has_length);
}

const char* reason_of(int status) {
  switch (status) {
    case 200:
      return "OK";
    case 201:
      return "Created";
    case 204:
      return "No Content";
    case 301:
      return "Moved Permanently";
    case 302:
      return "Found";
    case 304:
      return "Not Modified";
    case 400:
      return "Bad Request";
    case 401:
      return "Unauthorized";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 408:
      return "Request Timeout";
    case 409:
      return "Conflict";
    case 413:
      return "Content Too Large";
    case 429:
      return "Too Many Requests";
    case 431:
      return "Request Header Fields Too Large";
    case 500:
      return "Internal Server Error";
    case 501:
      return "Not Implemented";
    case 503:
      return "Service Unavailable";
    default:
      return "Status";
  }
}

}  // namespace

std::expected<std::optional<RequestHead>, int> parse_head(std::string_view bytes) {
  const auto end = bytes.find("\r\n\r\n");
  if (end == std::string_view::npos) {
    if (bytes.size() > longest_head) return std::unexpected(431);
    return std::nullopt;
  }
  if (end > longest_head) return std::unexpected(431);
  RequestHead head;
  head.size = end + 4;
  std::string_view rest = bytes.substr(0, end + 2);
  bool first = true;
  while (!rest.empty()) {
    const auto line_end = rest.find("\r\n");
    const std::string_view line = rest.substr(0, line_end);
    rest.remove_prefix(line_end + 2);
    if (first ? !parse_request_line(head, line) : !parse_field(head, line)) return std::unexpected(bad_request);
    first = false;
  }
  if (!read_framing(head)) return std::unexpected(bad_request);
  return head;
}

std::expected<std::optional<ChunkedBody>, int> parse_chunked(std::string_view bytes, std::size_t longest_body) {
  ChunkedBody result;
  while (true) {
    const std::string_view rest = bytes.substr(result.size);
    const auto line_end = rest.find("\r\n");
    if (line_end == std::string_view::npos) {
      if (rest.size() > longest_head) return std::unexpected(bad_request);
      return std::nullopt;
    }
    const std::string_view line = rest.substr(0, line_end);
    const auto size = parse_size(trimmed(line.substr(0, line.find(';'))), 16);
    if (!size) return std::unexpected(bad_request);
    if (*size > longest_body || result.body.size() + *size > longest_body) return std::unexpected(413);
    result.size += line_end + 2;
    if (*size == 0) break;
    if (bytes.size() < result.size + *size + 2) return std::nullopt;
    if (bytes.substr(result.size + *size, 2) != "\r\n") return std::unexpected(bad_request);
    result.body += bytes.substr(result.size, *size);
    result.size += *size + 2;
  }
  // Trailers are read and dropped, up to the empty line.
  while (true) {
    const auto line_end = bytes.substr(result.size).find("\r\n");
    if (line_end == std::string_view::npos) {
      if (bytes.size() - result.size > longest_head) return std::unexpected(bad_request);
      return std::nullopt;
    }
    result.size += line_end + 2;
    if (line_end == 0) return result;
  }
}

namespace {

bool may_have_body(int status) { return status >= 200 && status != 204 && status != 304; }

}  // namespace

std::string format_head(const Response& response, bool keep_alive) {
  std::string text = fmt::format("HTTP/1.1 {} {}\r\n", response.status, reason_of(response.status));
  for (const auto& [name, value] : response.headers) {
    const std::string key = to_lower(name);
    if (key == "content-length" || key == "connection" || key == "transfer-encoding") continue;
    if (!is_token(name) || !is_field_value(value)) continue;
    text.append(name).append(": ").append(value).append("\r\n");
  }
  if (may_have_body(response.status)) text += fmt::format("Content-Length: {}\r\n", response.body.size());
  if (!keep_alive) text += "Connection: close\r\n";
  return text + "\r\n";
}

bool sends_body(const Response& response, bool head_only) { return may_have_body(response.status) && !head_only; }

std::string format_response(const Response& response, bool head_only, bool keep_alive) {
  std::string text = format_head(response, keep_alive);
  if (sends_body(response, head_only)) text += response.body;
  return text;
}

}  // namespace hotaru::http
