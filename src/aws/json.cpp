#include "aws/json.h"

#include <fmt/format.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "aws/endpoints.h"
#include "base/text.h"

namespace hotaru::aws {

using nlohmann::json;

namespace {

/// What stands before the action in X-Amz-Target (the services' API references).
std::string target_of(const std::string& service) {
  if (service == "ssm") return "AmazonSSM";
  if (service == "ec2-instance-connect") return "AWSEC2InstanceConnectService";
  if (service == "servicequotas") return "ServiceQuotasV20190624";
  if (service == "monitoring") return "GraniteServiceVersion20100801";
  return "AWSPriceListService";
}

}  // namespace

Call json_call(const std::string& service, const std::string& region, const std::string& action, bool idempotent) {
  Call call{service, region, action, {}, idempotent};
  call.target = target_of(service);
  if (service == "monitoring") call.json_version = "1.0";
  return call;
}

Result<json> ask_json(Client& client, Call call, const json& body) {
  call.body = body.dump(-1, ' ', false, json::error_handler_t::replace);
  auto answer = client.send(call);
  if (!answer) return pass(answer);
  json parsed = json::parse(*answer, nullptr, false);
  if (parsed.is_object()) return parsed;
  return fail(ErrorClass::unknown_outcome,
              fmt::format("The answer is no JSON, so it is not of {}.", title_of(call.service)), "Check the endpoint.");
}

Result<void> ask_json_pages(Client& client, const Call& call, json body,
                            const std::function<void(const json& page)>& read) {
  constexpr int most_pages = 10'000;  // an endpoint that turns in circles is not followed for ever
  std::string token;
  for (int page = 0; page < most_pages; ++page) {
    if (!token.empty()) body["NextToken"] = token;
    auto answer = ask_json(client, call, body);
    if (!answer) return pass(answer);
    read(*answer);
    std::string following = text_in(*answer, "NextToken");
    if (following.empty() || following == token) return {};
    token = std::move(following);
  }
  return fail(ErrorClass::unavailable, fmt::format("{} answered with pages without end.", title_of(call.service)));
}

std::string text_in(const json& object, const char* member) {
  const auto found = object.is_object() ? object.find(member) : object.end();
  return found != object.end() && found->is_string() ? found->get<std::string>() : "";
}

double number_in(const json& object, const char* member) {
  const auto found = object.is_object() ? object.find(member) : object.end();
  if (found == object.end()) return 0;
  double number = 0;
  if (found->is_number()) number = found->get<double>();
  if (found->is_string()) number = parse_number(found->get<std::string>()).value_or(0);
  return std::isfinite(number) ? number : 0;
}

const json& object_in(const json& object, const char* member) {
  static const json nothing = json::object();
  const auto found = object.is_object() ? object.find(member) : object.end();
  return found != object.end() && found->is_object() ? *found : nothing;
}

const json& list_in(const json& object, const char* member) {
  static const json nothing = json::array();
  const auto found = object.is_object() ? object.find(member) : object.end();
  return found != object.end() && found->is_array() ? *found : nothing;
}

}  // namespace hotaru::aws
