#pragma once

#include <atomic>
#include <functional>
#include <future>
#include <memory>
#include <optional>

#include "lifecycle/transaction.h"

namespace hotaru::lifecycle {

/// What a launch needs in one region, made ready on a thread of its own, with a journal and a memory of its own: a
/// transaction for each region, so that whatever happens each is settled by itself.
class Foothold {
 public:
  /// Plans for the places and prepares; `base` and what it refers to must outlive it. Deferred to `ready` where the
  /// context wants one thing after the other.
  static std::unique_ptr<Foothold> begin(Context& base, const LaunchPlan& like, std::vector<Place> places);
  ~Foothold();
  Foothold(const Foothold&) = delete;
  Foothold& operator=(const Foothold&) = delete;

  /// Waits for it; from here on its progress is shown.
  Result<void> ready();
  /// After `ready` has succeeded. `on_refusal`: told of each place that says no.
  Result<Launched> launch(std::function<void()> on_refusal);
  /// Removes what was made; the error comes back with what became of it. After `ready`.
  Error give_up(const Error& why);
  /// The same for one that nobody needs any more, without a word; waits for it.
  void withdraw();
  const std::string& region() const { return places_.front().region; }
  std::vector<Refusal> refusals() const;

 private:
  Foothold(Context& base, std::vector<Place> places) : base_(base), places_(std::move(places)) {}
  Result<void> open();
  Result<void> prepare(const LaunchPlan& like);

  Context& base_;
  std::vector<Place> places_;
  std::optional<store::Journal> journal_;
  std::optional<store::Known> known_;
  std::optional<Context> context_;
  std::optional<Transaction> transaction_;
  std::atomic<bool> shown_{false};
  std::future<Result<void>> work_;
  bool settled_ = false;  ///< launched, or given up
};

}  // namespace hotaru::lifecycle
