#include "store/journal.h"

#include <cstdint>
#include <utility>

namespace hotaru::store {
namespace {

// secure_delete: the launch request holds a host key, so what is removed is overwritten.
constexpr const char* kSchema = R"(
PRAGMA secure_delete = ON;
CREATE TABLE IF NOT EXISTS operations(
  id TEXT PRIMARY KEY, kind TEXT NOT NULL, scope TEXT NOT NULL, name TEXT NOT NULL, region TEXT NOT NULL,
  parameters TEXT NOT NULL, started INTEGER NOT NULL, deadline INTEGER NOT NULL, touched INTEGER NOT NULL,
  state TEXT NOT NULL, outcome TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS steps(
  operation TEXT NOT NULL, what TEXT NOT NULL, resource TEXT NOT NULL, at INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS attempts(
  operation TEXT NOT NULL, number INTEGER NOT NULL, token TEXT NOT NULL, request TEXT NOT NULL, outcome TEXT NOT NULL,
  PRIMARY KEY(operation, number));
)";

constexpr const char* kColumns =
    "SELECT id, kind, scope, name, region, parameters, started, deadline, touched, state, outcome FROM operations ";

std::int64_t to_number(TimePoint time) { return time.time_since_epoch().count(); }
TimePoint to_time(std::int64_t number) { return TimePoint{Duration{number}}; }

OperationState to_state(const std::string& text) {
  for (OperationState state : {OperationState::undoing, OperationState::done, OperationState::undone})
    if (text == to_string(state)) return state;
  return OperationState::open;
}

/// What the journal tells is nowhere else: it is not set aside without a word, as a cache would be.
Error explained(const Error& error, const std::filesystem::path& file) {
  if (!is_damage(error)) return error;
  Error told = error;
  told.message = "The journal " + file.string() + " is damaged, so it is not known what was begun and not finished.";
  told.hint =
      "Move it away: `mv " + file.string() + " " + file.string() +
      ".damaged`. Then look with `hotaru ls --all` at what there is: it bills until `hotaru down NAME` ends it.";
  told.context = error.message;
  return told;
}

Operation read_operation(const Statement& row) {
  Operation operation;
  operation.id = row.text(0);
  operation.kind = row.text(1);
  operation.scope = row.text(2);
  operation.name = row.text(3);
  operation.region = row.text(4);
  operation.parameters = row.text(5);
  operation.started = to_time(row.integer(6));
  operation.deadline = to_time(row.integer(7));
  operation.touched = to_time(row.integer(8));
  operation.state = to_state(row.text(9));
  operation.outcome = row.text(10);
  return operation;
}

}  // namespace

const char* to_string(OperationState state) {
  switch (state) {
    case OperationState::open:
      return "open";
    case OperationState::undoing:
      return "undoing";
    case OperationState::done:
      return "done";
    case OperationState::undone:
      return "undone";
  }
  return "open";
}

Result<Journal> Journal::open(const Folders& folders, Clock& clock) {
  const std::filesystem::path locks = folders.state / "operations";
  if (auto made = make_folder(locks); !made) return pass(made);
  const std::filesystem::path file = folders.state / "journal.db";
  auto database = Database::open(file, Database::Durability::full);
  if (!database) return std::unexpected(explained(database.error(), file));
  if (auto made = database->adopt(kSchema, 1); !made) return std::unexpected(explained(made.error(), file));
  return Journal(std::move(*database), locks, clock);
}

Result<FileLock> Journal::begin(const Operation& operation) {
  // The lock comes first: nobody may ever see the row of a living operation without its lock.
  auto lock = FileLock::acquire(lock_file(operation.id), *clock_, Duration{0});
  if (!lock) return pass(lock);
  if (!*lock) return fail(ErrorClass::internal, "Operation " + operation.id + " is under way already.");
  auto insert = database_.prepare("INSERT INTO operations VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, '')");
  if (!insert) return pass(insert);
  const std::int64_t now = to_number(clock_->now());
  insert->bind(1, operation.id).bind(2, operation.kind).bind(3, operation.scope).bind(4, operation.name);
  insert->bind(5, operation.region).bind(6, operation.parameters).bind(7, now).bind(8, to_number(operation.deadline));
  insert->bind(9, now).bind(10, to_string(operation.state));
  if (auto run = write([&] { return insert->run(); }); !run) return pass(run);
  return std::move(**lock);
}

Result<void> Journal::touch(const std::string& id) {
  auto update = database_.prepare("UPDATE operations SET touched = ? WHERE id = ?");
  if (!update) return pass(update);
  return update->bind(1, to_number(clock_->now())).bind(2, id).run();
}

Result<void> Journal::step(const std::string& id, const std::string& what, const std::string& resource) {
  return write([&] {
    return database_.transaction([&]() -> Result<void> {
      auto insert = database_.prepare("INSERT INTO steps VALUES(?, ?, ?, ?)");
      if (!insert) return pass(insert);
      insert->bind(1, id).bind(2, what).bind(3, resource).bind(4, to_number(clock_->now()));
      if (auto run = insert->run(); !run) return run;
      return touch(id);
    });
  });
}

Result<void> Journal::attempt(const std::string& id, const Attempt& attempt) {
  return write([&] {
    return database_.transaction([&]() -> Result<void> {
      auto insert = database_.prepare("INSERT INTO attempts VALUES(?, ?, ?, ?, ?)");
      if (!insert) return pass(insert);
      insert->bind(1, id).bind(2, std::int64_t{attempt.number}).bind(3, attempt.token).bind(4, attempt.request);
      insert->bind(5, attempt.outcome);
      if (auto run = insert->run(); !run) return run;
      return touch(id);
    });
  });
}

Result<void> Journal::attempt_ended(const std::string& id, int number, const std::string& outcome) {
  auto update = database_.prepare("UPDATE attempts SET outcome = ? WHERE operation = ? AND number = ?");
  if (!update) return pass(update);
  update->bind(1, outcome).bind(2, id).bind(3, std::int64_t{number});
  return write([&] { return update->run(); });
}

Result<void> Journal::set_state(const std::string& id, OperationState state, const std::string& outcome) {
  const bool ended = state == OperationState::done || state == OperationState::undone;
  auto written = write([&] {
    return database_.transaction([&]() -> Result<void> {
      auto update = database_.prepare("UPDATE operations SET state = ?, outcome = ?, touched = ? WHERE id = ?");
      if (!update) return pass(update);
      update->bind(1, to_string(state)).bind(2, outcome).bind(3, to_number(clock_->now())).bind(4, id);
      if (auto run = update->run(); !run || !ended) return run;
      auto scrub = database_.prepare("UPDATE attempts SET request = '' WHERE operation = ?");
      if (!scrub) return pass(scrub);
      return scrub->bind(1, id).run();
    });
  });
  if (written && ended) {
    std::error_code ignored;
    std::filesystem::remove(lock_file(id), ignored);
  }
  return written;
}

Result<std::vector<Operation>> Journal::pending(const std::string& scope) {
  auto select = database_.prepare(std::string(kColumns) +
                                  "WHERE scope = ? AND state IN ('open', 'undoing') ORDER BY started, id");
  if (!select) return pass(select);
  select->bind(1, scope);
  std::vector<Operation> found;
  while (true) {
    auto row = select->step();
    if (!row) return std::unexpected(explained(row.error(), locks_.parent_path() / "journal.db"));
    if (!*row) return found;
    found.push_back(read_operation(*select));
  }
}

Result<std::optional<Operation>> Journal::find(const std::string& id) {
  auto select = database_.prepare(std::string(kColumns) + "WHERE id = ?");
  if (!select) return pass(select);
  auto row = select->bind(1, id).step();
  if (!row) return pass(row);
  if (!*row) return std::optional<Operation>{};
  return std::optional<Operation>{read_operation(*select)};
}

Result<std::vector<Step>> Journal::steps(const std::string& id) {
  auto select = database_.prepare("SELECT what, resource, at FROM steps WHERE operation = ? ORDER BY rowid");
  if (!select) return pass(select);
  select->bind(1, id);
  std::vector<Step> found;
  while (true) {
    auto row = select->step();
    if (!row) return pass(row);
    if (!*row) return found;
    found.push_back({select->text(0), select->text(1), to_time(select->integer(2))});
  }
}

Result<std::vector<Attempt>> Journal::attempts(const std::string& id) {
  auto select =
      database_.prepare("SELECT number, token, request, outcome FROM attempts WHERE operation = ? ORDER BY number");
  if (!select) return pass(select);
  select->bind(1, id);
  std::vector<Attempt> found;
  while (true) {
    auto row = select->step();
    if (!row) return pass(row);
    if (!*row) return found;
    found.push_back({static_cast<int>(select->integer(0)), select->text(1), select->text(2), select->text(3)});
  }
}

Result<std::optional<FileLock>> Journal::take_over(const std::string& id) {
  return FileLock::acquire(lock_file(id), *clock_, Duration{0});
}

Result<void> Journal::forget_before(TimePoint time) {
  return database_.transaction([&]() -> Result<void> {
    for (const char* sql : {"DELETE FROM steps WHERE operation IN (SELECT id FROM operations WHERE touched < ? AND "
                            "state IN ('done', 'undone'))",
                            "DELETE FROM attempts WHERE operation IN (SELECT id FROM operations WHERE touched < ? AND "
                            "state IN ('done', 'undone'))",
                            "DELETE FROM operations WHERE touched < ? AND state IN ('done', 'undone')"}) {
      auto statement = database_.prepare(sql);
      if (!statement) return pass(statement);
      if (auto run = statement->bind(1, to_number(time)).run(); !run) return run;
    }
    return {};
  });
}

}  // namespace hotaru::store
