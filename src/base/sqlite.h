#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

struct sqlite3;
struct sqlite3_stmt;

namespace hotaru {

/// One row's reader and one statement's binder. Columns and parameters count from 0 and 1, as in SQLite's own
/// interface.
class Statement {
 public:
  Statement& bind(int parameter, std::string_view text);
  Statement& bind(int parameter, std::int64_t number);
  Statement& bind_null(int parameter);
  /// Runs to the next row: true if there is one. After false the statement is reset and may be bound again.
  Result<bool> step();
  /// For statements without rows: step to the end.
  Result<void> run();
  std::string text(int column) const;
  std::int64_t integer(int column) const;
  bool is_null(int column) const;

  Statement(Statement&&) noexcept = default;
  Statement& operator=(Statement&&) noexcept = default;

 private:
  friend class Database;
  struct Finalize {
    void operator()(sqlite3_stmt* statement) const;
  };
  Statement(sqlite3* database, sqlite3_stmt* statement) : database_(database), statement_(statement) {}
  sqlite3* database_;
  std::unique_ptr<sqlite3_stmt, Finalize> statement_;
};

/// True for an error that says that the file is no database, or no longer whole.
bool is_damage(const Error& error);

/// True for an error whose cause is a full disk (or a used-up quota of one).
bool is_full_disk(const Error& error);

/// A SQLite file in WAL mode, 0600, with a busy timeout of 5 s. One object per thread, or guarded by the caller.
class Database {
 public:
  enum class Durability {
    full,    ///< a commit has reached the disk (journal): synchronous=FULL
    normal,  ///< survives kill -9 of the process, not a power cut: synchronous=NORMAL
  };
  static Result<Database> open(const std::filesystem::path& path, Durability durability);

  /// Makes the tables that are missing, and writes `version` down. What a newer hotaru has written (a higher version)
  /// is left as it is: `conflict`.
  Result<void> adopt(const std::string& schema, int version);
  /// One or more statements without parameters.
  Result<void> execute(const std::string& sql);
  Result<Statement> prepare(const std::string& sql);
  /// Commits if the work succeeds, else rolls back (BEGIN IMMEDIATE).
  Result<void> transaction(const std::function<Result<void>()>& work);

 private:
  struct Close {
    void operator()(sqlite3* database) const;
  };
  explicit Database(sqlite3* database) : database_(database) {}
  std::unique_ptr<sqlite3, Close> database_;
};

}  // namespace hotaru
