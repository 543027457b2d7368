#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "sim/api_error.h"

namespace hotaru::sim {

/// The parameters of a call in EC2's query form (`InstanceId.1=…&Filter.1.Name=…&Filter.1.Value.1=…`), read by type.
///
/// Errors are sticky: a getter that does not find what it must, or finds something of another type, remembers EC2's
/// error and returns a default. An action reads all its parameters first and then asks `finish()` once, which also
/// refuses a parameter that nobody has read, as EC2 refuses those that it does not know.
class Parameters {
 public:
  /// `form` is application/x-www-form-urlencoded.
  explicit Parameters(std::string_view form);
  explicit Parameters(std::map<std::string, std::string> values);

  bool has(const std::string& name) const;          ///< also true for a list or structure of that name
  std::string text(const std::string& name) const;  ///< "" if not given
  std::optional<std::string> optional_text(const std::string& name) const;
  std::string required(const std::string& name) const;               ///< MissingParameter
  bool flag(const std::string& name, bool otherwise = false) const;  ///< InvalidParameterValue unless true or false
  std::optional<bool> optional_flag(const std::string& name) const;
  std::int64_t integer(const std::string& name, std::int64_t otherwise) const;
  std::optional<std::int64_t> optional_integer(const std::string& name) const;
  /// One of the words, or `otherwise` if not given.
  std::string one_of(const std::string& name, const std::vector<std::string>& words,
                     const std::string& otherwise) const;
  /// NAME.1, NAME.2 … in the order of their numbers.
  std::vector<std::string> list(const std::string& name) const;
  /// NAME.1.…, NAME.2.… each as parameters of their own (they share errors with this).
  std::vector<Parameters> structures(const std::string& name) const;
  /// NAME.… as parameters of their own.
  Parameters structure(const std::string& name) const;

  /// Remembers an error of the caller's own, unless there is one already.
  void refuse(std::string code, std::string message) const;
  void invalid_value(const std::string& name, std::string_view value, std::string_view why = {}) const;
  /// Takes all below this prefix as read: for parameters that are accepted and mean nothing here.
  void ignore(const std::string& name) const;
  /// The first error, or UnknownParameter for the first parameter that was not read.
  Refusal finish() const;
  /// What stands below NAME., with names from there on; none of it counts as read.
  std::map<std::string, std::string> below(const std::string& name) const;
  /// The same of all of these parameters.
  std::map<std::string, std::string> all_below() const;
  /// All as sent, sorted by name: for comparing two calls with one client token.
  const std::map<std::string, std::string>& all() const { return source_->values; }

 private:
  struct Source {
    std::map<std::string, std::string> values;
    std::set<std::string> read;
    Refusal error;
  };
  Parameters(std::shared_ptr<Source> source, std::string prefix)
      : source_(std::move(source)), prefix_(std::move(prefix)) {}
  const std::string* raw(const std::string& name) const;
  /// The numbers n for which NAME.n or NAME.n.… was given, ascending.
  std::vector<std::int64_t> numbers(const std::string& name) const;

  std::shared_ptr<Source> source_;
  std::string prefix_;
};

}  // namespace hotaru::sim
