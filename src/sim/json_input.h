#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sim/api_error.h"

namespace hotaru::sim {

/// The input of a call in AWS's JSON protocol, read by type. Errors are sticky, as those of Parameters are: a getter
/// remembers what the services say of a member that is missing or of another type, and returns a default; an action
/// reads all, then asks `finish()` once. Members that nobody knows are no error: the services ignore them too. A null
/// is a member that is not there.
class JsonInput {
 public:
  /// nullopt for what is no JSON object; nothing at all is an empty one.
  static std::optional<JsonInput> parse(std::string_view json);

  bool has(const std::string& name) const;
  std::string text(const std::string& name) const;  ///< "" if not given
  std::optional<std::string> optional_text(const std::string& name) const;
  /// ValidationException if it is not there or empty.
  std::string required(const std::string& name) const;
  /// One of the words, or `otherwise` if not given; else ValidationException.
  std::string one_of(const std::string& name, const std::vector<std::string>& words,
                     const std::string& otherwise) const;
  bool flag(const std::string& name, bool otherwise = false) const;
  std::optional<std::int64_t> optional_integer(const std::string& name) const;
  /// The same between two bounds; else ValidationException.
  std::int64_t integer(const std::string& name, std::int64_t otherwise, std::int64_t least, std::int64_t most) const;
  std::optional<double> optional_real(const std::string& name) const;
  std::vector<std::string> list(const std::string& name) const;
  /// A list of objects, each with the errors of this.
  std::vector<JsonInput> objects(const std::string& name) const;

  /// Remembers an error of the caller's own, unless there is one already.
  void refuse(std::string code, std::string message) const;
  /// ValidationException, in the words that the services have for a constraint that a member breaks.
  void invalid(const std::string& name, std::string_view value, std::string_view constraint) const;
  /// The first error.
  Refusal finish() const;

 private:
  struct Value;
  struct Errors {
    Refusal first;
  };
  JsonInput(std::shared_ptr<const Value> value, std::shared_ptr<Errors> errors)
      : value_(std::move(value)), errors_(std::move(errors)) {}
  void wrong_type(const std::string& name, std::string_view wanted) const;

  std::shared_ptr<const Value> value_;
  std::shared_ptr<Errors> errors_;
};

}  // namespace hotaru::sim
