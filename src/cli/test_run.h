#pragma once

#include <sstream>
#include <string>
#include <vector>

#include "base/file.h"
#include "cli/run.h"

namespace hotaru::cli {

/// What a command left behind.
struct Outcome {
  int code = 0;
  std::string out;
  std::string err;
};

/// Runs commands as a user of their own would: with a home, folders and an environment that hold nothing else.
class TestUser {
 public:
  TestUser() {
    const std::string root = folder_.path().string();
    environment = Environment({{"HOME", root},
                               {"XDG_CONFIG_HOME", root + "/config"},
                               {"XDG_STATE_HOME", root + "/state"},
                               {"XDG_CACHE_HOME", root + "/cache"},
                               {"XDG_RUNTIME_DIR", root + "/run"},
                               {"AWS_EC2_METADATA_DISABLED", "true"}});
  }
  Outcome run(const std::vector<std::string>& arguments, const std::string& input = {}) const {
    std::istringstream in(input);
    std::ostringstream out;
    std::ostringstream err;
    const int code = cli::run(arguments, {in, out, err}, environment);
    return {code, out.str(), err.str()};
  }
  const std::filesystem::path& home() const { return folder_.path(); }

  Environment environment;

 private:
  TemporaryFolder folder_;
};

}  // namespace hotaru::cli
