#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/environment.h"
#include "base/result.h"
#include "base/sqlite.h"
#include "ledger/span.h"

namespace hotaru::ledger {

/// state/ledger.db (0600): the spans of each scope (which cloud and account). What is lost of it the cloud tells again,
/// as far as it can. For one thread.
class Book {
 public:
  /// A damaged file is set aside (ledger.db.damaged) and a new one begun: `note` is told so in a sentence.
  static Result<Book> open(const Folders& folders, const std::function<void(const std::string&)>& note = {});

  /// All of them or none. A span with the same kind, id and begin is replaced.
  Result<void> put(const std::string& scope, const std::vector<Span>& spans);
  /// By their begin.
  Result<std::vector<Span>> all(const std::string& scope);
  Result<std::vector<Span>> of(const std::string& scope, const std::string& instance);

 private:
  explicit Book(Database database) : database_(std::move(database)) {}
  Database database_;
};

}  // namespace hotaru::ledger
