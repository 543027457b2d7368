#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"

/// What a scenario file says (docs/sim.md, "Scenarios"), as plain values. Times count from the loading of the scenario,
/// on the sim's clock; names (region, action, type, zone) may have `*` and `?`.
namespace hotaru::sim {

/// To what a rule applies, and when.
struct When {
  int line = 0;  ///< of the rule in its file, from 1
  std::string region = "*";
  double rate = 1;                         ///< the share of what matches that it befalls, 0 to 1
  std::optional<std::int64_t> times = {};  ///< at most so often; nullopt: without limit
  Duration from{0};
  std::optional<Duration> until = {};
};

struct LatencyRule {
  When when;
  std::string action = "*";
  Duration time{0};
  Duration jitter{0};  ///< up to so much more
};

struct ErrorRule {
  When when;
  std::string action = "*";
  int status = 400;
  std::string code;
  std::string message;
};

/// Done, and not answered: the connection closes.
struct LostReplyRule {
  When when;
  std::string action = "*";
};

/// A token bucket for each region and each action that matches.
struct BucketRule {
  int line = 0;
  std::string action = "*";
  double burst = 1;
  double per_second = 1;
  bool by_instance = false;  ///< a token for each instance of the call instead of one for the call
};

/// Launched or started with success, and dead before it runs (or so long afterwards).
struct DeathRule {
  When when;
  std::string type = "*";
  std::string zone = "*";
  Duration after{0};
  std::string code;
  std::string message;
};

struct BootRule {
  When when;
  std::string type = "*";
  std::string zone = "*";
  std::optional<Duration> takes = {};  ///< before it begins to boot; nullopt: it never does
  bool unarmed = false;                ///< its guard, if it has one, does not arm (null kind)
};

/// Status checks that fail, while it holds.
struct CheckRule {
  When when;  ///< without rate and times
  std::string type = "*";
  std::string zone = "*";
  bool instance = true;
  bool system = true;
};

/// A stop, or a termination, that does not come to its end by itself, or not soon.
struct StopRule {
  When when;
  std::string type = "*";
  std::string zone = "*";
  std::optional<Duration> takes = {};  ///< nullopt: it hangs until it is forced
};

struct CapacityRule {
  When when;  ///< without rate and times
  std::string type = "*";
  std::string zone = "*";
  std::string market = "*";  ///< "on-demand", "spot"
  std::int64_t instances = 0;
};

struct QuotaRule {
  int line = 0;
  std::string region = "*";
  std::string family;  ///< of catalog::quota_families(); "p" is all P where it is not told apart; "*"
  std::string market = "on-demand";
  std::int64_t vcpus = 0;
};

/// What becomes of a request for a higher quota, and when.
struct QuotaDecision {
  int line = 0;
  std::string region = "*";
  std::string family = "*";
  std::string market = "*";
  std::string status;  ///< as Service Quotas says it: "APPROVED", "DENIED", "CASE_OPENED" …
  Duration after{0};   ///< since the request
};

/// What a type costs an hour, where EC2's own price is not to be told.
struct PriceRule {
  int line = 0;
  std::string region = "*";
  std::string zone = "*";  ///< of the spot price
  std::string type = "*";
  std::optional<double> on_demand = {};
  std::optional<double> spot = {};
};

/// Which regions the account can use, beyond what an account is born with; names may have wildcards.
struct RegionRule {
  std::vector<std::string> enabled = {};
  std::vector<std::string> disabled = {};
};

struct ClockRule {
  struct Jump {
    Duration at{0};
    Duration by{0};
  };
  double speed = 1;
  std::vector<Jump> jumps = {};
};

/// How late, at most, Describe… actions see what was changed.
struct Lateness {
  Duration reads{0};
  Duration tags{0};
  bool any() const { return reads.count() > 0 || tags.count() > 0; }
};

struct Scenario {
  std::uint64_t seed = 1;
  ClockRule clock;
  std::vector<LatencyRule> latency;
  bool throttled_as_ec2 = false;  ///< by the buckets that EC2 documents
  std::vector<BucketRule> throttling;
  std::vector<ErrorRule> errors;
  std::vector<LostReplyRule> lost_replies;
  Lateness late;
  std::vector<DeathRule> deaths;
  std::vector<BootRule> boots;
  std::vector<CheckRule> checks;
  std::vector<StopRule> stops;
  std::vector<CapacityRule> capacity;
  std::vector<QuotaRule> quotas;
  bool new_account = false;  ///< where no rule says otherwise, the quotas are those of a new account
  std::vector<QuotaDecision> quota_requests;
  std::vector<PriceRule> prices;
  RegionRule regions;
  bool subscribed = false;  ///< to what AWS Marketplace sells
};

/// `invalid` with "NAME, line N: what is wrong" for what is no scenario.
Result<Scenario> parse_scenario(const std::string& yaml, const std::string& name);

/// "1.5s", "250ms", "10m", "2h", "1d", "-1h"; nullopt for anything else.
std::optional<Duration> parse_duration(const std::string& text);

}  // namespace hotaru::sim
