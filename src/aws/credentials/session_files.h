#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "aws/client.h"
#include "base/clock.h"
#include "base/environment.h"

namespace hotaru::aws {

/// Sessions that cost something to get (an MFA code, a round trip), kept until they expire: in the user's cache, one
/// file of 0600 each in a folder of 0700, as the AWS CLI keeps its own.
class SessionFiles {
 public:
  SessionFiles(const Environment& environment, const Clock& clock)
      : folder_(Folders::of(environment).cache / "credentials"), clock_(clock) {}

  /// `mark`: everything that makes a session what it is, as text; only its digest is seen in the file's name.
  /// nullopt if none is kept that is good for longer than `renewal_margin`.
  std::optional<Credentials> read(const std::string& mark, const std::string& source) const;
  /// Removes expired ones too. Where it cannot write, nothing is kept.
  void write(const std::string& mark, const Credentials& credentials) const;
  void remove(const std::string& mark) const;

 private:
  std::filesystem::path path_of(const std::string& mark) const;
  void remove_expired() const;

  std::filesystem::path folder_;
  const Clock& clock_;
};

}  // namespace hotaru::aws
