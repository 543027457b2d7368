#include <arpa/inet.h>
#include <fmt/format.h>

#include <algorithm>

#include "aws/credentials/fetch.h"
#include "aws/credentials/fields.h"
#include "aws/credentials/providers.h"
#include "base/file.h"
#include "base/text.h"

namespace hotaru::aws {

namespace {

constexpr const char* ecs_agent = "http://169.254.170.2";

std::string host_of(const std::string& url) {
  const auto begin = url.find("://");
  if (begin == std::string::npos) return "";
  std::string authority = url.substr(begin + 3, url.find_first_of("/?#", begin + 3) - begin - 3);
  if (const auto user = authority.rfind('@'); user != std::string::npos) authority.erase(0, user + 1);
  if (authority.starts_with('[')) return authority.substr(1, authority.find(']') - 1);
  return to_lower(authority.substr(0, authority.find(':')));
}

bool is_loopback(const std::string& host) {
  in_addr four{};
  in6_addr six{};
  if (inet_pton(AF_INET, host.c_str(), &four) == 1) return (ntohl(four.s_addr) >> 24) == 127;
  return inet_pton(AF_INET6, host.c_str(), &six) == 1 && IN6_IS_ADDR_LOOPBACK(&six) != 0;
}

/// Over plain HTTP credentials come from this machine, or from the addresses of ECS and EKS (AWS SDKs and Tools
/// Reference Guide, "Container credential provider").
bool may_be_asked(const std::string& url) {
  if (to_lower(url).starts_with("https://")) return true;
  if (!to_lower(url).starts_with("http://")) return false;
  const std::string host = host_of(url);
  constexpr const char* known[] = {"169.254.170.2", "169.254.170.23", "fd00:ec2::23", "localhost"};
  return is_loopback(host) || std::ranges::find(known, host) != std::end(known);
}

class ContainerProvider final : public Provider {
 public:
  explicit ContainerProvider(const ProviderNeeds& needs) : needs_(needs) {}
  std::string name() const override { return ""; }

  Result<std::optional<Credentials>> find() override {
    const auto relative = needs_.environment.get("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI");
    const auto full = needs_.environment.get("AWS_CONTAINER_CREDENTIALS_FULL_URI");
    if (!relative && !full) return std::nullopt;
    const std::string url = relative ? ecs_agent + *relative : *full;
    if (!may_be_asked(url)) {
      return fail(ErrorClass::unauthorized,
                  fmt::format("Credentials are not asked for at {}: plain HTTP is for this machine and for ECS's and "
                              "EKS's own addresses.",
                              host_of(url).empty() ? url : host_of(url)),
                  "Set AWS_CONTAINER_CREDENTIALS_FULL_URI to an https URL.");
    }
    auto token = authorization();
    if (!token) return pass(token);
    auto credentials = ask(url, *token);
    if (!credentials) return pass(credentials);
    return *credentials;
  }

 private:
  /// Read each time: EKS replaces the token in its file.
  Result<std::string> authorization() const {
    const auto file = needs_.environment.get("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE");
    if (!file) return needs_.environment.get_or("AWS_CONTAINER_AUTHORIZATION_TOKEN", "");
    auto text = read_file(*file);
    if (text) return trim(*text);
    return fail(ErrorClass::unauthorized, fmt::format("The container's token file {} cannot be read.", *file),
                "Check AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE.");
  }

  Result<Credentials> ask(const std::string& url, const std::string& token) const {
    http::Request request{.url = url, .headers = {{"Accept", "application/json"}}};
    if (!token.empty()) request.headers.emplace_back("Authorization", token);
    request.connect_timeout = std::chrono::seconds(2);
    request.timeout = std::chrono::seconds(5);
    const auto answer = fetch(needs_, {.service = "container", .action = "credentials", .request = std::move(request)});
    const std::string host = host_of(url);
    if (!answer) {
      return fail(answer.error().kind,
                  fmt::format("The container's credentials cannot be had: {}", sentence(answer.error().message)),
                  "Check AWS_CONTAINER_CREDENTIALS_RELATIVE_URI and AWS_CONTAINER_CREDENTIALS_FULL_URI.");
    }
    if (answer->status != 200) {
      return fail(ErrorClass::unauthorized,
                  fmt::format("{} refused the container's credentials with HTTP status {}.", host, answer->status),
                  "Check the task's or the pod's role, and AWS_CONTAINER_AUTHORIZATION_TOKEN.");
    }
    const auto fields = parse_fields(answer->body);
    auto credentials = fields ? credentials_of(*fields, {.session_token = "Token"}, "container") : std::nullopt;
    if (credentials) return *credentials;
    return fail(ErrorClass::unauthorized, fmt::format("{} answered something that is no credentials.", host),
                "Check AWS_CONTAINER_CREDENTIALS_FULL_URI.");
  }

  const ProviderNeeds& needs_;
};

}  // namespace

std::unique_ptr<Provider> container_provider(const ProviderNeeds& needs) {
  return std::make_unique<ContainerProvider>(needs);
}

}  // namespace hotaru::aws
