#pragma once

#include <fmt/format.h>

#include <cstdio>
#include <string>

#include "base/result.h"

namespace hotaru::sim {

/// For work that goes on after the caller was answered: what failed goes to the sim's log (the daemon's stderr).
inline void note_trouble(const std::string& what, const Result<void>& done) {
  // Not fmt::print: it throws where the log's disk is full, which may be the trouble itself.
  if (!done)
    std::fputs(fmt::format("trouble: {}: {} {}\n", what, done.error().message, done.error().code).c_str(), stderr);
}

}  // namespace hotaru::sim
