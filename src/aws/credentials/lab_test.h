#pragma once

#include <gtest/gtest.h>

#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "aws/credentials.h"
#include "aws/endpoints.h"
#include "base/file.h"
#include "base/text.h"
#include "http/curl_transport.h"
#include "http/server.h"

namespace hotaru::aws {

/// Stands in, on loopback, for everything that hands out credentials: STS, IAM Identity Center, containers, metadata.
class StandIn {
 public:
  StandIn()
      : server_(http::serve("127.0.0.1", 0, [this](const http::ServerRequest& request) { return on(request); })) {}

  std::string url() const { return "http://127.0.0.1:" + std::to_string((*server_)->port()); }
  /// "GET /path", or for the Query protocol the name of the action.
  void answer(const std::string& what, http::Response response) {
    const std::lock_guard lock(mutex_);
    answers_[what] = std::move(response);
  }
  std::vector<http::ServerRequest> requests(const std::string& what) const {
    const std::lock_guard lock(mutex_);
    std::vector<http::ServerRequest> found;
    for (const auto& request : requests_)
      if (name_of(request) == what) found.push_back(request);
    return found;
  }
  std::size_t count() const {
    const std::lock_guard lock(mutex_);
    return requests_.size();
  }

  /// STS's answer to AssumeRole and AssumeRoleWithWebIdentity.
  static http::Response session(const std::string& action, const std::string& key, TimePoint expiration) {
    return {200,
            {},
            "<" + action + "Response><" + action + "Result><Credentials><AccessKeyId>" + key +
                "</AccessKeyId><SecretAccessKey>secret-" + key + "</SecretAccessKey><SessionToken>token-" + key +
                "</SessionToken><Expiration>" + iso8601(expiration) + "</Expiration></Credentials></" + action +
                "Result></" + action + "Response>"};
  }

 private:
  static std::string name_of(const http::ServerRequest& request) {
    if (request.body.starts_with("Action=")) return request.body.substr(7, request.body.find('&') - 7);
    return request.method + " " + request.path;
  }
  http::Response on(const http::ServerRequest& request) {
    const std::lock_guard lock(mutex_);
    requests_.push_back(request);
    const auto found = answers_.find(name_of(request));
    return found == answers_.end() ? http::Response{404, {}, "not here"} : found->second;
  }

  mutable std::mutex mutex_;
  std::map<std::string, http::Response> answers_;
  std::vector<http::ServerRequest> requests_;
  Result<std::unique_ptr<http::Server>> server_;  // last: it stops before the rest goes
};

/// The value of one parameter of a request in the Query protocol's form; "" if it was not sent.
inline std::string parameter(const http::ServerRequest& request, const std::string& name) {
  for (const auto& pair : split(request.body, '&')) {
    if (pair.starts_with(name + "=")) return percent_decode(pair.substr(name.size() + 1), true);
  }
  return "";
}

/// The access key that a request was signed with; "" if it was not signed.
inline std::string signer_of(const http::ServerRequest& request) {
  const std::string authorization = http::header(request.headers, "Authorization");
  const auto begin = authorization.find("Credential=");
  return begin == std::string::npos ? "" : authorization.substr(begin + 11, authorization.find('/') - begin - 11);
}

/// A user with a home, an environment and the two files; what the whole chain finds for them.
class CredentialsTest : public testing::Test {
 protected:
  CredentialsTest() {
    environment = {{"HOME", home.path().string()},
                   {"XDG_CACHE_HOME", (home.path() / "cache").string()},
                   {"AWS_ENDPOINT_URL", stand_in.url()},
                   {"AWS_EC2_METADATA_DISABLED", "true"}};
  }

  /// A new chain, as a new process has it.
  void open(const Overrides& overrides = {}) {
    const Environment variables(environment);
    const SharedFiles files{parse_ini(config), parse_ini(credentials), "~/.aws/config", "~/.aws/credentials"};
    auto settings = settings_of(variables, files, overrides);
    ASSERT_TRUE(settings) << settings.error().message;
    needs.reset(new ProviderNeeds{variables, files, *settings, transport, clock, random, runner, ask,
                                  [this](const std::string& line) { traced += line + "\n"; }});
    chain = std::make_unique<ProviderChain>(default_providers(*needs, overrides), clock);
  }
  Result<Credentials> find(const Overrides& overrides = {}) {
    open(overrides);
    if (!chain) return fail(ErrorClass::internal, "The settings are wrong.");
    return chain->get();
  }
  /// The access key id that is found, or the error's message.
  std::string found(const Overrides& overrides = {}) {
    const auto result = find(overrides);
    return result ? result->access_key_id : result.error().message;
  }

  TemporaryFolder home;
  StandIn stand_in;
  std::map<std::string, std::string> environment;
  std::string config;
  std::string credentials;
  Asker ask;
  std::string traced;
  FakeClock clock;
  SeededRandom random{1};
  SystemRunner runner;
  http::CurlTransport transport{http::CurlOptions{}};
  std::unique_ptr<ProviderNeeds> needs;
  std::unique_ptr<ProviderChain> chain;
};

}  // namespace hotaru::aws
