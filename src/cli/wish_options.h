#pragma once

#include <string>

#include "cli/context.h"
#include "cli/options.h"
#include "plan/wish.h"

namespace hotaru::cli {

/// The options by which `find`, `plan` and `up` are told what is wanted.
struct WishOptions {
  std::string type;
  std::string gpu;
  std::string gpu_memory;
  std::string total_gpu_memory;
  std::string cuda;
  int vcpus = 0;
  std::string memory;
  std::string arch;
  std::string network;
  bool efa = false;
  bool spot = false;
  std::string market;
  std::string max_price;
  std::string max_latency;
  std::string sort = "price";
};

void declare_wish(Options& options, WishOptions& values);

/// Regions and markets included; `invalid` or `not_found` with what to say instead. Whether a type exists is not
/// looked at.
Result<plan::Wish> read_wish(const WishOptions& values, const Context& context, const catalog::Catalog& catalog);

/// Whether anything was said that narrows offers, the type aside.
bool has_wish(const WishOptions& values);

}  // namespace hotaru::cli
