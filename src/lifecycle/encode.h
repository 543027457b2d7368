#pragma once

#include <optional>
#include <string>
#include <vector>

#include "aws/ec2.h"
#include "lifecycle/lifecycle.h"

/// JSON for what the store keeps. A text that cannot be read (another version wrote it) reads as nothing.
namespace hotaru::lifecycle {

std::string encode(const ImageChoice& image);
std::optional<ImageChoice> decode_image(const std::string& text);
std::string encode(const std::vector<SubnetChoice>& subnets);
std::optional<std::vector<SubnetChoice>> decode_subnets(const std::string& text);
/// The exact request of a launch, user data included: to be kept 0600.
std::string encode(const aws::RunInstances& request);
std::string encode(const aws::CreateFleet& request);
/// What an operation was asked to do, for people and for settling.
std::string encode_parameters(const LaunchPlan& plan);
/// For a `down`: which instance and group, and the operation that made them.
std::string encode_parameters(const std::string& instance_id, const std::string& group_id,
                              const std::string& operation);
std::string parameter(const std::string& parameters, const std::string& key);

}  // namespace hotaru::lifecycle
