#pragma once

#include <string>
#include <vector>

#include "sim/action.h"
#include "sim/instances/launch_request.h"
#include "sim/storage/volume_rules.h"

/// Images of one's own.
namespace hotaru::sim {

/// EC2's refusal of a name that it does not allow, or that another image of the account has.
Refusal check_image_name(const RegionState& state, const std::string& name);

/// A volume of which nothing is known yet: no size, and EC2's default type.
ImageDevice new_device(const std::string& name);
/// Size and speed as a block device mapping asks for them, else as the image has them for a volume of that type.
VolumeWish wish_over(const ImageDevice& device, const DeviceRequest& request);
/// A device of an image as a block device mapping asks for it, over what is there already (or an empty ImageDevice).
ApiResult<ImageDevice> plan_image_device(const RegionState& state, ImageDevice device, const DeviceRequest& request);

/// The image of that id that the account owns; else what EC2 says: of an id that is malformed, that nothing has, of an
/// image that was deregistered, or that is somebody else's.
ApiResult<const Image*> own_image(const Context& context, const std::string& id);
/// InvalidAMIID.NotFound.
ApiError no_such_image(const std::string& id);

/// <blockDeviceMapping>…</blockDeviceMapping>
void write_image_devices(Xml& xml, const Image& image);

}  // namespace hotaru::sim
