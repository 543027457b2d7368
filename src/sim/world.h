#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/random.h"
#include "base/result.h"
#include "base/sqlite.h"
#include "sim/alarms/alarm_clock.h"
#include "sim/iam/model.h"
#include "sim/indexes.h"
#include "sim/launching/model.h"
#include "sim/model.h"
#include "sim/network/model.h"

namespace hotaru::sim {

class LateReads;
class Script;

/// Which rows were changed and wait to be written, all in one transaction. Without a database they are dropped.
class RowStore {
 public:
  struct Key {
    std::string account;
    std::string region;
    std::string kind;
    std::string id;
    auto operator<=>(const Key&) const = default;
  };
  /// `row` tells, when it is written, what a row is to be: nullopt if it is to go.
  using Row = std::function<std::optional<std::string>(const Key&)>;
  Result<void> attach(Database database, Row row);
  void changed(Key key) {
    if (database_) waiting_.insert(std::move(key));
  }

  /// Told of every change before it is made.
  class Watch {
   public:
    virtual ~Watch() = default;
    virtual bool wants_to_know() const = 0;
    /// `before`: what the object was; nullopt: it was not there.
    virtual void before_change(const Key& key, std::optional<std::string> before) = 0;
  };
  void watch(Watch* watch) { watch_ = watch; }
  /// The one who wants to know, or nullptr.
  Watch* watcher() const { return watch_ != nullptr && watch_->wants_to_know() ? watch_ : nullptr; }
  /// Writes what waits. After a failure it waits on, for the next flush.
  Result<void> flush();
  /// Drops what waits, and tells of each row what stands in the database: nullopt if it is not there.
  void take_back(const std::function<void(const Key&, const std::optional<std::string>& json)>& row);
  Result<void> load(const std::function<void(const Key&, const std::string& json)>& row);

 private:
  Result<void> write(const Key& key);
  std::optional<Database> database_;
  Row row_;
  std::optional<Statement> put_;
  std::optional<Statement> remove_;
  std::set<Key> waiting_;
  Watch* watch_ = nullptr;
};

/// The objects of one kind in one region, by id, written through to the store.
template <class T>
class Table {
 public:
  Table(RowStore& store, std::string account, std::string region, std::string kind)
      : store_(&store), account_(std::move(account)), region_(std::move(region)), kind_(std::move(kind)) {}

  /// nullptr if there is none. Valid until it is erased.
  const T* find(std::string_view id) const {
    const auto found = objects_.find(id);
    return found == objects_.end() ? nullptr : &found->second;
  }
  using Id = decltype(T::id);
  using Objects = std::map<Id, T, std::less<>>;
  const Objects& all() const { return objects_; }
  const Index<T>& index() const { return index_; }
  const T& put(T object) {
    note_before(object.id);
    store_->changed(key_of(object.id));
    return place(std::move(object));
  }
  /// Changes an object in place: `instances.modify(id, [](Instance& one) { … })`; false if there is none.
  template <class Change>
  bool modify(std::string_view id, Change change) {
    const auto found = objects_.find(id);
    if (found == objects_.end()) return false;
    note_before(id);
    index_.remove(found->second);
    change(found->second);
    index_.add(found->second);
    store_->changed(key_of(found->first));
    return true;
  }
  void erase(std::string_view id) {
    if (!objects_.contains(id)) return;
    note_before(id);
    store_->changed(key_of(id));
    take_away(id);
  }
  /// The object's row; nullopt if there is none.
  std::optional<std::string> row(std::string_view id) const {
    const T* found = find(id);
    return found ? std::optional(encode(*found)) : std::nullopt;
  }
  /// A row as the store has it (nullopt: it has none); not written again.
  void restore(std::string_view id, const std::optional<std::string>& json) {
    take_away(id);
    if (T object; json && decode(*json, object)) place(std::move(object));
  }
  /// The same for a while: what it gives back makes it as it was.
  std::function<void()> show(std::string_view id, const std::optional<std::string>& json) {
    const T* found = find(id);
    std::optional<T> now = found ? std::optional(*found) : std::nullopt;
    restore(id, json);
    return [this, id = std::string(id), now = std::move(now)] {
      take_away(id);
      if (now) place(*now);
    };
  }
  const std::string& kind() const { return kind_; }

 private:
  /// In place where it was there before: who holds a reference to it sees the change.
  const T& place(T object) {
    const auto found = objects_.find(object.id);
    if (found != objects_.end()) index_.remove(found->second);
    index_.add(object);
    if (found != objects_.end()) return found->second = std::move(object);
    const Id id = object.id;
    return objects_[id] = std::move(object);
  }
  RowStore::Key key_of(std::string_view id) const { return {account_, region_, kind_, std::string(id)}; }
  void take_away(std::string_view id) {
    const auto found = objects_.find(id);
    if (found == objects_.end()) return;
    index_.remove(found->second);
    objects_.erase(found);
  }
  void note_before(std::string_view id) {
    RowStore::Watch* watch = store_->watcher();
    if (watch == nullptr) return;
    watch->before_change(key_of(id), row(id));
  }

  RowStore* store_;
  std::string account_;
  std::string region_;
  std::string kind_;
  Objects objects_;
  Index<T> index_;
};

/// One region of one account.
struct RegionState {
  RegionState(RowStore& store, const std::string& account, const std::string& region);

  std::string account;
  std::string region;
  Table<Vpc> vpcs;
  Table<Subnet> subnets;
  Table<InternetGateway> internet_gateways;
  Table<RouteTable> route_tables;
  Table<NetworkAcl> network_acls;
  Table<ElasticAddress> elastic_addresses;
  Table<DhcpOptions> dhcp_options;
  Table<PlacementGroup> placement_groups;
  Table<SecurityGroup> security_groups;
  Table<KeyPair> key_pairs;
  Table<Instance> instances;
  Table<Volume> volumes;
  Table<VolumeModification> volume_modifications;
  Table<Snapshot> snapshots;
  Table<Image> images;  ///< the account's own
  Table<Setting> settings;
  Table<NetworkInterface> network_interfaces;
  Table<ResourceTags> resource_tags;
  Table<QuotaChange> quota_changes;
  Table<LaunchTemplate> launch_templates;
  Table<Fleet> fleets;
  Table<Alarm> alarms;
  Table<Usage> usages;
  Table<StoredParameter> parameters;
  Table<SpotRequest> spot_requests;
  Table<PushedKeys> pushed_keys;
  // Of the account and no region: used in World::global alone.
  Table<Account> accounts;
  Table<Role> roles;
  Table<InstanceProfile> instance_profiles;
  Table<User> users;
  Table<AccessKey> access_keys;
  Table<ManagedPolicy> policies;
  AlarmClock alarm_clock;

  /// The tags of any resource, empty if it has none.
  const std::map<std::string, std::string>& tags_of(std::string_view id) const;
  /// Adds to (or replaces in) the tags of a resource.
  void add_tags(std::string_view id, const std::map<std::string, std::string>& tags);
  void remove_tags(std::string_view id) { resource_tags.erase(id); }
  const Vpc* default_vpc() const;

  /// Makes the object of a row what the row says (nullopt: removes it), without a word to the store.
  void restore(const RowStore::Key& key, const std::optional<std::string>& json);
  /// The same for a while: what it gives back makes it as it was.
  std::function<void()> show(const RowStore::Key& key, const std::optional<std::string>& json);
  /// An object's row as it is; nullopt if there is none.
  std::optional<std::string> row(const RowStore::Key& key);
  /// What was known of the machines is not to be relied on: the next settling asks all of them.
  bool ask_all_machines = true;

 private:
  /// Does something with the table of a kind, if there is one.
  template <class Work>
  void with_table(std::string_view kind, Work work);
};

/// A region as somebody sees it who reads late: for as long as this lives, under the lock, RegionState is what it was.
class LateView {
 public:
  LateView() = default;
  ~LateView();
  LateView(const LateView&) = delete;
  LateView& operator=(const LateView&) = delete;
  void show(RegionState& state, const RowStore::Key& key, const std::optional<std::string>& json) {
    back_.push_back(state.show(key, json));
  }

 private:
  std::vector<std::function<void()>> back_;
};

/// All that the sim knows, per account and region, kept in a SQLite file so that it survives the process.
///
/// Everything below `lock()` needs the lock held. It is recursive; what was changed is written when the outermost one
/// goes. Machines must not hold a lock of their own while they tell of a change (a listener takes this lock), and slow
/// work on machines does not belong under it: see Context::later.
class World {
 public:
  /// Loads what is there. An empty path keeps all in memory only.
  ~World();
  static Result<std::unique_ptr<World>> open(const std::filesystem::path& path, Clock& clock, Random& random);

  class Lock {
   public:
    explicit Lock(World& world);
    ~Lock();
    Lock(const Lock&) = delete;
    Lock& operator=(const Lock&) = delete;
    /// Writes what was changed so far.
    Result<void> commit();
    /// After a commit that failed: what was changed since the last one that did not is as it was then. No reference
    /// into the world outlives it.
    void take_back();

   private:
    World& world_;
    std::unique_lock<std::recursive_mutex> held_;
  };
  Lock lock() { return Lock(*this); }
  /// From here on changes are seen late where the script says so. It must outlive this.
  void follow(Script& script);
  Script* script() const { return script_; }
  /// Whether some changes may be hidden from who reads.
  bool reads_late() const { return store_.watcher() != nullptr; }
  /// Makes the region what a Describe… action sees now, if that differs from how it is; else nullptr.
  std::unique_ptr<LateView> late_view(RegionState& state);

  /// Held while groups' rules are read and applied to machines; taken before `lock()`, never under it.
  std::mutex& firewall_order() { return firewall_order_; }
  /// The same while attachments are read and made so on machines.
  std::mutex& disk_order() { return disk_order_; }

  /// The region's state; at its first use it is given a default VPC, as EC2 gives a new account one. The region must
  /// be one that the catalogue knows.
  RegionState& region(const std::string& account, const std::string& region);
  /// What an account has in no region (IAM); it has no VPC.
  RegionState& global(const std::string& account) { return bare_region(account, "aws-global"); }
  /// Made at the first call.
  const Account& account(const std::string& account);
  /// Those that were used so far.
  std::vector<RegionState*> regions();

  /// The public address that was given last, of any region; empty until this process has given one.
  std::string last_public_address;

  /// "i-0123456789abcdef0": the prefix ("i", "vpc", "sgr" …), and 17 hexadecimal digits that begin with 0.
  std::string new_id(const std::string& prefix);
  Clock& clock() { return clock_; }
  Random& random() { return random_; }
  TimePoint now() const { return clock_.now(); }

 private:
  std::mutex firewall_order_;
  std::mutex disk_order_;
  World(Clock& clock, Random& random);
  RegionState& bare_region(const std::string& account, const std::string& region);

  Clock& clock_;
  Random& random_;
  std::recursive_mutex mutex_;
  int depth_ = 0;
  RowStore store_;
  Script* script_ = nullptr;
  std::unique_ptr<LateReads> late_reads_;
  std::map<std::pair<std::string, std::string>, std::unique_ptr<RegionState>> regions_;
};

/// A region's zones as this sim maps them: name ("us-east-1a") and id ("use1-az1"), in order. (On EC2 the mapping
/// differs by account; here it is the same for all, and stable.)
struct Zone {
  std::string name;
  std::string id;
};
std::vector<Zone> zones_of(const std::string& region);

/// The group that every VPC has: all from its own members in, everything out.
SecurityGroup default_security_group(World& world, const std::string& vpc_id);

/// VPC 172.31.0.0/16 with a /20 subnet in every zone, internet gateway, main route table and default security group, as
/// EC2 documents default VPCs. Returns the VPC's id.
std::string make_default_vpc(World& world, RegionState& state);

}  // namespace hotaru::sim
