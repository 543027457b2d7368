#include "sim/endpoint.h"

#include <fmt/format.h>

#include "base/text.h"
#include "catalog/catalog.h"
#include "sim/envelope.h"

namespace hotaru::sim {

namespace {

/// "8-4-4-4-12" hexadecimal digits, as AWS's request ids are.
std::string new_request_id(Random& random) {
  return fmt::format("{}-{}-4{}-a{}-{}", random.hex(8), random.hex(4), random.hex(3), random.hex(3), random.hex(12));
}

/// The form of a call: its body, and its query, which a GET or presigned call uses.
Parameters parameters_of(const http::ServerRequest& request) {
  std::vector<std::string> parts;
  for (const std::string& one : split(request.query, '&')) {
    if (!one.empty() && !one.starts_with("X-Amz-")) parts.push_back(one);
  }
  if (request.method == "POST" && !request.body.empty()) parts.push_back(request.body);
  return Parameters(join(parts, "&"));
}

http::Response plain(int status, std::string text) {
  return {status, {{"Content-Type", "text/plain; charset=utf-8"}}, std::move(text)};
}

const catalog::Region* find_region(const std::string& name) {
  for (const catalog::Region& region : catalog::regions()) {
    if (region.name == name) return &region;
  }
  return nullptr;
}

/// EC2 answers calls for regions that do not exist, or that the account has not enabled, as it answers wrong keys.
Refusal check_region(Caller& caller) {
  const catalog::Region* region = find_region(caller.region);
  if (caller.service == "sts") {
    if (!region) caller.region = "us-east-1";  // "aws-global"
    return std::nullopt;
  }
  if (region && !region->opt_in) return std::nullopt;
  return ApiError{401, "AuthFailure", "AWS was not able to validate the provided access credentials"};
}

std::unexpected<ApiError> cannot_keep(const Error& error) {
  return refuse("InternalError",
                trim(fmt::format("The sim cannot write down its state, so nothing was changed: {} {}",
                                 sentence(error.message), sentence(error.hint))),
                500);
}

}  // namespace

http::Response Endpoint::handle(const http::ServerRequest& request) {
  const std::string request_id = new_request_id(world_.random());
  http::Response response = answer(request, request_id);
  response.headers.emplace_back("Date", http_date(world_.now()));
  response.headers.emplace_back("Server", "hotaru-sim");
  response.headers.emplace_back("x-amzn-RequestId", request_id);
  return response;
}

http::Response Endpoint::answer(const http::ServerRequest& request, const std::string& request_id) {
  const std::string service = claimed_service(request);
  if (service.empty() && request.method == "GET" && request.query.empty()) {
    if (request.path == "/") return plain(200, "hotaru sim\n");
    if (request.path == "/checkip") {
      return plain(200, (machines_ ? machines_->caller_address() : "127.0.0.1") + "\n");
    }
    return plain(404, "not found\n");
  }
  auto caller = authenticate(request, config_.secrets, world_.now());
  if (!caller) return failure(service, caller.error(), request_id);
  return call(*caller, request, request_id);
}

http::Response Endpoint::call(const Caller& verified, const http::ServerRequest& request,
                              const std::string& request_id) {
  Caller caller = verified;
  const std::string& service = caller.service;
  if (service != "ec2" && service != "sts") {
    return failure(service, {400, "UnknownOperationException", "The sim does not have this service's operations."},
                   request_id);
  }
  if (auto no = check_region(caller)) return failure(service, *no, request_id);
  const Parameters parameters = parameters_of(request);
  const std::string name = parameters.text("Action");
  if (name.empty()) {
    return failure(service, {400, "MissingAction", "The request must contain the parameter Action"}, request_id);
  }
  const Action* action = find_action(service, name);
  if (!action) {
    return failure(service,
                   {400, "InvalidAction",
                    fmt::format("The action {} is not valid for this web service. (simulated by hotaru)", name)},
                   request_id);
  }
  auto result = perform(*action, caller, parameters, request_id);
  if (!result) return failure(service, result.error(), request_id);
  return success(service, name, *result, request_id);
}

ApiResult<Xml> Endpoint::perform(const Action& action, const Caller& caller, const Parameters& parameters,
                                 const std::string& request_id) {
  std::vector<std::function<void()>> later;
  ApiResult<Xml> result;
  {
    auto lock = world_.lock();
    // On a full disk what is known can be told, but nothing may change that a restart would forget.
    const bool only_tells = action.name.starts_with("Describe") || action.name.starts_with("Get");
    if (auto written = lock.commit(); !written && !only_tells) return cannot_keep(written.error());
    Context context{world_,        world_.region(config_.account_id, caller.region),
                    machines_,     config_.account_id,
                    caller.region, caller.access_key_id,
                    request_id};
    result = action.handler(context, parameters);
    if (auto written = lock.commit(); !written && !only_tells) {
      lock.take_back();
      return cannot_keep(written.error());
    }
    later = std::move(context.later);
  }
  for (const auto& work : later) work();
  return result;
}

}  // namespace hotaru::sim
