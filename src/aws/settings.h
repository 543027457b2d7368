#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "aws/client.h"
#include "aws/ini.h"
#include "base/environment.h"
#include "base/result.h"

namespace hotaru::aws {

/// What the command line says; it wins over everything else. "" means not said.
struct Overrides {
  std::string profile = {};
  std::string region = {};
  std::string endpoint = {};  ///< for every service
  std::optional<Credentials> credentials = {};
};

/// The two files that AWS's tools share, read once.
struct SharedFiles {
  Ini config;
  Ini credentials;
  std::string config_path;       ///< for messages
  std::string credentials_path;  ///< for messages

  /// A profile's section of the config file ([default] or [profile NAME]); nullptr if there is none.
  const IniSection* config_of(const std::string& profile) const;
  const IniSection* credentials_of(const std::string& profile) const;
  /// Both as one; of a key in both the credentials file's counts, as in botocore. Empty if there is no such profile.
  IniSection profile(const std::string& name) const;
  bool has_profile(const std::string& name) const;
  std::vector<std::string> profiles() const;
};

/// "~/x" as the shell would read it.
std::filesystem::path expand_home(const std::string& path, const Environment& environment);

/// AWS_CONFIG_FILE and AWS_SHARED_CREDENTIALS_FILE, else ~/.aws/config and ~/.aws/credentials. A file that is missing
/// is empty; one that cannot be read is an `io` error; a line that makes no sense is `invalid`, by its number.
Result<SharedFiles> read_shared_files(const Environment& environment);

/// Overrides, then environment, then profile, as the AWS CLI ranks them. `invalid` for a profile that was asked for and
/// does not exist, for a region or endpoint that cannot be one, and for a retry mode that is none.
Result<Settings> settings_of(const Environment& environment, const SharedFiles& files, const Overrides& overrides);

}  // namespace hotaru::aws
