#pragma once

#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "aws/ec2.h"
#include "base/clock.h"
#include "base/result.h"
#include "guard/guard.h"
#include "lifecycle/context.h"
#include "market/market.h"
#include "ssh/ssh.h"
#include "store/known.h"

/// From nothing to an instance and back: journaled effects. The order of the launch is the design ("The launch
/// transaction" in docs); errors carry a sentence, a hint and a class.
namespace hotaru::lifecycle {

/// What the user says of limits. A time runs from the launch on, or from now where the instance is there already.
struct LimitWish {
  std::optional<Duration> time;
  std::optional<TimePoint> until;
  std::optional<Duration> idle;
  std::optional<guard::MicroUsd> budget;  ///< of all that it costs, from its launch on
  std::optional<guard::End> then;         ///< nullopt: stop, or as it was
  bool no_time = false;                   ///< away with the one that it has; so the next two
  bool no_idle = false;
  bool no_budget = false;
  bool proposed = false;  ///< not said by the user: for a new instance alone
  bool any() const { return time || until || idle || budget || then || no_time || no_idle || no_budget; }
};

/// What the user asked for. Empty fields mean "choose for me".
struct Request {
  std::string name;               ///< [a-z0-9-]; "": one is made up
  std::string type;               ///< "g4dn.xlarge"
  std::string region;             ///< "": the context's
  std::string zone;               ///< "us-east-1a" or "use1-az1"
  std::string image;              ///< a family, a name, "resolve:ssm:…" or "ami-…"; "": what fits the type
  std::string user;               ///< login; "": the image's own
  int disk_gib = 0;               ///< 0: 64, or the image's own size where that is more
  std::string subnet;             ///< "subnet-…"; "": the default VPC's
  std::string key_file;           ///< an existing public key instead of ours
  std::string role;               ///< instance profile, name or ARN
  std::vector<std::string> from;  ///< CIDRs let in to port 22; empty: the caller's own address
  bool spot = false;              ///< one time: terminated when EC2 takes it back
  bool create_default_vpc = false;
  LimitWish limits;                ///< none: it bills until it is ended
  bool dry_run = false;            ///< the plan also asks EC2 whether the name is in use
  bool wait = true;                ///< false: connect to nothing, return once EC2 has accepted the launch
  Duration patience{15 * 60'000};  ///< how long to wait until it can be logged in to
};

struct HourlyPrice {
  double usd = 0;
  std::string as_of;       ///< "2025-04-04"
  bool estimated = false;  ///< not EC2's own figure
};

/// An offer as a launch may try it.
struct Place {
  std::string type;
  std::string region;
  std::string zone_id;
  bool spot = false;
  std::optional<HourlyPrice> price = {};
};

/// A place that said no.
struct Refusal {
  Place place;
  std::string code;  ///< EC2's: "InsufficientInstanceCapacity"
  std::string message;
};

/// An image as far as a launch needs it.
struct ImageChoice {
  std::string id;
  std::string name;
  std::string family;  ///< as asked for
  std::string root_device;
  int root_gib = 0;
  std::vector<std::string> ebs_devices;
  std::string architecture;
  std::string user;          ///< its login
  std::string boot_mode;     ///< "uefi", "legacy-bios", "uefi-preferred"; "" if it does not say
  bool ena = true;           ///< its kernel knows ENA
  bool marketplace = false;  ///< a product: needs a subscription, and its software has a price of its own
};

struct SubnetChoice {
  std::string id;  ///< "" while the default VPC is yet to be created
  std::string vpc_id;
  std::string zone;
  std::string zone_id;
};

/// All that is decided before anything is changed; for printing, asking, and --dry-run.
struct LaunchPlan {
  Request request;  ///< with name, type, region filled in
  ImageChoice image;
  SubnetChoice subnet;
  int disk_gib = 0;
  std::string gpu;                   ///< "1 × T4 (16 GB)"; "" without one or not in the catalogue
  std::optional<HourlyPrice> price;  ///< of the instance alone; nullopt: not in the catalogue
  std::vector<std::string> from;     ///< CIDRs that will be let in
  std::string key_name;
  std::string identity;              ///< private key file; "": ssh's own defaults
  std::string group_name;            ///< "hotaru-NAME"
  std::vector<std::string> creates;  ///< sentences: "security group hotaru-…, open to 198.51.100.7/32 on port 22"
  std::vector<std::string> exists;   ///< sentences: "key pair hotaru-… is there"
  std::optional<store::KnownInstance> existing;  ///< an instance of that name is known already
  std::vector<std::string> limit_notes;          ///< what of the limits cannot be had: "no CloudWatch alarm: …"
  /// Where it is tried, one after the other, until one has room. The plan describes the first one.
  std::vector<Place> places;
};

/// An instance for people and for JSON.
struct Facts {
  std::string name;   ///< hotaru's name, else the tag Name
  bool ours = false;  ///< made by hotaru
  std::string id;
  std::string region;
  std::string zone;
  std::string type;
  std::string gpu;  ///< "1 × T4 (16 GB)"; ""
  std::string state;
  std::string state_reason;
  std::string address;  ///< public
  std::string private_address;
  std::string user;
  std::string image;
  std::string launch_time;
  std::string owner;
  std::string group_id;  ///< hotaru-NAME's
  std::string host_key;  ///< the tag
  std::string operation;
  std::vector<std::string> volumes;
  std::optional<HourlyPrice> price;
  guard::Limits limits;  ///< as its tags have them
};

using Timings = std::vector<std::pair<std::string, Duration>>;  ///< phase → how long

struct Launched {
  Facts facts;
  ssh::Target target;                  ///< address empty if it was not waited for
  bool existed = false;                ///< the name was there already; nothing was launched
  bool started = false;                ///< it was stopped and has been started
  bool ready = false;                  ///< a verified shell has run, and the guard is armed where there are limits
  std::optional<guard::Status> guard;  ///< as it was seen
  Timings timings;
  std::vector<Refusal> refusals;  ///< what was tried before, in this order
};

/// Resolves a request by reads alone: image, subnet, zone, type, price, address. Changes nothing, here or there. Where
/// `places` are given, type, region and zone of the request are those of the first; else all zones of the region that
/// have the type are tried.
Result<LaunchPlan> plan(Context& context, const Request& request, const std::vector<Place>& places = {});
/// Plan and launch are two steps so that the user can be asked in between. A place that has no room, or for which the
/// quota does not suffice, makes way for the next; never are there two instances for one request.
Result<Launched> launch(Context& context, const LaunchPlan& launch_plan);

/// What refused within the last ten minutes, on this machine: the next launch does not begin with it.
std::vector<market::Refused> refused_lately(Context& context);

struct ListRequest {
  std::vector<std::string> regions;  ///< empty: those in use (all enabled ones if nothing is known yet)
  bool all = false;                  ///< every instance of the account, not hotaru's alone
  bool everywhere = false;           ///< all enabled regions, whatever is known
};
struct RegionError {
  std::string region;
  Error error;
};
/// One thing that reconcile did or found.
struct Settled {
  std::string operation;
  std::string name;
  std::string region;
  bool kept = false;     ///< the instance exists and is kept
  bool pending = false;  ///< could not be finished now; will be tried again
  std::string text;      ///< one sentence for the user
};
struct Listing {
  std::vector<Facts> instances;     ///< by region and name; terminated ones are left out
  bool told = false;                ///< they were too many, and have been handed on as they came: `instances` is empty
  std::vector<Settled> settled;     ///< what other machines had left there and was removed (looked for once an hour)
  std::vector<RegionError> errors;  ///< regions that could not be read
  std::optional<Error> failure;     ///< why the end is missing, though some have been handed on
};
/// Given a part of many instances, sorted by region and name in itself; one part at a time, from any thread.
using TakeInstances = std::function<void(const std::vector<Facts>& part)>;
/// All regions at once. Up to a thousand instances are returned; of more, each part is given to `take` as its page
/// arrives, so that memory does not grow with their number (without a `take` all are returned). Fails only if every
/// region failed or the user interrupts, and nothing had been handed on.
Result<Listing> list(Context& context, const ListRequest& request, const TakeInstances& take = {});

/// Which instance: `name` is hotaru's name or an instance id; `region` may be "".
struct Which {
  std::string name;
  std::string region;
};
/// Asks EC2. `not_found` with the nearest known name; `conflict` if the name is in use in several regions.
Result<Facts> show(Context& context, const Which& which);
/// What a name stands for, before anything is done with it: from the cache if it is there (no call), else as `show`.
Result<store::KnownInstance> look_up(Context& context, const Which& which);
/// From the cache if it is there (no call), else as `show` does. For `ssh`: address, user, keys.
Result<ssh::Target> target(Context& context, const Which& which, bool refresh = false);

struct StartRequest {
  bool wait = true;
  Duration patience{15 * 60'000};
  LimitWish limits;  ///< in place of those that it has, as far as they are said
};
/// The code of the error that an instance's time limit has passed, so that it needs another one to be started.
inline constexpr const char* limit_passed = "LimitPassed";
Result<Launched> start(Context& context, const Which& which, const StartRequest& request = {});
Result<Facts> stop(Context& context, const Which& which, bool wait = true);
Result<Facts> reboot(Context& context, const Which& which);

/// Other limits for an instance that is there, as far as they are said. The tag is written first, then the alarms, then
/// its guard is told (running) or its user data changed (stopped). `unavailable` where its guard could not be told: it
/// keeps the earlier limits until it is.
struct Limited {
  Facts facts;
  guard::Limits before;
  std::optional<guard::Status> guard;  ///< nullopt: it is stopped
};
Result<Limited> limit(Context& context, const Which& which, const LimitWish& wish);
/// Its time limit, so much later; from now on if it has none or is past it.
Result<Limited> extend(Context& context, const Which& which, Duration time);
/// Not idle for so long.
Result<guard::Status> keep(Context& context, const Which& which, Duration time);
/// What its guard says now. Needs the way in.
Result<guard::Status> guard_status(Context& context, const Which& which);

struct Ended {
  std::string name;
  std::string id;
  std::string region;
  bool group_removed = false;
  bool was_gone = false;                       ///< it had been terminated before; what was left of it has been removed
  std::vector<std::string> kept_volumes = {};  ///< set to outlive the instance: they go on billing
  Timings timings;
};
/// Terminates, waits for `terminated`, removes the group, alias, host keys and what is known. Nothing that is not ours.
/// `force`: also where it is protected against that, or was not made by hotaru.
Result<Ended> end(Context& context, const Which& which, bool force = false);
/// The code of the error that an instance is protected (EC2's), and that it is not hotaru's.
inline constexpr const char* is_protected = "OperationNotPermitted";
inline constexpr const char* is_not_ours = "NotOurs";

/// Settles operations whose process died: called by every command that talks to the network. Costs no API call when the
/// journal has nothing pending. Failures are told as `pending`.
Result<std::vector<Settled>> reconcile(Context& context);
/// What other machines left in a region: groups whose deadline has passed and that no instance uses.
Result<std::vector<Settled>> reconcile_region(Context& context, const std::string& region);

/// The CIDR ("198.51.100.7/32") from which this machine is seen, by the checkip service.
Result<std::string> caller_address(Context& context);
struct Access {
  std::vector<std::string> allowed;  ///< as read, or cached; empty: nobody
  std::string current;
  bool open = true;  ///< `current` is let in
};
/// Whether the caller's address is (still) let in to port 22, by the group's rules as EC2 has them now (by what is
/// cached where they may not be read).
Result<Access> check_access(Context& context, const Which& which);
/// Lets the caller's present address (or `from`) in to port 22, and nobody else.
Result<Access> fix_access(Context& context, const Which& which, const std::vector<std::string>& from = {});

/// [a-z0-9-], begins with a letter, at most 40 characters; `invalid` else.
Result<void> check_name(const std::string& name);

}  // namespace hotaru::lifecycle
