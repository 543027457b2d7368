#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "sim/action.h"

/// Systems Manager's parameters, those of the account and those that AWS and publishers of images keep for everybody.
namespace hotaru::sim::services {

/// A version of one.
struct KnownParameter {
  std::string name;
  std::string arn;
  bool is_public = false;
  ParameterVersion version;
  std::map<std::string, std::string> tags = {};
};

/// A name as callers may write it: with ":VERSION" or ":LABEL" at its end, or as the parameter's ARN.
struct AskedParameter {
  std::string name;
  std::string selector;  ///< ":1", ":prod" or ""
};
AskedParameter asked_parameter(const Context& context, std::string name);

/// ValidationException for what is no name.
Refusal check_parameter_name(const AskedParameter& asked);
ApiError no_parameter(const std::string& name);
/// ParameterNotFound, ParameterVersionNotFound.
ApiResult<KnownParameter> find_parameter(const Context& context, const AskedParameter& asked);
/// The latest version of each whose name begins so, in order.
std::vector<KnownParameter> parameters_below(const Context& context, const std::string& prefix);

/// What is `resolve:ssm:NAME` becomes the value that the parameter has; else it stays. EC2's InvalidParameterValue.
ApiResult<std::string> resolve_image(const Context& context, const std::string& image_id);

}  // namespace hotaru::sim::services
