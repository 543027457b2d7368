#include "base/sqlite.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sqlite3.h>
#include <unistd.h>

#include <cerrno>

namespace hotaru {

namespace {

constexpr const char* disk_full = "The disk is full: free some space and try again.";

/// SQLite calls it an I/O error where the file that it shares with other processes cannot grow.
bool is_disk_full(sqlite3* database, const std::string& file) {
  const int number = sqlite3_system_errno(database);
  std::error_code problem;
  const auto space = std::filesystem::space(std::filesystem::path(file).parent_path(), problem);
  constexpr std::uintmax_t smallest_growth = 32 * 1024;  // of the shared file (SQLite, "WAL-mode File Format")
  return number == ENOSPC || number == EDQUOT || (!problem && space.available < smallest_growth);
}

std::unexpected<Error> sqlite_failure(sqlite3* database, const std::string& what) {
  const int code = sqlite3_errcode(database);
  const char* name = sqlite3_db_filename(database, "main");
  const std::string file = name != nullptr ? name : "";
  Error error{ErrorClass::io, fmt::format("{} {}: {}", what, file, sqlite3_errmsg(database))};
  error.code = sqlite3_errstr(code);
  if (code == SQLITE_FULL) error.hint = disk_full;
  if (code == SQLITE_IOERR) error.hint = is_disk_full(database, file) ? disk_full : "Is its disk damaged?";
  if (code == SQLITE_BUSY) error.hint = "Another hotaru is busy with it: try again in a moment.";
  if (code == SQLITE_CORRUPT || code == SQLITE_NOTADB)
    error.hint = fmt::format("Move it away: `mv {0} {0}.damaged`", file);
  if (code == SQLITE_READONLY || code == SQLITE_CANTOPEN)
    error.hint = "Check the permissions of the file and its folder.";
  return std::unexpected(std::move(error));
}

}  // namespace

bool is_damage(const Error& error) {
  return error.code == sqlite3_errstr(SQLITE_CORRUPT) || error.code == sqlite3_errstr(SQLITE_NOTADB);
}

bool is_full_disk(const Error& error) {
  return error.hint == disk_full || error.code == "ENOSPC" || error.code == "EDQUOT";
}

void Statement::Finalize::operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }

void Database::Close::operator()(sqlite3* database) const { sqlite3_close_v2(database); }

Statement& Statement::bind(int parameter, std::string_view text) {
  sqlite3_bind_text64(statement_.get(), parameter, text.data() != nullptr ? text.data() : "", text.size(),
                      SQLITE_TRANSIENT, SQLITE_UTF8);
  return *this;
}

Statement& Statement::bind(int parameter, std::int64_t number) {
  sqlite3_bind_int64(statement_.get(), parameter, number);
  return *this;
}

Statement& Statement::bind_null(int parameter) {
  sqlite3_bind_null(statement_.get(), parameter);
  return *this;
}

Result<bool> Statement::step() {
  const int code = sqlite3_step(statement_.get());
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) {
    sqlite3_reset(statement_.get());
    return false;
  }
  auto failure = sqlite_failure(database_, "Cannot use the database");
  sqlite3_reset(statement_.get());
  return failure;
}

Result<void> Statement::run() {
  while (true) {
    auto row = step();
    if (!row) return pass(row);
    if (!*row) return {};
  }
}

std::string Statement::text(int column) const {
  const auto* bytes = reinterpret_cast<const char*>(sqlite3_column_blob(statement_.get(), column));
  const int size = sqlite3_column_bytes(statement_.get(), column);
  return bytes != nullptr ? std::string(bytes, static_cast<std::size_t>(size)) : std::string();
}

std::int64_t Statement::integer(int column) const { return sqlite3_column_int64(statement_.get(), column); }

bool Statement::is_null(int column) const { return sqlite3_column_type(statement_.get(), column) == SQLITE_NULL; }

Result<Database> Database::open(const std::filesystem::path& path, Durability durability) {
  // SQLite would make it with the umask's mode: it may hold requests with user data.
  const int file = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (file < 0) return fail_errno("cannot open the database " + path.string(), errno);
  ::close(file);
  sqlite3* raw = nullptr;
  const int code = sqlite3_open_v2(path.c_str(), &raw, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, nullptr);
  Database database(raw);
  if (code != SQLITE_OK) return sqlite_failure(raw, "Cannot open the database");
  sqlite3_busy_timeout(raw, 5'000);
  const char* synchronous = durability == Durability::full ? "PRAGMA synchronous=FULL" : "PRAGMA synchronous=NORMAL";
  for (const char* pragma : {"PRAGMA journal_mode=WAL", synchronous, "PRAGMA foreign_keys=ON"}) {
    if (auto set = database.execute(pragma); !set) return pass(set);
  }
  return database;
}

Result<void> Database::execute(const std::string& sql) {
  if (sqlite3_exec(database_.get(), sql.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK) {
    return sqlite_failure(database_.get(), "Cannot use the database");
  }
  return {};
}

Result<void> Database::adopt(const std::string& schema, int version) {
  auto select = prepare("PRAGMA user_version");
  if (!select) return pass(select);
  auto row = select->step();
  if (!row) return pass(row);
  const std::int64_t present = *row ? select->integer(0) : 0;
  if (present > version)
    return fail(ErrorClass::conflict,
                fmt::format("{} was written by a newer hotaru.", sqlite3_db_filename(database_.get(), "main")),
                "Use that one, or update this: it would not understand what is in it.");
  if (auto made = execute(schema); !made) return made;
  return present == version ? Result<void>{} : execute(fmt::format("PRAGMA user_version={}", version));
}

Result<Statement> Database::prepare(const std::string& sql) {
  sqlite3_stmt* raw = nullptr;
  if (sqlite3_prepare_v2(database_.get(), sql.c_str(), static_cast<int>(sql.size()), &raw, nullptr) != SQLITE_OK) {
    return sqlite_failure(database_.get(), "Cannot use the database");
  }
  return Statement(database_.get(), raw);
}

Result<void> Database::transaction(const std::function<Result<void>()>& work) {
  if (auto begun = execute("BEGIN IMMEDIATE"); !begun) return begun;
  auto done = work();
  if (!done) {
    // The first error is the one to tell; a rollback that fails leaves nothing committed either.
    static_cast<void>(execute("ROLLBACK"));
    return done;
  }
  auto committed = execute("COMMIT");
  if (!committed) static_cast<void>(execute("ROLLBACK"));
  return committed;
}

}  // namespace hotaru
