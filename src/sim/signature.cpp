#include "sim/signature.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "base/digest.h"
#include "base/text.h"

namespace hotaru::sim {

namespace {

using Pairs = std::vector<std::pair<std::string, std::string>>;

constexpr auto algorithm = "AWS4-HMAC-SHA256";
constexpr Duration allowed_skew = std::chrono::minutes(5);
constexpr std::int64_t longest_life = 604'800;  // of a presigned request, in seconds

/// What a request says about its signature, wherever it says it.
struct Claim {
  std::string access_key_id;
  std::string day;  ///< "20261122"
  std::string region;
  std::string service;
  std::string signed_headers;  ///< "host;x-amz-date"
  std::string signature;
  std::string token;                    ///< X-Amz-Security-Token
  std::string date;                     ///< "20261122T010203Z"
  std::optional<std::int64_t> expires;  ///< seconds; presigned only
  std::string scope() const { return day + "/" + region + "/" + service + "/aws4_request"; }
};

Pairs query_pairs(const std::string& query) {
  Pairs pairs;
  if (query.empty()) return pairs;
  for (const std::string& one : split(query, '&')) {
    if (one.empty()) continue;
    const auto equals = one.find('=');
    pairs.emplace_back(percent_decode(one.substr(0, equals), false),
                       equals == std::string::npos ? "" : percent_decode(one.substr(equals + 1), false));
  }
  return pairs;
}

std::string value_of(const Pairs& pairs, const std::string& name) {
  const auto found = std::ranges::find(pairs, name, &std::pair<std::string, std::string>::first);
  return found == pairs.end() ? "" : found->second;
}

bool read_credential(const std::string& credential, Claim& claim) {
  // A key id may hold slashes in theory; the last four parts are the scope.
  auto parts = split(credential, '/');
  if (parts.size() < 5 || parts.back() != "aws4_request") return false;
  const std::size_t scope = parts.size() - 4;
  claim.day = parts[scope];
  claim.region = parts[scope + 1];
  claim.service = parts[scope + 2];
  parts.resize(scope);
  claim.access_key_id = join(parts, "/");
  return true;
}

std::optional<Claim> claim_of_header(const http::ServerRequest& request) {
  const std::string authorization = trim(http::header(request.headers, "Authorization"));
  if (!authorization.starts_with(algorithm)) return std::nullopt;
  Claim claim;
  bool has_credential = false;
  for (const std::string& part : split(authorization.substr(std::string(algorithm).size()), ',')) {
    const std::string field = trim(part);
    const auto equals = field.find('=');
    if (equals == std::string::npos) continue;
    const std::string value = field.substr(equals + 1);
    if (field.starts_with("Credential=")) has_credential = read_credential(value, claim);
    if (field.starts_with("SignedHeaders=")) claim.signed_headers = value;
    if (field.starts_with("Signature=")) claim.signature = value;
  }
  claim.token = http::header(request.headers, "X-Amz-Security-Token");
  claim.date = http::header(request.headers, "X-Amz-Date");
  if (claim.date.empty()) {
    if (const auto date = parse_http_date(http::header(request.headers, "Date"))) claim.date = iso8601_compact(*date);
  }
  return has_credential ? std::optional(claim) : std::nullopt;
}

std::optional<Claim> claim_of_query(const http::ServerRequest& request) {
  const Pairs pairs = query_pairs(request.query);
  Claim claim;
  if (value_of(pairs, "X-Amz-Algorithm") != algorithm) return std::nullopt;
  if (!read_credential(value_of(pairs, "X-Amz-Credential"), claim)) return std::nullopt;
  claim.signed_headers = value_of(pairs, "X-Amz-SignedHeaders");
  claim.signature = value_of(pairs, "X-Amz-Signature");
  claim.token = value_of(pairs, "X-Amz-Security-Token");
  claim.date = value_of(pairs, "X-Amz-Date");
  claim.expires = parse_integer(value_of(pairs, "X-Amz-Expires")).value_or(0);
  return claim;
}

std::optional<Claim> claim_of(const http::ServerRequest& request) {
  auto claim = claim_of_header(request);
  return claim ? claim : claim_of_query(request);
}

/// Every service but S3 encodes the path, as sent, once more, without its redundant and relative segments (IAM User
/// Guide, "Create a signed AWS API request").
std::string canonical_path(const std::string& path) {
  std::string canonical;
  std::vector<std::size_t> ends;  // of `canonical`, before each segment
  bool folder = true;             // the last segment is none
  for (const std::string& segment : split(path, '/')) {
    folder = segment.empty() || segment == "." || segment == "..";
    if (segment == ".." && !ends.empty()) {
      canonical.resize(ends.back());
      ends.pop_back();
    }
    if (folder) continue;
    ends.push_back(canonical.size());
    canonical += "/" + percent_encode(segment);
  }
  return folder ? canonical + "/" : canonical;
}

std::string canonical_query(const std::string& query) {
  std::vector<std::pair<std::string, std::string>> pairs;
  for (const auto& [name, value] : query_pairs(query)) {
    if (name != "X-Amz-Signature") pairs.emplace_back(percent_encode(name), percent_encode(value));
  }
  std::ranges::sort(pairs);
  std::vector<std::string> parts;
  for (const auto& [name, value] : pairs) parts.push_back(name + "=" + value);
  return join(parts, "&");
}

/// Trimmed; any run of white space is one space.
std::string canonical_header_value(std::string_view value) {
  std::string out;
  for (const char c : trim(value)) {
    const bool blank = c == ' ' || c == '\t';
    if (!blank || !out.ends_with(' ')) out += blank ? ' ' : c;
  }
  return out;
}

/// "name:value\n" for each signed header; nullopt if one of them was not sent.
std::optional<std::string> canonical_headers(const http::ServerRequest& request, const std::string& signed_headers) {
  std::string out;
  for (const std::string& name : split(signed_headers, ';')) {
    std::vector<std::string> values;
    for (const auto& [key, value] : request.headers) {
      if (to_lower(key) == name) values.push_back(canonical_header_value(value));
    }
    if (values.empty()) return std::nullopt;
    out += name + ":" + join(values, ",") + "\n";
  }
  return out;
}

/// The payload hash as it was signed; nullopt if the body is not what its hash says.
std::optional<std::string> payload_hash(const http::ServerRequest& request) {
  const std::string said = http::header(request.headers, "X-Amz-Content-Sha256");
  if (said == "UNSIGNED-PAYLOAD") return said;
  std::string actual = hex_encode(sha256(request.body));
  if (!said.empty() && said != actual) return std::nullopt;
  return actual;
}

std::optional<std::string> expected_signature(const http::ServerRequest& request, const Claim& claim,
                                              const std::string& secret) {
  const auto headers = canonical_headers(request, claim.signed_headers);
  const auto hash = payload_hash(request);
  if (!headers || !hash) return std::nullopt;
  const std::string canonical = request.method + "\n" + canonical_path(request.path) + "\n" +
                                canonical_query(request.query) + "\n" + *headers + "\n" + claim.signed_headers + "\n" +
                                *hash;
  const std::string to_sign =
      std::string(algorithm) + "\n" + claim.date + "\n" + claim.scope() + "\n" + hex_encode(sha256(canonical));
  std::string key = hmac_sha256("AWS4" + secret, claim.day);
  for (const std::string& step : {claim.region, claim.service, std::string("aws4_request")})
    key = hmac_sha256(key, step);
  return hex_encode(hmac_sha256(key, to_sign));
}

ApiError expired(const Claim& claim, TimePoint now, bool early) {
  if (claim.service == "ec2") return {400, "RequestExpired", "Request has expired."};
  return {403, "SignatureDoesNotMatch",
          fmt::format("Signature {}: {} is now {} than {} (5 min.)", early ? "not yet current" : "expired", claim.date,
                      early ? "later" : "earlier", iso8601_compact(now))};
}

Refusal check_time(const Claim& claim, TimePoint now) {
  const auto date = parse_iso8601(claim.date);
  if (!date || !claim.date.starts_with(claim.day)) {
    return ApiError{400, "IncompleteSignature",
                    fmt::format("Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from "
                                "HTTP: '{}' != '{}'.",
                                claim.day, claim.date)};
  }
  if (claim.expires && (*claim.expires < 1 || *claim.expires > longest_life)) {
    return ApiError{400, "IncompleteSignature", "X-Amz-Expires must be a number of seconds between 1 and 604800."};
  }
  const Duration life = claim.expires ? Duration(std::chrono::seconds(*claim.expires)) : allowed_skew;
  if (now < *date - allowed_skew) return expired(claim, now, true);
  if (now > *date + life) return expired(claim, now, false);
  return std::nullopt;
}

bool signs(const std::string& signed_headers, const std::string& name) {
  const auto names = split(signed_headers, ';');
  return std::ranges::find(names, name) != names.end();
}

}  // namespace

ApiError unknown_key(const std::string& service) {
  if (service == "ec2") {
    return {401, "AuthFailure", "AWS was not able to validate the provided access credentials"};
  }
  return {403, "InvalidClientTokenId", "The security token included in the request is invalid."};
}

ApiResult<Caller> authenticate(const http::ServerRequest& request, const std::map<std::string, std::string>& secrets,
                               TimePoint now) {
  const auto find = [&](const KeyAsked& asked) -> ApiResult<KeyFound> {
    const auto secret = secrets.find(asked.access_key_id);
    if (secret == secrets.end()) return std::unexpected(unknown_key(asked.service));
    return KeyFound{secret->second};
  };
  return authenticate_with(request, find, now);
}

ApiResult<Caller> authenticate_with(const http::ServerRequest& request, const FindKey& find, TimePoint now) {
  const auto claim = claim_of(request);
  if (!claim) {
    if (http::header(request.headers, "Authorization").empty()) {
      return refuse("MissingAuthenticationToken", "Request is missing Authentication Token", 403);
    }
    return refuse("IncompleteSignature", "Authorization header requires Credential, SignedHeaders and Signature.");
  }
  if (claim->signature.empty() || claim->signed_headers.empty() || claim->date.empty()) {
    return refuse("IncompleteSignature",
                  "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header, and of "
                  "'SignedHeaders' and 'Signature' parameters.");
  }
  const auto found = find({claim->access_key_id, claim->token, claim->service});
  if (!found) return std::unexpected(found.error());
  if (auto no = check_time(*claim, now)) return std::unexpected(*no);
  const auto expected = expected_signature(request, *claim, found->secret);
  if (!signs(claim->signed_headers, "host") || !expected || *expected != claim->signature) {
    return refuse(
        "SignatureDoesNotMatch",
        "The request signature we calculated does not match the signature you provided. Check your AWS Secret "
        "Access Key and signing method. Consult the service documentation for details.",
        403);
  }
  return Caller{claim->access_key_id, claim->region, claim->service, found->who};
}

std::string claimed_service(const http::ServerRequest& request) {
  const auto claim = claim_of(request);
  return claim ? claim->service : "";
}

}  // namespace hotaru::sim
