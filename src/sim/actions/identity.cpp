#include <fmt/format.h>

#include "sim/actions/actions.h"

namespace hotaru::sim::actions {

ApiResult<Xml> get_caller_identity(Context& context, const Parameters& parameters) {
  if (auto no = parameters.finish()) return std::unexpected(*no);
  return Xml{}
      .text("Arn", fmt::format("arn:aws:iam::{}:user/sim", context.account_id))
      .text("UserId", "AIDASIMULATEDBYHOTARU")
      .text("Account", context.account_id);
}

}  // namespace hotaru::sim::actions
