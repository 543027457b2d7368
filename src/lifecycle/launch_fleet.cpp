#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "lifecycle/choose.h"
#include "lifecycle/encode.h"
#include "lifecycle/find.h"
#include "lifecycle/names.h"
#include "lifecycle/transaction.h"
#include "lifecycle/waiting.h"

// From the first refusal of a region on, its other places are asked for in one call: EC2 tries them in our order.
namespace hotaru::lifecycle {
namespace {

constexpr Duration kCallPatience{2 * 60'000};  // for the same call with the same token
constexpr Duration kRefusedAge{24LL * 3600 * 1000};
constexpr const char* kNoFleet = "no-fleet";
constexpr std::size_t kFewest = 2;  // places: one is asked for by RunInstances, without a template

/// Not for this account, or not at this endpoint: places are asked for one by one.
bool is_not_to_be_had(const Error& error) {
  return error.kind == ErrorClass::unauthorized || error.kind == ErrorClass::unsupported ||
         error.kind == ErrorClass::invalid;
}

}  // namespace

std::size_t Transaction::fleet_size(std::size_t first) const {
  const auto& places = plan_.places;
  const auto kept = context_.known.fact(context_.scope, plan_.request.region, kNoFleet, kRefusedAge);
  if (first >= places.size() || (kept && *kept) || !plan_.request.subnet.empty()) return 0;
  const catalog::InstanceType* type = catalog::find_type(places[first].type);
  std::size_t count = 0;
  for (std::size_t index = first; index < places.size(); ++index, ++count) {
    const catalog::InstanceType* other = catalog::find_type(places[index].type);
    // One template has one image, and one fleet one market.
    const bool alike = type != nullptr && other != nullptr && other->arch == type->arch &&
                       places[index].spot == places[first].spot && !places[index].zone_id.empty();
    if (!alike || is_moot(places[index])) break;
  }
  return count >= kFewest ? count : 0;
}

Result<void> Transaction::make_template() {
  if (!remains_.template_id.empty()) return {};
  remains_.template_name = "hotaru-" + operation_.id;
  if (auto written = context_.journal.step(operation_.id, "template", ""); !written) return written;
  aws::RunInstances request = request_of(0);
  request.client_token = remains_.template_name;
  auto made = ec2_.create_launch_template(remains_.template_name, request,
                                          common_tags(plan_.request.name, owner_, operation_.id));
  if (!made) return pass(made);
  remains_.template_id = *made;
  return context_.journal.step(operation_.id, "template", *made);
}

Result<aws::CreateFleet> Transaction::fleet_of(std::span<const Place> places) {
  aws::CreateFleet request;
  request.launch_template_id = remains_.template_id;
  request.spot = places.front().spot;
  request.client_token = fmt::format("hotaru-{}-{}", operation_.id, attempt_);
  request.tags = request_of(attempt_).tags;
  int priority = 0;
  for (const Place& place : places) {
    Request there = plan_.request;
    there.zone = place.zone_id;
    auto subnet = choose_subnet(context_, there, place.region, place.type);
    if (!subnet) continue;  // the account has no default subnet there
    request.overrides.push_back(
        {.type = place.type, .subnet_id = subnet->id, .zone = "", .priority = priority++, .max_price = ""});
  }
  if (!request.overrides.empty()) return request;
  return fail(ErrorClass::not_found, fmt::format("There is no default subnet for it in {}.", plan_.request.region));
}

/// Until EC2 has given a definite answer, as for a launch of one.
Result<aws::FleetOutcome> Transaction::same_fleet_again(const aws::CreateFleet& request) {
  const Deadline deadline(context_.clock, kCallPatience);
  Pauses pauses(context_.clock, Duration{500});
  while (true) {
    auto outcome = ec2_.create_fleet(request);
    if (outcome || !is_passing(outcome.error()) || deadline.passed()) return outcome;
    context_.progress({"launch", "No answer yet; asking again: " + outcome.error().message});
    if (auto rested = pauses.rest(); !rested) return pass(rested);
  }
}

/// The place that an answer speaks of.
const Place* Transaction::place_of(std::span<const Place> places, const std::string& type,
                                   const std::string& subnet_id) {
  for (const Place& place : places) {
    Request there = plan_.request;
    there.zone = place.zone_id;
    const auto subnet = choose_subnet(context_, there, place.region, place.type);
    if (place.type == type && subnet && subnet->id == subnet_id) return &place;
  }
  return nullptr;
}

void Transaction::note_fleet_refusals(std::span<const Place> places, const aws::FleetOutcome& outcome) {
  for (const aws::FleetError& error : outcome.errors)
    if (const Place* place = place_of(places, error.type, error.subnet_id)) note_refusal(*place, error.error);
}

/// As much of the instance as is known before EC2 has been asked for it.
aws::Instance Transaction::instance_of(const aws::FleetInstance& launched, const Place& place) const {
  const aws::RunInstances request = request_of(attempt_);
  aws::Instance instance;
  instance.id = launched.id;
  instance.type = place.type;
  instance.state = "pending";
  instance.image_id = request.image_id;
  instance.key_name = request.key_name;
  instance.zone = plan_.subnet.zone;
  instance.vpc_id = plan_.subnet.vpc_id;
  instance.subnet_id = plan_.subnet.id;
  instance.launch_time = iso8601(context_.clock.now());
  instance.lifecycle = place.spot ? "spot" : "";
  instance.security_group_ids = request.security_group_ids;
  instance.tags = request.tags;
  return instance;
}

Result<Launched> Transaction::launch_fleet(std::span<const Place> places) {
  ++attempt_;
  if (auto made = make_template(); !made) return pass(made);
  auto request = fleet_of(places);
  if (!request) return pass(request);
  auto written = context_.journal.attempt(operation_.id, {attempt_, request->client_token, encode(*request), ""});
  if (!written) return pass(written);
  launch_asked_ = true;
  context_.progress(
      {"launch", fmt::format("Asking for {} offers in {} at once", request->overrides.size(), plan_.request.region)});
  auto outcome = same_fleet_again(*request);
  if (!outcome) return pass(outcome);
  note_fleet_refusals(places, *outcome);
  if (outcome->instances.empty()) {
    if (auto noted = context_.journal.attempt_ended(operation_.id, attempt_, "none"); !noted) return pass(noted);
    if (!outcome->errors.empty()) return std::unexpected(outcome->errors.back().error);
    return fail(ErrorClass::capacity, fmt::format("{} has none of them.", plan_.request.region));
  }
  const aws::FleetInstance& launched = outcome->instances.front();
  if (auto noted = context_.journal.attempt_ended(operation_.id, attempt_, launched.id); !noted) return pass(noted);
  const Place* place = place_of(places, launched.type, launched.subnet_id);
  if (place == nullptr) place = places.data();
  if (auto settled = settle_in(*place); !settled) return pass(settled);
  stopwatch_.mark("launch");
  return finish(instance_of(launched, *place));
}

bool Transaction::goes_without_fleet(const Error& error) {
  if (!is_not_to_be_had(error) || !remains_.instance_id.empty()) return false;
  (void)context_.known.set_fact(context_.scope, plan_.request.region, kNoFleet, error.code);
  return true;
}

}  // namespace hotaru::lifecycle
