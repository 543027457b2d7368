#include "ledger/book.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "base/file.h"
#include "base/text.h"

namespace hotaru::ledger {

namespace {

constexpr const char* schema = R"(
CREATE TABLE IF NOT EXISTS spans(
  scope TEXT NOT NULL, kind TEXT NOT NULL, id TEXT NOT NULL, since INTEGER NOT NULL, begun INTEGER NOT NULL,
  until INTEGER, bounded INTEGER NOT NULL, pending INTEGER NOT NULL, expires INTEGER, instance TEXT NOT NULL,
  name TEXT NOT NULL, region TEXT NOT NULL, what TEXT NOT NULL, spot INTEGER NOT NULL, address INTEGER NOT NULL,
  count INTEGER NOT NULL, gib INTEGER NOT NULL, iops INTEGER NOT NULL, throughput INTEGER NOT NULL, usd TEXT NOT NULL,
  price_as_of TEXT NOT NULL, estimated INTEGER NOT NULL,
  PRIMARY KEY(scope, kind, id, since));
CREATE INDEX IF NOT EXISTS spans_of_instance ON spans(scope, instance);
)";

constexpr const char* columns =
    "SELECT kind, id, since, begun, until, bounded, pending, expires, instance, name, region, what, spot, address, "
    "count, "
    "gib, iops, throughput, usd, price_as_of, estimated FROM spans ";

std::int64_t number_of(TimePoint time) { return time.time_since_epoch().count(); }

void bind_time(Statement& statement, int parameter, const std::optional<TimePoint>& time) {
  if (time)
    statement.bind(parameter, number_of(*time));
  else
    statement.bind_null(parameter);
}

Result<void> insert(Statement& statement, const std::string& scope, const Span& span) {
  statement.bind(1, scope).bind(2, to_string(span.kind)).bind(3, span.id);
  statement.bind(4, number_of(span.since)).bind(5, number_of(span.begun));
  bind_time(statement, 6, span.until);
  statement.bind(7, std::int64_t{span.bounded}).bind(8, std::int64_t{span.pending});
  bind_time(statement, 9, span.expires);
  statement.bind(10, span.instance).bind(11, span.name).bind(12, span.region).bind(13, span.what);
  statement.bind(14, std::int64_t{span.spot}).bind(15, std::int64_t{span.address}).bind(16, std::int64_t{span.count});
  statement.bind(17, std::int64_t{span.gib}).bind(18, std::int64_t{span.iops}).bind(19, std::int64_t{span.throughput});
  statement.bind(20, span.usd_per_hour ? fmt::format("{}", *span.usd_per_hour) : "");
  return statement.bind(21, span.price_as_of).bind(22, std::int64_t{span.estimated}).run();
}

std::optional<TimePoint> time_at(const Statement& row, int column) {
  if (row.is_null(column)) return std::nullopt;
  return TimePoint{Duration{row.integer(column)}};
}

Span read(const Statement& row) {
  Span span;
  const std::string kind = row.text(0);
  span.kind = kind == "run" ? Kind::run : kind == "disk" ? Kind::disk : Kind::alarms;
  span.id = row.text(1);
  span.since = TimePoint{Duration{row.integer(2)}};
  span.begun = TimePoint{Duration{row.integer(3)}};
  span.until = time_at(row, 4);
  span.bounded = row.integer(5) != 0;
  span.pending = row.integer(6) != 0;
  span.expires = time_at(row, 7);
  span.instance = row.text(8);
  span.name = row.text(9);
  span.region = row.text(10);
  span.what = row.text(11);
  span.spot = row.integer(12) != 0;
  span.address = row.integer(13) != 0;
  span.count = static_cast<int>(row.integer(14));
  span.gib = static_cast<int>(row.integer(15));
  span.iops = static_cast<int>(row.integer(16));
  span.throughput = static_cast<int>(row.integer(17));
  span.usd_per_hour = parse_number(row.text(18));
  span.price_as_of = row.text(19);
  span.estimated = row.integer(20) != 0;
  return span;
}

Result<std::vector<Span>> read_all(Statement& select) {
  std::vector<Span> spans;
  while (true) {
    auto row = select.step();
    if (!row) return pass(row);
    if (!*row) return spans;
    spans.push_back(read(select));
  }
}

Result<Database> open_file(const std::filesystem::path& file) {
  auto database = Database::open(file, Database::Durability::normal);
  if (!database) return database;
  if (auto made = database->adopt(schema, 1); !made) return pass(made);
  return database;
}

}  // namespace

Result<Book> Book::open(const Folders& folders, const std::function<void(const std::string&)>& note) {
  if (auto made = make_folder(folders.state); !made) return pass(made);
  const std::filesystem::path file = folders.state / "ledger.db";
  auto database = open_file(file);
  if (!database && is_damage(database.error())) {
    for (const char* part : {"", "-wal", "-shm"}) {
      std::error_code ignored;
      std::filesystem::rename(file.string() + part, file.string() + ".damaged" + part, ignored);
    }
    if (note)
      note(file.string() +
           " was damaged and is set aside: what the cloud no longer tells of earlier costs is not known.");
    database = open_file(file);
  }
  if (!database) return pass(database);
  return Book(std::move(*database));
}

Result<void> Book::put(const std::string& scope, const std::vector<Span>& spans) {
  if (spans.empty()) return {};
  auto statement = database_.prepare(
      "INSERT OR REPLACE INTO spans VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
  if (!statement) return pass(statement);
  return database_.transaction([&]() -> Result<void> {
    for (const Span& span : spans)
      if (auto put = insert(*statement, scope, span); !put) return put;
    return {};
  });
}

Result<std::vector<Span>> Book::all(const std::string& scope) {
  auto select = database_.prepare(std::string(columns) + "WHERE scope = ? ORDER BY since, id");
  if (!select) return pass(select);
  select->bind(1, scope);
  return read_all(*select);
}

Result<std::vector<Span>> Book::of(const std::string& scope, const std::string& instance) {
  auto select = database_.prepare(std::string(columns) + "WHERE scope = ? AND instance = ? ORDER BY since, id");
  if (!select) return pass(select);
  select->bind(1, scope).bind(2, instance);
  return read_all(*select);
}

}  // namespace hotaru::ledger
