#pragma once

#include <compare>
#include <cstddef>
#include <string>
#include <vector>

#include "aws/ec2.h"
#include "lifecycle/context.h"

namespace hotaru::lifecycle {

/// The cache follows what EC2 lists of a region, part by part. Takes sixteen bytes of memory for each instance that
/// this machine knows there, whatever EC2 lists.
class Follower {
 public:
  /// Reads which instances are known.
  static Result<Follower> begin(Context& context, const std::string& region);
  /// Remembers what is new or has changed.
  void note(const std::vector<aws::Instance>& part);
  /// All has been listed: what was not is forgotten. An instance launched moments ago may not be listed yet: it stays.
  void finish();

 private:
  Follower(Context& context, std::string region) : context_(&context), region_(std::move(region)) {}
  struct Seen {
    std::size_t id;     ///< a hash
    std::size_t state;  ///< a hash of what changes during a life
    auto operator<=>(const Seen&) const = default;
  };
  std::size_t index_of(const std::string& id) const;

  Context* context_;
  std::string region_;
  std::vector<Seen> known_;   ///< ascending
  std::vector<bool> listed_;  ///< beside them
};

}  // namespace hotaru::lifecycle
