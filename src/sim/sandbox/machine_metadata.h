#pragma once

#include <memory>
#include <mutex>
#include <optional>

#include "base/clock.h"
#include "base/random.h"
#include "http/server.h"
#include "sim/machine.h"
#include "sim/metadata/metadata.h"
#include "sim/sandbox/records.h"

namespace hotaru::sim {

/// The spec of a running machine, read again when its file has been replaced. Thread-safe.
class CurrentSpec {
 public:
  CurrentSpec(std::filesystem::path file, MachineSpec spec);
  MachineSpec get();

 private:
  std::filesystem::path file_;
  std::mutex mutex_;
  MachineSpec spec_;
  std::pair<std::int64_t, std::uint64_t> version_;  ///< time of change and inode
};

/// Whether an answer would arrive: tokens travel no further than the hop limit, and containers in the machine (who ask
/// from addresses that are not its own) are one hop further. On EC2 nothing arrives; here they are told at once.
bool in_reach(const http::ServerRequest& request, const MachineSpec& spec);

/// The metadata service of one machine, listening in the network namespace of the thread that makes it.
class MachineMetadata {
 public:
  static Result<std::unique_ptr<MachineMetadata>> serve(CurrentSpec& spec, const Clock& clock, Random& random);
  /// The hop limit may be changed while the machine runs.
  void set_hop_limit(int hops);

 private:
  MachineMetadata(CurrentSpec& spec, const Clock& clock, Random& random);
  Metadata metadata_;
  std::unique_ptr<http::Server> server_;
  int socket_ = -1;
};

}  // namespace hotaru::sim
