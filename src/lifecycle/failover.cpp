#include <fmt/format.h>

#include <algorithm>
#include <exception>

#include "lifecycle/foothold.h"
#include "lifecycle/transaction.h"

namespace hotaru::lifecycle {
namespace {

/// Places in their order, cut where the region changes: a launch has its name, key and image in one region.
std::vector<std::vector<Place>> by_region(const std::vector<Place>& places) {
  std::vector<std::vector<Place>> runs;
  for (const Place& place : places) {
    if (runs.empty() || runs.back().back().region != place.region) runs.emplace_back();
    runs.back().push_back(place);
  }
  return runs;
}

/// What was tried, for the last word: "3 offers in 2 regions said no".
Error all_refused(Error error, const std::vector<Refusal>& refusals) {
  if (refusals.size() < 2) return error;
  std::vector<std::string> regions;
  for (const Refusal& one : refusals)
    if (std::ranges::find(regions, one.place.region) == regions.end()) regions.push_back(one.place.region);
  error.message = fmt::format("{} offers in {} region{} said no, the last one: {}", refusals.size(), regions.size(),
                              regions.size() == 1 ? "" : "s", error.message);
  return error;
}

/// The regions of a launch, one after the other. From the first refusal on, what the next ones need is made ready
/// meanwhile, and what a region that refused had is removed behind it.
class Failover {
 public:
  Failover(Context& context, const LaunchPlan& plan)
      : context_(context), plan_(plan), runs_(by_region(plan.places)), footholds_(runs_.size()) {}
  ~Failover() {
    if (std::uncaught_exceptions() == 0) clear();  // a bug is not made worse: the journal has everything
  }
  Failover(const Failover&) = delete;
  Failover& operator=(const Failover&) = delete;

  Result<Launched> run() {
    Error last;
    for (std::size_t index = 0; index < runs_.size(); ++index) {
      reach(index);
      auto launched = try_region(index);
      if (launched) {
        launched->refusals = refusals_;
        return launched;
      }
      last = launched.error();
      if (ends_all(last)) return launched;
    }
    clear();
    return std::unexpected(all_refused(last, refusals_));
  }

 private:
  // To make a region ready takes six calls, to be refused by it two: two that are begun before their turn, and one that
  // is ready when it comes.
  static constexpr std::size_t ahead = 3;

  /// A region that could not be prepared (closed, without a default VPC) is passed by; a launch that failed for another
  /// reason than room is not repeated elsewhere.
  bool ends_all(const Error& error) const {
    if (moves_on(error)) return false;
    return launch_failed_ || error.kind == ErrorClass::interrupted || error.kind == ErrorClass::conflict ||
           error.kind == ErrorClass::io || error.kind == ErrorClass::internal;
  }

  void reach(std::size_t index) {
    if (index < runs_.size() && !footholds_[index]) footholds_[index] = Foothold::begin(context_, plan_, runs_[index]);
  }

  Result<Launched> try_region(std::size_t index) {
    Foothold& here = *footholds_[index];
    launch_failed_ = false;
    auto ready = here.ready();
    if (!ready) return leave(index, ready.error());
    auto launched = here.launch([this, index] {
      for (std::size_t next = index + 1; next <= index + ahead; ++next) reach(next);
    });
    const auto refused = here.refusals();
    refusals_.insert(refusals_.end(), refused.begin(), refused.end());
    if (launched) return launched;
    launch_failed_ = true;
    return leave(index, launched.error());
  }

  /// The last region is left before the user's eyes; of others the removal goes on beside the next launch.
  Result<Launched> leave(std::size_t index, const Error& why) {
    if (index + 1 == runs_.size() || ends_all(why)) return std::unexpected(footholds_[index]->give_up(why));
    context_.progress(
        {"refused", fmt::format("Nothing in {} ({}); going on to {}", runs_[index].front().region,
                                why.code.empty() ? why.message : why.code, runs_[index + 1].front().region)});
    withdraw(std::move(footholds_[index]));
    return std::unexpected(why);
  }

  void withdraw(std::unique_ptr<Foothold> foothold) {
    if (!foothold) return;
    const auto when = context_.one_by_one ? std::launch::deferred : std::launch::async;
    leaving_.push_back(std::async(when, [one = std::move(foothold)] { one->withdraw(); }));
    if (context_.one_by_one) leaving_.back().wait();
  }

  /// Nothing prepared is left.
  void clear() {
    for (auto& foothold : footholds_) withdraw(std::move(foothold));
    for (auto& one : leaving_) one.wait();
    leaving_.clear();
  }

  Context& context_;
  const LaunchPlan& plan_;
  std::vector<std::vector<Place>> runs_;
  std::vector<std::unique_ptr<Foothold>> footholds_;
  std::vector<std::future<void>> leaving_;
  std::vector<Refusal> refusals_;
  bool launch_failed_ = false;
};

/// One region, with what was planned for it: nothing is asked again.
Result<Launched> launch_in_one_region(Context& context, const LaunchPlan& launch_plan) {
  Transaction transaction(context, launch_plan);
  auto ready = transaction.prepare();
  auto launched = ready ? transaction.launch() : Result<Launched>(pass(ready));
  if (launched) return launched;
  const auto refusals = transaction.refusals();
  auto given_up = transaction.give_up(launched.error());
  if (!given_up) return std::unexpected(all_refused(given_up.error(), refusals));
  return given_up;
}

}  // namespace

Result<Launched> launch(Context& context, const LaunchPlan& launch_plan) {
  if (launch_plan.existing) {
    auto located = locate(context, {launch_plan.existing->id, launch_plan.existing->region});
    if (!located) return pass(located);
    return bring_up(context, *located, start_request_of(launch_plan.request));
  }
  if (by_region(launch_plan.places).size() < 2) return launch_in_one_region(context, launch_plan);
  return Failover(context, launch_plan).run();
}

}  // namespace hotaru::lifecycle
