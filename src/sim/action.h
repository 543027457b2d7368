#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "sim/api_error.h"
#include "sim/iam/principal.h"
#include "sim/json_input.h"
#include "sim/json_object.h"
#include "sim/machine.h"
#include "sim/parameters.h"
#include "sim/world.h"
#include "sim/xml.h"

namespace hotaru::sim {

/// What an action works on. The world's lock is held for as long as the action runs.
struct Context {
  World& world;
  RegionState& state;  ///< of the caller's account and region
  Machines* machines;  ///< nullptr: there are none
  std::string account_id;
  std::string region;
  std::string access_key_id;
  std::string request_id;
  /// Work to be done after the lock was dropped and before the answer goes out, in order: whatever asks the machines
  /// for something that takes time. It takes the world's lock itself where it needs it.
  std::vector<std::function<void()>> later = {};
  Principal caller = {};

  TimePoint now() const { return world.now(); }
  std::string new_id(const std::string& prefix) const { return world.new_id(prefix); }
};

/// An action: the inside of its <NAMEResponse> element (without requestId), or EC2's refusal. Reads all its parameters,
/// then asks `parameters.finish()`, then checks, then `dry_run(parameters)`, and only then changes anything.
using Handler = ApiResult<Xml> (*)(Context& context, const Parameters& parameters);

struct Action {
  std::string_view service;  ///< "ec2", "sts": as in the credential scope
  std::string_view name;
  Handler handler;
};

/// From the list in actions.cpp; nullptr if there is none.
const Action* find_action(std::string_view service, std::string_view name);

/// An action of a service that speaks JSON. Reads all its input, then asks `input.finish()`, then checks, and only then
/// changes anything.
using JsonHandler = ApiResult<JsonObject> (*)(Context& context, const JsonInput& input);

struct JsonAction {
  std::string_view service;  ///< "ssm", "monitoring" …: as in the credential scope
  std::string_view name;
  JsonHandler handler;
};

/// From the list in json_actions.cpp; nullptr if there is none.
const JsonAction* find_json_action(std::string_view service, std::string_view name);
/// What X-Amz-Target begins with, before its dot: "AmazonSSM"; "" for a service that does not speak JSON here.
std::string_view json_target_of(std::string_view service);

/// With DryRun=true: DryRunOperation, which is EC2's way to say that all was well.
Refusal dry_run(const Parameters& parameters);

/// The answer of an action that has nothing to say but that it was done.
Xml done();

}  // namespace hotaru::sim
