#include "aws/sigv4.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "base/digest.h"
#include "base/text.h"

namespace hotaru::aws::sigv4 {

namespace {

struct Url {
  std::string host;  ///< with the port, if it is not the scheme's own
  std::string path;
  std::string query;
};

Url parse_url(const std::string& url) {
  const auto scheme_end = url.find("://");
  const auto begin = scheme_end == std::string::npos ? 0 : scheme_end + 3;
  const auto host_end = std::min(url.find_first_of("/?", begin), url.size());
  Url parts;
  parts.host = to_lower(url.substr(begin, host_end - begin));
  const std::string_view own_port = url.starts_with("http:") ? ":80" : ":443";
  if (parts.host.ends_with(own_port)) parts.host.resize(parts.host.size() - own_port.size());
  const auto mark = std::min(url.find('?', host_end), url.size());
  parts.path = url.substr(host_end, mark - host_end);
  if (mark < url.size()) parts.query = url.substr(mark + 1);
  return parts;
}

/// Dot segments and doubled slashes removed (RFC 3986, 5.2.4), each segment encoded once more.
std::string canonical_path(const std::string& path) {
  std::vector<std::string> segments;
  for (const auto& segment : split(path, '/')) {
    if (segment.empty() || segment == ".") continue;
    if (segment == "..") {
      if (!segments.empty()) segments.pop_back();
    } else {
      segments.push_back(percent_encode(segment));
    }
  }
  const bool open_end = path.ends_with('/') || path.ends_with("/.") || path.ends_with("/..");
  if (segments.empty()) return "/";
  return "/" + join(segments, "/") + (open_end ? "/" : "");
}

std::string canonical_query(const std::string& query) {
  if (query.empty()) return "";
  std::vector<std::pair<std::string, std::string>> parameters;
  for (const auto& part : split(query, '&')) {
    if (part.empty()) continue;
    const auto equals = std::min(part.find('='), part.size());
    const std::string value = equals < part.size() ? part.substr(equals + 1) : "";
    parameters.emplace_back(percent_encode(percent_decode(part.substr(0, equals), false)),
                            percent_encode(percent_decode(value, false)));
  }
  std::sort(parameters.begin(), parameters.end());
  std::vector<std::string> parts;
  for (const auto& [name, value] : parameters) parts.push_back(name + "=" + value);
  return join(parts, "&");
}

/// Trimmed, and runs of white space made one space.
std::string canonical_value(const std::string& value) {
  std::string result;
  for (const char c : trim(value)) {
    const bool blank = c == ' ' || c == '\t';
    if (!blank || result.back() != ' ') result += blank ? ' ' : c;
  }
  return result;
}

/// Lower-case name → value, in the order of the names; values of one name are joined by commas.
std::map<std::string, std::string> canonical_headers(const http::Request& request, const http::Headers& added) {
  std::map<std::string, std::string> result;
  const auto take = [&](const http::Headers& headers) {
    for (const auto& [name, value] : headers) {
      const auto [place, is_new] = result.try_emplace(to_lower(name), canonical_value(value));
      if (!is_new) place->second += "," + canonical_value(value);
    }
  };
  take(request.headers);
  take(added);
  result.try_emplace("host", parse_url(request.url).host);
  return result;
}

std::string signed_headers(const std::map<std::string, std::string>& headers) {
  std::vector<std::string> names;
  for (const auto& [name, value] : headers) names.push_back(name);
  return join(names, ";");
}

std::string scope_text(const Scope& scope, TimePoint time) {
  return fmt::format("{}/{}/{}/aws4_request", iso8601_compact(time).substr(0, 8), scope.region, scope.service);
}

std::string signing_key(const std::string& secret, const Scope& scope, TimePoint time) {
  const std::string date = hmac_sha256("AWS4" + secret, iso8601_compact(time).substr(0, 8));
  return hmac_sha256(hmac_sha256(hmac_sha256(date, scope.region), scope.service), "aws4_request");
}

}  // namespace

std::string canonical_request(const http::Request& request, const http::Headers& added) {
  const Url url = parse_url(request.url);
  const auto headers = canonical_headers(request, added);
  std::string text = fmt::format("{}\n{}\n{}\n", request.method, canonical_path(url.path), canonical_query(url.query));
  for (const auto& [name, value] : headers) text += name + ":" + value + "\n";
  return text + fmt::format("\n{}\n{}", signed_headers(headers), hex_encode(sha256(request.body)));
}

std::string string_to_sign(const std::string& canonical, const Scope& scope, TimePoint time) {
  return fmt::format("AWS4-HMAC-SHA256\n{}\n{}\n{}", iso8601_compact(time), scope_text(scope, time),
                     hex_encode(sha256(canonical)));
}

http::Headers sign(const http::Request& request, const Credentials& credentials, const Scope& scope, TimePoint time) {
  http::Headers added = {{"X-Amz-Date", iso8601_compact(time)}};
  if (!credentials.session_token.empty()) added.emplace_back("X-Amz-Security-Token", credentials.session_token);
  const std::string text = string_to_sign(canonical_request(request, added), scope, time);
  const std::string signature = hex_encode(hmac_sha256(signing_key(credentials.secret_access_key, scope, time), text));
  added.emplace_back("Authorization", fmt::format("AWS4-HMAC-SHA256 Credential={}/{}, SignedHeaders={}, Signature={}",
                                                  credentials.access_key_id, scope_text(scope, time),
                                                  signed_headers(canonical_headers(request, added)), signature));
  return added;
}

}  // namespace hotaru::aws::sigv4
