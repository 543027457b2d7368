#include "store/known.h"

#include <sys/stat.h>

#include <cstdint>
#include <utility>

#include "base/file.h"

namespace hotaru::store {
namespace {

constexpr Duration kLockPatience{5'000};

constexpr const char* kSchema = R"(
CREATE TABLE IF NOT EXISTS instances(
  scope TEXT NOT NULL, id TEXT NOT NULL, name TEXT NOT NULL, region TEXT NOT NULL, type TEXT NOT NULL,
  zone TEXT NOT NULL, state TEXT NOT NULL, address TEXT NOT NULL, user TEXT NOT NULL, identity TEXT NOT NULL,
  group_id TEXT NOT NULL, allowed TEXT NOT NULL, operation TEXT NOT NULL, host_key_renewed INTEGER NOT NULL,
  PRIMARY KEY(scope, id));
CREATE INDEX IF NOT EXISTS instances_seen ON instances(scope, region, id, state, address);
CREATE TABLE IF NOT EXISTS facts(
  scope TEXT NOT NULL, region TEXT NOT NULL, key TEXT NOT NULL, value TEXT NOT NULL, at INTEGER NOT NULL,
  PRIMARY KEY(scope, region, key));
)";

constexpr const char* kColumns =
    "SELECT id, name, region, type, zone, state, address, user, identity, group_id, allowed, operation, "
    "host_key_renewed FROM instances ";

KnownInstance read_instance(const Statement& row) {
  KnownInstance known;
  known.id = row.text(0);
  known.name = row.text(1);
  known.region = row.text(2);
  known.type = row.text(3);
  known.zone = row.text(4);
  known.state = row.text(5);
  known.address = row.text(6);
  known.user = row.text(7);
  known.identity = row.text(8);
  known.group_id = row.text(9);
  known.from = row.text(10);
  known.operation = row.text(11);
  known.host_key_renewed = row.integer(12) != 0;
  return known;
}

Result<void> insert_instance(Statement& insert, const std::string& scope, const KnownInstance& instance) {
  insert.bind(1, scope).bind(2, instance.id).bind(3, instance.name).bind(4, instance.region).bind(5, instance.type);
  insert.bind(6, instance.zone).bind(7, instance.state).bind(8, instance.address).bind(9, instance.user);
  insert.bind(10, instance.identity).bind(11, instance.group_id).bind(12, instance.from);
  insert.bind(13, instance.operation).bind(14, std::int64_t{instance.host_key_renewed ? 1 : 0});
  return insert.run();
}

/// Calls `take` at each row, with the statement on it.
template <class Take>
Result<void> each_row(Statement& select, const Take& take) {
  while (true) {
    auto row = select.step();
    if (!row) return pass(row);
    if (!*row) return {};
    take();
  }
}

Result<std::vector<KnownInstance>> read_all(Statement& select) {
  std::vector<KnownInstance> found;
  if (auto read = each_row(select, [&] { found.push_back(read_instance(select)); }); !read) return pass(read);
  return found;
}

}  // namespace

Result<Known> Known::open(const Folders& folders, Clock& clock, Note note) {
  if (auto made = make_folder(folders.state); !made) return pass(made);
  Known known(folders.state / "known.db", clock, std::move(note));
  auto opened = known.open_file();
  if (!opened && is_damage(opened.error())) opened = known.begin_anew();
  if (!opened) return pass(opened);
  return known;
}

Result<void> Known::open_file() {
  struct stat status{};
  inode_ = ::stat(file_.c_str(), &status) == 0 ? status.st_ino : 0;
  auto database = Database::open(file_, Database::Durability::normal);
  if (!database) return pass(database);
  if (inode_ == 0 && ::stat(file_.c_str(), &status) == 0) inode_ = status.st_ino;
  if (auto made = database->adopt(kSchema, 1); !made) return made;
  database_ = std::move(*database);
  return {};
}

Result<void> Known::begin_anew() {
  // Closed before anything is renamed: SQLite removes the files beside a database by their names.
  database_.reset();
  // One at a time, or the second would set aside what the first has begun.
  auto lock = FileLock::acquire(file_.string() + ".lock", *clock_, kLockPatience);
  if (!lock) return pass(lock);
  struct stat status{};
  if (::stat(file_.c_str(), &status) != 0 || status.st_ino != inode_) return open_file();
  const std::string aside = file_.string() + ".damaged";
  for (const char* part : {"", "-wal", "-shm"}) {
    std::error_code problem;
    std::filesystem::rename(file_.string() + part, aside + part, problem);
    if (problem && *part == '\0') return fail_errno("cannot set aside the damaged " + file_.string(), problem.value());
  }
  if (note_)
    note_(file_.string() + " was damaged and is set aside as " + aside + "; nothing is lost that is not in EC2");
  return open_file();
}

template <class Work>
auto Known::with_database(const Work& work) {
  using Outcome = decltype(work(*database_));
  if (!database_)
    if (auto opened = open_file(); !opened) return Outcome(pass(opened));
  auto outcome = work(*database_);
  if (outcome || !is_damage(outcome.error())) return outcome;
  if (auto begun = begin_anew(); !begun) return Outcome(pass(begun));
  return work(*database_);
}

Result<void> Known::put(const std::string& scope, const KnownInstance& instance) { return put_all(scope, {instance}); }

Result<void> Known::put_all(const std::string& scope, const std::vector<KnownInstance>& instances) {
  if (instances.empty()) return {};
  return with_database([&](Database& database) -> Result<void> {
    auto insert = database.prepare("INSERT OR REPLACE INTO instances VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
    if (!insert) return pass(insert);
    if (instances.size() == 1) return insert_instance(*insert, scope, instances.front());
    return database.transaction([&]() -> Result<void> {
      for (const KnownInstance& instance : instances)
        if (auto inserted = insert_instance(*insert, scope, instance); !inserted) return inserted;
      return {};
    });
  });
}

Result<void> Known::remove(const std::string& scope, const std::string& id) {
  return with_database([&](Database& database) -> Result<void> {
    auto statement = database.prepare("DELETE FROM instances WHERE scope = ? AND id = ?");
    if (!statement) return pass(statement);
    return statement->bind(1, scope).bind(2, id).run();
  });
}

Result<std::vector<KnownInstance>> Known::find(const std::string& scope, const std::string& name) {
  return with_database([&](Database& database) -> Result<std::vector<KnownInstance>> {
    auto select = database.prepare(std::string(kColumns) + "WHERE scope = ? AND name = ? ORDER BY region, id");
    if (!select) return pass(select);
    select->bind(1, scope).bind(2, name);
    return read_all(*select);
  });
}

Result<std::vector<KnownInstance>> Known::all(const std::string& scope) {
  return with_database([&](Database& database) -> Result<std::vector<KnownInstance>> {
    auto select = database.prepare(std::string(kColumns) + "WHERE scope = ? ORDER BY region, name, id");
    if (!select) return pass(select);
    select->bind(1, scope);
    return read_all(*select);
  });
}

Result<std::vector<KnownInstance>> Known::of_clouds(bool sim) {
  return with_database([&](Database& database) -> Result<std::vector<KnownInstance>> {
    auto select = database.prepare(std::string(kColumns) + "WHERE (scope LIKE 'sim/%') = ? ORDER BY name, region, id");
    if (!select) return pass(select);
    select->bind(1, std::int64_t{sim ? 1 : 0});
    return read_all(*select);
  });
}

Result<std::vector<KnownInstance>> Known::among(const std::string& scope, const std::vector<std::string>& ids) {
  return with_database([&](Database& database) -> Result<std::vector<KnownInstance>> {
    auto select = database.prepare(std::string(kColumns) + "WHERE scope = ? AND id = ?");
    if (!select) return pass(select);
    std::vector<KnownInstance> found;
    for (const std::string& id : ids) {
      auto one = read_all(select->bind(1, scope).bind(2, id));
      if (!one) return pass(one);
      found.insert(found.end(), one->begin(), one->end());
    }
    return found;
  });
}

Result<void> Known::each(const std::string& scope, const std::string& region,
                         const std::function<void(const KnownInstance& instance)>& take) {
  return with_database([&](Database& database) -> Result<void> {
    auto select = database.prepare(std::string(kColumns) + "WHERE scope = ? AND region = ?");
    if (!select) return pass(select);
    select->bind(1, scope).bind(2, region);
    return each_row(*select, [&] { take(read_instance(*select)); });
  });
}

Result<void> Known::each_seen(const std::string& scope, const std::string& region, const TakeSeen& take) {
  return with_database([&](Database& database) -> Result<void> {
    // Exactly the columns of an index: nothing else is read.
    auto select = database.prepare("SELECT id, state, address FROM instances WHERE scope = ? AND region = ?");
    if (!select) return pass(select);
    select->bind(1, scope).bind(2, region);
    return each_row(*select, [&] { take(select->text(0), select->text(1), select->text(2)); });
  });
}

Result<std::set<std::string>> Known::regions(const std::string& scope) {
  return with_database([&](Database& database) -> Result<std::set<std::string>> {
    auto select = database.prepare("SELECT DISTINCT region FROM instances WHERE scope = ?");
    if (!select) return pass(select);
    select->bind(1, scope);
    std::set<std::string> found;
    if (auto read = each_row(*select, [&] { found.insert(select->text(0)); }); !read) return pass(read);
    return found;
  });
}

Result<std::optional<std::string>> Known::fact(const std::string& scope, const std::string& region,
                                               const std::string& key, Duration max_age) {
  return with_database([&](Database& database) -> Result<std::optional<std::string>> {
    auto select = database.prepare("SELECT value, at FROM facts WHERE scope = ? AND region = ? AND key = ?");
    if (!select) return pass(select);
    auto row = select->bind(1, scope).bind(2, region).bind(3, key).step();
    if (!row) return pass(row);
    const std::int64_t now = clock_->now().time_since_epoch().count();
    if (!*row || now - select->integer(1) > max_age.count()) return std::optional<std::string>{};
    return std::optional<std::string>{select->text(0)};
  });
}

Result<void> Known::set_fact(const std::string& scope, const std::string& region, const std::string& key,
                             const std::string& value) {
  return with_database([&](Database& database) -> Result<void> {
    auto insert = database.prepare("INSERT OR REPLACE INTO facts VALUES(?, ?, ?, ?, ?)");
    if (!insert) return pass(insert);
    insert->bind(1, scope).bind(2, region).bind(3, key).bind(4, value);
    return insert->bind(5, clock_->now().time_since_epoch().count()).run();
  });
}

Result<void> Known::forget_fact(const std::string& scope, const std::string& region, const std::string& key) {
  return with_database([&](Database& database) -> Result<void> {
    auto statement = database.prepare("DELETE FROM facts WHERE scope = ? AND region = ? AND key = ?");
    if (!statement) return pass(statement);
    return statement->bind(1, scope).bind(2, region).bind(3, key).run();
  });
}

}  // namespace hotaru::store
