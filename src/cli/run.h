#pragma once

#include <iosfwd>
#include <string>
#include <vector>

#include "base/environment.h"

namespace hotaru::cli {

struct Streams {
  std::istream& in;
  std::ostream& out;  ///< results
  std::ostream& err;  ///< talk: progress, notes, errors
};

/// Runs one command; returns its exit code (cli/exit_code.h). `arguments` without the program's name.
int run(const std::vector<std::string>& arguments, Streams streams, Environment environment);

}  // namespace hotaru::cli
