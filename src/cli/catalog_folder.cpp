#include "cli/catalog_folder.h"

#include "aws/endpoints.h"
#include "aws/settings.h"
#include "base/digest.h"
#include "base/text.h"

namespace hotaru::cli {

std::filesystem::path catalog_folder(const Context& context) {
  const std::filesystem::path folder = context.folders().cache / "catalog";
  if (context.on_sim()) return folder / context.cloud_mark();
  const auto files = aws::read_shared_files(context.environment());
  if (!files) return folder / "aws";
  const auto settings = aws::settings_of(context.environment(), *files, {.profile = context.globals().profile});
  const std::string endpoint = settings ? aws::own_endpoint(*settings, "ec2") : std::string();
  return folder / (endpoint.empty() ? "aws" : "endpoint-" + hex_encode(sha256(endpoint)).substr(0, 8));
}

}  // namespace hotaru::cli
