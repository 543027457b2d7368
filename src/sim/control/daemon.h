#pragma once

#include <functional>
#include <string>

#include "base/interrupt.h"
#include "sim/control/folder.h"

namespace hotaru::sim {

struct ServeOptions {
  std::filesystem::path folder = {};
  std::filesystem::path cache = {};                ///< Folders::cache: root file systems for sandboxes lie in it
  std::string kind = {};                           ///< "sandbox" or "null"
  int port = 0;                                    ///< 0: as last time if it is free, else any
  bool detached = false;                           ///< started by `Control`: lets go of descriptors that it inherited
  std::function<void(const SimInfo&)> ready = {};  ///< called when it answers
};

/// The daemon's main: serves until SIGTERM or SIGINT, then ends the instances, keeping their disks. `conflict` if
/// another process serves this folder. A killed one leaves its instances running; the next finds them.
Result<void> serve(const ServeOptions& options, Clock& clock, Random& random, Interrupt& interrupt);

}  // namespace hotaru::sim
