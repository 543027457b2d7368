#include "sim/storage/actions.h"
#include "sim/storage/volume_rules.h"

namespace hotaru::sim::actions {

namespace {

constexpr auto encryption = "ebs-encryption-by-default";
constexpr auto default_key = "ebs-default-kms-key-id";

ApiResult<Xml> set_encryption(Context& context, const Parameters& parameters, bool on) {
  if (auto no = parameters.finish()) return std::unexpected(*no);
  if (auto no = dry_run(parameters)) return std::unexpected(*no);
  context.state.settings.put({encryption, on ? "true" : "false"});
  return Xml{}.flag("ebsEncryptionByDefault", on);
}

}  // namespace

ApiResult<Xml> get_ebs_encryption_by_default(Context& context, const Parameters& parameters) {
  if (auto no = parameters.finish()) return std::unexpected(*no);
  if (auto no = dry_run(parameters)) return std::unexpected(*no);
  const Setting* set = context.state.settings.find(encryption);
  const bool on = set != nullptr && set->value == "true";
  return Xml{}.flag("ebsEncryptionByDefault", on).text_unless_empty("sseType", on ? "sse-ebs" : "");
}

ApiResult<Xml> enable_ebs_encryption_by_default(Context& context, const Parameters& parameters) {
  return set_encryption(context, parameters, true);
}

ApiResult<Xml> disable_ebs_encryption_by_default(Context& context, const Parameters& parameters) {
  return set_encryption(context, parameters, false);
}

ApiResult<Xml> get_ebs_default_kms_key_id(Context& context, const Parameters& parameters) {
  if (auto no = parameters.finish()) return std::unexpected(*no);
  if (auto no = dry_run(parameters)) return std::unexpected(*no);
  const Setting* set = context.state.settings.find(default_key);
  return Xml{}.text("kmsKeyId", set != nullptr ? set->value : "alias/aws/ebs");
}

ApiResult<Xml> modify_ebs_default_kms_key_id(Context& context, const Parameters& parameters) {
  const std::string key = parameters.required("KmsKeyId");
  if (auto no = parameters.finish()) return std::unexpected(*no);
  if (auto no = dry_run(parameters)) return std::unexpected(*no);
  context.state.settings.put({default_key, key});
  return Xml{}.text("kmsKeyId", key);
}

ApiResult<Xml> reset_ebs_default_kms_key_id(Context& context, const Parameters& parameters) {
  if (auto no = parameters.finish()) return std::unexpected(*no);
  if (auto no = dry_run(parameters)) return std::unexpected(*no);
  context.state.settings.erase(default_key);
  return Xml{}.text("kmsKeyId", "alias/aws/ebs");
}

}  // namespace hotaru::sim::actions
