#include "sim/metadata/metadata.h"

#include <fmt/format.h>

#include <cstring>

#include "base/digest.h"
#include "base/text.h"
#include "sim/metadata/tree.h"

namespace hotaru::sim {
namespace {

constexpr std::string_view token_path = "latest/api/token";
constexpr int longest_token_seconds = 21'600;
constexpr std::string_view ttl_header = "X-aws-ec2-metadata-token-ttl-seconds";

http::Response answer(int status, std::string body, std::string type = "text/plain") {
  http::Response response{.status = status, .headers = {}, .body = std::move(body)};
  response.headers.emplace_back("Content-Type", std::move(type));
  response.headers.emplace_back("Server", "EC2ws (simulated)");
  return response;
}

std::string_view reason(int status) {
  switch (status) {
    case 400:
      return "Bad Request";
    case 401:
      return "Unauthorized";
    case 403:
      return "Forbidden";
    case 405:
      return "Method Not Allowed";
    default:
      return "Not Found";
  }
}

/// The page that EC2 sends with an error.
http::Response error_page(int status) {
  const std::string title = fmt::format("{} - {}", status, reason(status));
  return answer(status,
                fmt::format("<?xml version=\"1.0\" encoding=\"iso-8859-1\"?>\n"
                            "<!DOCTYPE html PUBLIC \"-//W3C//DTD XHTML 1.0 Transitional//EN\"\n"
                            "\t\"http://www.w3.org/TR/xhtml1/DTD/xhtml1-transitional.dtd\">\n"
                            "<html xmlns=\"http://www.w3.org/1999/xhtml\" xml:lang=\"en\" lang=\"en\">\n"
                            " <head>\n  <title>{0}</title>\n </head>\n <body>\n  <h1>{0}</h1>\n </body>\n</html>\n",
                            title),
                "text/html");
}

/// Decoded, without empty parts: "/latest//meta-data/" is "latest/meta-data".
std::string normalized(std::string_view path) {
  std::vector<std::string> parts;
  for (const std::string& part : split(percent_decode(path, false), '/')) {
    if (!part.empty()) parts.push_back(part);
  }
  return join(parts, "/");
}

std::string bytes_of(std::uint64_t number) {
  std::string bytes(sizeof number, '\0');
  std::memcpy(bytes.data(), &number, sizeof number);
  return bytes;
}

}  // namespace

Metadata::Metadata(SpecSource spec, const Clock& clock, Random& random)
    : spec_(std::move(spec)), clock_(clock), random_(random), pending_since_(clock.now()) {
  for (int i = 0; i < 4; ++i) key_ += bytes_of(random_.next());
}

http::Response Metadata::handle(const http::ServerRequest& request) const {
  http::Response response = respond(request);
  response.headers.emplace_back("Date", http_date(clock_.now()));
  return response;
}

http::Response Metadata::respond(const http::ServerRequest& request) const {
  const MachineSpec spec = spec_();
  if (!spec.metadata_enabled) return error_page(403);
  const std::string path = normalized(request.path);
  if (path == token_path) return request.method == "PUT" ? new_token(request) : error_page(405);
  if (request.method != "GET" && request.method != "HEAD") return error_page(405);

  const std::string token = http::header(request.headers, "X-aws-ec2-metadata-token");
  if (token.empty()) return spec.metadata_tokens_required ? error_page(401) : get(spec, path);
  const int seconds = seconds_left(token);
  if (seconds <= 0) return error_page(401);
  http::Response response = get(spec, path);
  response.headers.emplace_back(ttl_header, std::to_string(seconds));
  return response;
}

http::Response Metadata::new_token(const http::ServerRequest& request) const {
  // A request that came through a proxy must not get one: that is what version 2 is for.
  for (const auto& [name, value] : request.headers) {
    if (to_lower(name) == "x-forwarded-for") return error_page(403);
  }
  const auto seconds = parse_integer(trim(http::header(request.headers, ttl_header)));
  if (!seconds || *seconds < 1 || *seconds > longest_token_seconds) return error_page(400);
  const TimePoint expiry = clock_.now() + std::chrono::seconds(*seconds);
  const std::string claim =
      bytes_of(static_cast<std::uint64_t>(expiry.time_since_epoch().count())) + bytes_of(random_.next());
  http::Response response = answer(200, base64_encode(claim + hmac_sha256(key_, claim)));
  response.headers.emplace_back(ttl_header, std::to_string(*seconds));
  return response;
}

int Metadata::seconds_left(const std::string& token) const {
  constexpr std::size_t claim_size = 16;
  const auto bytes = base64_decode(token);
  if (!bytes || bytes->size() != claim_size + 32) return 0;
  const std::string claim = bytes->substr(0, claim_size);
  if (hmac_sha256(key_, claim) != bytes->substr(claim_size)) return 0;
  std::uint64_t expiry = 0;
  std::memcpy(&expiry, claim.data(), sizeof expiry);
  const Duration left = TimePoint{Duration{static_cast<Duration::rep>(expiry)}} - clock_.now();
  return static_cast<int>(std::chrono::ceil<std::chrono::seconds>(left).count());
}

http::Response Metadata::get(const MachineSpec& spec, const std::string& path) const {
  if (path.empty()) return answer(200, metadata_versions());
  const std::size_t slash = path.find('/');
  if (!is_metadata_version(path.substr(0, slash))) return error_page(404);
  const std::string below = slash == path.npos ? "" : path.substr(slash + 1);
  auto found = metadata_answer(metadata_tree(spec, pending_since_, clock_.now()), below);
  if (!found) return error_page(404);
  return answer(200, *std::move(found), below == "user-data" ? "application/octet-stream" : "text/plain");
}

}  // namespace hotaru::sim
