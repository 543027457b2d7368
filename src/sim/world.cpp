#include "sim/world.h"

#include "catalog/catalog.h"
#include "sim/scenario/late_reads.h"
#include "sim/trouble.h"

namespace hotaru::sim {

Result<void> RowStore::attach(Database database, Row row) {
  database_ = std::move(database);
  row_ = std::move(row);
  // Rows lie in the order in which they came, so that those of one launch are neighbours however many there are; only
  // the index, of which a good part fits into the cache, is in the order of the random ids.
  if (auto sized = database_->execute("PRAGMA cache_size=-32768"); !sized) return sized;
  if (auto made = database_->execute(
          "CREATE TABLE IF NOT EXISTS object(account TEXT, region TEXT, kind TEXT, id TEXT, json TEXT NOT NULL, "
          "PRIMARY KEY(account, region, kind, id))");
      !made) {
    return made;
  }
  auto put = database_->prepare(
      "INSERT INTO object(account, region, kind, id, json) VALUES(?,?,?,?,?) "
      "ON CONFLICT(account, region, kind, id) DO UPDATE SET json=excluded.json");
  if (!put) return pass(put);
  auto remove = database_->prepare("DELETE FROM object WHERE account=? AND region=? AND kind=? AND id=?");
  if (!remove) return pass(remove);
  put_ = std::move(*put);
  remove_ = std::move(*remove);
  return {};
}

Result<void> RowStore::write(const Key& key) {
  const auto json = row_(key);
  Statement& statement = json ? *put_ : *remove_;
  statement.bind(1, key.account).bind(2, key.region).bind(3, key.kind).bind(4, key.id);
  if (json) statement.bind(5, *json);
  return statement.run();
}

Result<void> RowStore::flush() {
  if (waiting_.empty() || !database_) return {};
  auto done = database_->transaction([&]() -> Result<void> {
    for (const Key& key : waiting_)
      if (auto written = write(key); !written) return written;
    return {};
  });
  if (done) waiting_.clear();
  return done;
}

void RowStore::take_back(const std::function<void(const Key&, const std::optional<std::string>&)>& row) {
  const auto waiting = std::exchange(waiting_, {});
  if (waiting.empty()) return;
  auto select = database_->prepare("SELECT json FROM object WHERE account=? AND region=? AND kind=? AND id=?");
  for (const Key& key : waiting) {
    if (!select) return;
    select->bind(1, key.account).bind(2, key.region).bind(3, key.kind).bind(4, key.id);
    const auto found = select->step();
    if (!found) continue;
    row(key, *found ? std::optional(select->text(0)) : std::nullopt);
    if (*found) static_cast<void>(select->run());
  }
}

Result<void> RowStore::load(const std::function<void(const Key&, const std::string&)>& row) {
  auto all = database_->prepare("SELECT account, region, kind, id, json FROM object");
  if (!all) return pass(all);
  while (true) {
    auto more = all->step();
    if (!more) return pass(more);
    if (!*more) return {};
    row({all->text(0), all->text(1), all->text(2), all->text(3)}, all->text(4));
  }
}

RegionState::RegionState(RowStore& store, const std::string& of_account, const std::string& of_region)
    : account(of_account),
      region(of_region),
      vpcs(store, of_account, of_region, "vpc"),
      subnets(store, of_account, of_region, "subnet"),
      internet_gateways(store, of_account, of_region, "internet-gateway"),
      route_tables(store, of_account, of_region, "route-table"),
      network_acls(store, of_account, of_region, "network-acl"),
      elastic_addresses(store, of_account, of_region, "elastic-address"),
      dhcp_options(store, of_account, of_region, "dhcp-options"),
      placement_groups(store, of_account, of_region, "placement-group"),
      security_groups(store, of_account, of_region, "security-group"),
      key_pairs(store, of_account, of_region, "key-pair"),
      instances(store, of_account, of_region, "instance"),
      volumes(store, of_account, of_region, "volume"),
      volume_modifications(store, of_account, of_region, "volume-modification"),
      snapshots(store, of_account, of_region, "snapshot"),
      images(store, of_account, of_region, "image"),
      settings(store, of_account, of_region, "setting"),
      network_interfaces(store, of_account, of_region, "network-interface"),
      resource_tags(store, of_account, of_region, "tags"),
      quota_changes(store, of_account, of_region, "quota-change"),
      launch_templates(store, of_account, of_region, "launch-template"),
      fleets(store, of_account, of_region, "fleet"),
      alarms(store, of_account, of_region, "alarm"),
      usages(store, of_account, of_region, "usage"),
      parameters(store, of_account, of_region, "parameter"),
      spot_requests(store, of_account, of_region, "spot-request"),
      pushed_keys(store, of_account, of_region, "pushed-keys"),
      accounts(store, of_account, of_region, "account"),
      roles(store, of_account, of_region, "role"),
      instance_profiles(store, of_account, of_region, "instance-profile"),
      users(store, of_account, of_region, "user"),
      access_keys(store, of_account, of_region, "access-key"),
      policies(store, of_account, of_region, "policy") {}

const std::map<std::string, std::string>& RegionState::tags_of(std::string_view id) const {
  static const std::map<std::string, std::string> none;
  const ResourceTags* found = resource_tags.find(id);
  return found ? found->tags : none;
}

void RegionState::add_tags(std::string_view id, const std::map<std::string, std::string>& tags) {
  if (tags.empty()) return;
  ResourceTags now{id, tags_of(id)};
  for (const auto& [key, value] : tags) now.tags[key] = value;
  resource_tags.put(std::move(now));
}

const Vpc* RegionState::default_vpc() const {
  for (const auto& [id, vpc] : vpcs.all()) {
    if (vpc.is_default) return &vpc;
  }
  return nullptr;
}

template <class Work>
void RegionState::with_table(std::string_view kind, Work work) {
  const auto is_it = [&](auto& table) {
    if (table.kind() != kind) return false;
    work(table);
    return true;
  };
  (void)(is_it(vpcs) || is_it(subnets) || is_it(internet_gateways) || is_it(route_tables) || is_it(elastic_addresses) ||
         is_it(dhcp_options) || is_it(placement_groups) || is_it(security_groups) || is_it(key_pairs) ||
         is_it(instances) || is_it(volumes) || is_it(network_interfaces) || is_it(resource_tags) ||
         is_it(quota_changes) || is_it(launch_templates) || is_it(fleets) || is_it(alarms) || is_it(usages) ||
         is_it(parameters) || is_it(spot_requests) || is_it(pushed_keys) || is_it(accounts) || is_it(roles) ||
         is_it(instance_profiles) || is_it(users) || is_it(access_keys) || is_it(policies) ||
         is_it(volume_modifications) || is_it(snapshots) || is_it(images) || is_it(settings) || is_it(network_acls));
}

void RegionState::restore(const RowStore::Key& key, const std::optional<std::string>& json) {
  with_table(key.kind, [&](auto& table) { table.restore(key.id, json); });
  ask_all_machines = true;
}

std::function<void()> RegionState::show(const RowStore::Key& key, const std::optional<std::string>& json) {
  std::function<void()> back = [] {};
  with_table(key.kind, [&](auto& table) { back = table.show(key.id, json); });
  return back;
}

std::optional<std::string> RegionState::row(const RowStore::Key& key) {
  // A row of kind "region" says that the region was set up, so a deleted default VPC stays deleted.
  std::optional<std::string> json = key.kind == "region" ? std::optional<std::string>("{}") : std::nullopt;
  with_table(key.kind, [&](const auto& table) { json = table.row(key.id); });
  return json;
}

LateView::~LateView() {
  for (auto one = back_.rbegin(); one != back_.rend(); ++one) (*one)();
}

World::World(Clock& clock, Random& random) : clock_(clock), random_(random) {}
World::~World() = default;

void World::follow(Script& script) {
  script_ = &script;
  late_reads_ = std::make_unique<LateReads>(script);
  store_.watch(late_reads_.get());
}

std::unique_ptr<LateView> World::late_view(RegionState& state) {
  return late_reads_ ? late_reads_->view(state) : nullptr;
}

Result<std::unique_ptr<World>> World::open(const std::filesystem::path& path, Clock& clock, Random& random) {
  std::unique_ptr<World> world(new World(clock, random));
  if (path.empty()) return world;
  auto database = Database::open(path, Database::Durability::normal);
  if (!database) return pass(database);
  const auto row = [raw = world.get()](const RowStore::Key& key) {
    return raw->bare_region(key.account, key.region).row(key);
  };
  if (auto ready = world->store_.attach(std::move(*database), row); !ready) return pass(ready);
  auto loaded = world->store_.load([&](const RowStore::Key& key, const std::string& json) {
    world->bare_region(key.account, key.region).restore(key, json);
  });
  if (!loaded) return pass(loaded);
  return world;
}

World::Lock::Lock(World& world) : world_(world), held_(world.mutex_) { ++world_.depth_; }

World::Lock::~Lock() {
  // What cannot be written now waits for the next commit; whoever must know of it calls commit() before.
  if (--world_.depth_ == 0) note_trouble("keep the world", world_.store_.flush());
}

Result<void> World::Lock::commit() { return world_.store_.flush(); }

void World::Lock::take_back() {
  std::vector<RowStore::Key> never_used;
  world_.store_.take_back([&](const RowStore::Key& key, const std::optional<std::string>& json) {
    if (key.kind == "region" && !json) never_used.push_back(key);
    world_.bare_region(key.account, key.region).restore(key, json);
  });
  for (const RowStore::Key& key : never_used) world_.regions_.erase({key.account, key.region});
}

RegionState& World::bare_region(const std::string& account, const std::string& region) {
  auto& slot = regions_[{account, region}];
  if (!slot) slot = std::make_unique<RegionState>(store_, account, region);
  return *slot;
}

RegionState& World::region(const std::string& account, const std::string& region) {
  if (const auto found = regions_.find({account, region}); found != regions_.end()) return *found->second;
  RegionState& state = bare_region(account, region);
  store_.changed({account, region, "region", region});
  store_.watch(nullptr);  // a default VPC has always been there
  make_default_vpc(*this, state);
  store_.watch(late_reads_.get());
  return state;
}

const Account& World::account(const std::string& account) {
  auto& accounts = global(account).accounts;
  if (const Account* found = accounts.find(account)) return *found;
  return accounts.put({account, random_.hex(64), ""});
}

std::vector<RegionState*> World::regions() {
  std::vector<RegionState*> all;
  for (const auto& [key, state] : regions_) all.push_back(state.get());
  return all;
}

std::string World::new_id(const std::string& prefix) { return prefix + "-0" + random_.hex(16); }

std::vector<Zone> zones_of(const std::string& region) {
  std::vector<Zone> zones;
  char letter = 'a';
  for (const std::string& id : catalog::zone_ids(region)) zones.push_back({region + letter++, id});
  return zones;
}

}  // namespace hotaru::sim
