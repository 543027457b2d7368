#include "sim/endpoint.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "catalog/catalog.h"
#include "sim/cbor.h"
#include "sim/envelope.h"
#include "sim/iam/authorize.h"
#include "sim/iam/keys.h"
#include "sim/instances/life.h"
#include "sim/regions.h"
#include "sim/scenario/script.h"

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

/// What rules of a scenario look at. Reads no parameter, so that the action still answers for all of them.
CallFacts facts_of(const std::string& region, const std::string& action, const Parameters& parameters) {
  CallFacts facts{.region = region, .action = action, .instances = 0, .plain = true};
  for (const auto& [name, value] : parameters.all()) {
    if (name.starts_with("InstanceId.")) ++facts.instances;
    if (name.starts_with("Filter.") || name.find("Id.") != std::string::npos || name == "MaxResults")
      facts.plain = false;
  }
  auto most = parameters.all().find("MaxCount");
  if (most == parameters.all().end()) most = parameters.all().find("TargetCapacitySpecification.TotalTargetCapacity");
  if (facts.instances == 0 && most != parameters.all().end())
    facts.instances = std::max<std::int64_t>(0, parse_integer(most->second).value_or(0));
  return facts;
}

/// Which region's endpoint an unsigned request means: by Host ("ec2.eu-west-1.amazonaws.com"), or the first part of the
/// path; "" if neither says.
std::string region_asked(const http::ServerRequest& request) {
  for (const auto& part : split(http::header(request.headers, "Host"), '.'))
    if (find_region(part)) return part;
  const auto parts = split(request.path, '/');
  return parts.size() > 1 && find_region(parts[1]) ? parts[1] : "";
}

/// EC2 answers calls for regions that do not exist, or that the account has not enabled, as it answers wrong keys.
Refusal check_region(const World& world, Caller& caller) {
  const catalog::Region* region = find_region(caller.region);
  if (caller.service == "sts" || caller.service == "iam") {
    if (!region || caller.service == "iam") caller.region = "us-east-1";  // "aws-global"
    return std::nullopt;
  }
  if (region && region_enabled(world, *region)) return std::nullopt;
  return ApiError{401, "AuthFailure", "AWS was not able to validate the provided access credentials"};
}

/// By the policies of the caller; whose keys the sim made itself has none, and may do everything.
Refusal may(const Context& context, const std::string& service, const std::string& action,
            const Parameters& parameters) {
  if (context.caller.kind == Principal::Kind::owner) return std::nullopt;
  const auto resources = service == "ec2" ? resources_of(context, action, parameters.all())
                                          : resources_of_service(context, service, parameters.all());
  return authorize(context, iam_action(service, action), resources);
}

ApiError cannot_keep(const Error& error) {
  return {500, "InternalError",
          trim(fmt::format("The sim cannot write down its state, so nothing was changed: {} {}",
                           sentence(error.message), sentence(error.hint)))};
}

/// "GetParameter" of "AmazonSSM.GetParameter"; "" where the target is another service's, or there is none.
std::string json_operation(const http::ServerRequest& request, const std::string& service) {
  if (speaks_cbor(request)) return cbor_operation(request, json_target_of(service));
  const std::string target = http::header(request.headers, "X-Amz-Target");
  const std::string start = std::string(json_target_of(service)) + ".";
  return target.starts_with(start) ? target.substr(start.size()) : "";
}

std::optional<JsonInput> json_input(const http::ServerRequest& request) {
  if (!speaks_cbor(request)) return JsonInput::parse(request.body);
  const auto json = json_of_cbor(request.body);
  return json ? JsonInput::parse(*json) : std::nullopt;
}

}  // namespace

http::Response Endpoint::handle(const http::ServerRequest& request) {
  const std::string request_id = new_request_id(world_.random());
  http::Response response = answer(request, request_id);
  if (http::is_no_answer(response)) return response;
  if (speaks_cbor(request)) response = as_cbor(std::move(response));
  response.headers.emplace_back("Date", http_date(world_.now()));
  response.headers.emplace_back("Server", "hotaru-sim");
  response.headers.emplace_back("x-amzn-RequestId", request_id);
  return response;
}

http::Response Endpoint::answer(const http::ServerRequest& request, const std::string& request_id) {
  const std::string service = claimed_service(request);
  if (service.empty() && request.method == "GET" && request.query.empty()) {
    if (request.path == "/ping" || request.path.ends_with("/ping")) return ping(request);
    if (request.path == "/") return plain(200, "hotaru sim\n");
    if (request.path == "/checkip") {
      return plain(200, (machines_ ? machines_->caller_address() : "127.0.0.1") + "\n");
    }
    return plain(404, "not found\n");
  }
  auto caller =
      authenticate_with(request, [this](const KeyAsked& asked) { return find_secret(asked); }, signature_time());
  if (!caller) return failure(service, caller.error(), request_id);
  return call(*caller, request, request_id);
}

ApiResult<KeyFound> Endpoint::find_secret(const KeyAsked& asked) {
  const auto own = config_.secrets.find(asked.access_key_id);
  if (own != config_.secrets.end()) return KeyFound{own->second};
  const auto lock = world_.lock();
  return find_key(world_, config_.account_id, asked, signature_time());
}

TimePoint Endpoint::signature_time() const {
  return world_.script() != nullptr ? world_.script()->signature_time() : world_.now();
}

/// What EC2's endpoints answer to anybody; as late as a call of that region.
http::Response Endpoint::ping(const http::ServerRequest& request) {
  if (Script* script = world_.script())
    world_.clock().sleep(script->disturb({.region = region_asked(request), .action = "ping"}).delay);
  return plain(200, "healthy");
}

http::Response Endpoint::call(const Caller& verified, const http::ServerRequest& request,
                              const std::string& request_id) {
  Caller caller = verified;
  const bool speaks_json = !json_target_of(caller.service).empty();
  const bool speaks_query = caller.service == "ec2" || caller.service == "sts" || caller.service == "iam";
  if (!speaks_query && !speaks_json) {
    return failure(caller.service,
                   {400, "UnknownOperationException", "The sim does not have this service's operations."}, request_id);
  }
  if (auto no = check_region(world_, caller)) return failure(caller.service, *no, request_id);
  return speaks_json ? call_json(caller, request, request_id) : call_query(caller, request, request_id);
}

Disturbance Endpoint::disturb(const CallFacts& facts) {
  Script* script = world_.script();
  if (script == nullptr) return {};
  const Disturbance disturbance = script->disturb(facts);
  if (disturbance.delay.count() > 0) world_.clock().sleep(disturbance.delay);
  return disturbance;
}

http::Response Endpoint::call_query(const Caller& caller, const http::ServerRequest& request,
                                    const std::string& request_id) {
  const std::string& service = caller.service;
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
  const Disturbance disturbance = disturb(facts_of(caller.region, name, parameters));
  if (disturbance.refusal) return failure(service, *disturbance.refusal, request_id);
  Xml answer;
  const auto no = perform(name, caller, request_id, parameters, [&](Context& context) -> Refusal {
    auto result = action->handler(context, parameters);
    if (!result) return result.error();
    answer = *std::move(result);
    return std::nullopt;
  });
  if (disturbance.lost_reply) return http::no_answer();
  return no ? failure(service, *no, request_id) : success(service, name, answer, request_id);
}

http::Response Endpoint::call_json(const Caller& caller, const http::ServerRequest& request,
                                   const std::string& request_id) {
  const std::string& service = caller.service;
  const JsonAction* action = find_json_action(service, json_operation(request, service));
  if (!action) {
    return failure(service,
                   {400, "UnknownOperationException",
                    "This operation is none of the service's, or the simulator does not have it."},
                   request_id);
  }
  const auto input = json_input(request);
  if (!input) {
    return failure(service, {400, "SerializationException", "The body of the request is no JSON (or CBOR) object."},
                   request_id);
  }
  const std::string name(action->name);
  const Disturbance disturbance = disturb({.region = caller.region, .action = name, .instances = 0, .plain = true});
  if (disturbance.refusal) return failure(service, *disturbance.refusal, request_id);
  JsonObject answer;
  const auto no = perform(name, caller, request_id, Parameters(""), [&](Context& context) -> Refusal {
    auto result = action->handler(context, *input);
    if (!result) return result.error();
    answer = *std::move(result);
    return std::nullopt;
  });
  if (disturbance.lost_reply) return http::no_answer();
  return no ? failure(service, *no, request_id) : success(answer);
}

Refusal Endpoint::perform(std::string_view action, const Caller& caller, const std::string& request_id,
                          const Parameters& parameters, const std::function<Refusal(Context&)>& work) {
  std::vector<std::function<void()>> later;
  Refusal no;
  {
    auto lock = world_.lock();
    // On a full disk what is known can be told, but nothing may change that a restart would forget.
    const bool describes = action.starts_with("Describe");
    const bool only_tells = describes || action.starts_with("Get") || action.starts_with("List");
    if (auto written = lock.commit(); !written && !only_tells) return cannot_keep(written.error());
    RegionState& state = world_.region(config_.account_id, caller.region);
    Context context{world_,     state, machines_, config_.account_id, caller.region, caller.access_key_id,
                    request_id, {},    caller.who};
    no = may(context, caller.service, std::string(action), parameters);
    if (describes && world_.reads_late()) settle(context);
    if (const auto late_view = describes ? world_.late_view(state) : nullptr; !no && late_view) {
      // The machines are as they are now: whoever reads late does not ask them.
      Context late = context;
      late.machines = nullptr;
      late.later.clear();
      no = work(late);
    } else if (!no) {
      no = work(context);
    }
    if (auto written = lock.commit(); !written && !only_tells) {
      lock.take_back();
      return cannot_keep(written.error());
    }
    later = std::move(context.later);
  }
  for (const auto& one : later) one();
  return no;
}

}  // namespace hotaru::sim
