#pragma once

#include "sim/action.h"

/// The actions of EBS, and on images of one's own. Each is documented by the EC2 API Reference under its own name.
namespace hotaru::sim::actions {

// volumes.cpp
ApiResult<Xml> describe_volumes(Context&, const Parameters&);
ApiResult<Xml> delete_volume(Context&, const Parameters&);

// create_volume.cpp
ApiResult<Xml> create_volume(Context&, const Parameters&);

// attachments.cpp
ApiResult<Xml> attach_volume(Context&, const Parameters&);
ApiResult<Xml> detach_volume(Context&, const Parameters&);

// volume_changes.cpp
ApiResult<Xml> modify_volume(Context&, const Parameters&);
ApiResult<Xml> describe_volumes_modifications(Context&, const Parameters&);

// volume_status.cpp
ApiResult<Xml> describe_volume_status(Context&, const Parameters&);
ApiResult<Xml> describe_volume_attribute(Context&, const Parameters&);
ApiResult<Xml> modify_volume_attribute(Context&, const Parameters&);
ApiResult<Xml> enable_volume_io(Context&, const Parameters&);

// snapshots.cpp
ApiResult<Xml> describe_snapshots(Context&, const Parameters&);
ApiResult<Xml> delete_snapshot(Context&, const Parameters&);

// create_snapshot.cpp
ApiResult<Xml> create_snapshot(Context&, const Parameters&);
ApiResult<Xml> create_snapshots(Context&, const Parameters&);
ApiResult<Xml> copy_snapshot(Context&, const Parameters&);

// snapshot_attributes.cpp
ApiResult<Xml> describe_snapshot_attribute(Context&, const Parameters&);
ApiResult<Xml> modify_snapshot_attribute(Context&, const Parameters&);
ApiResult<Xml> reset_snapshot_attribute(Context&, const Parameters&);

// create_image.cpp
ApiResult<Xml> create_image(Context&, const Parameters&);
// register_image.cpp
ApiResult<Xml> register_image(Context&, const Parameters&);
// copy_image.cpp
ApiResult<Xml> copy_image(Context&, const Parameters&);
ApiResult<Xml> deregister_image(Context&, const Parameters&);

// image_attributes.cpp
ApiResult<Xml> describe_image_attribute(Context&, const Parameters&);
ApiResult<Xml> modify_image_attribute(Context&, const Parameters&);
ApiResult<Xml> reset_image_attribute(Context&, const Parameters&);

// ebs_settings.cpp
ApiResult<Xml> get_ebs_encryption_by_default(Context&, const Parameters&);
ApiResult<Xml> enable_ebs_encryption_by_default(Context&, const Parameters&);
ApiResult<Xml> disable_ebs_encryption_by_default(Context&, const Parameters&);
ApiResult<Xml> get_ebs_default_kms_key_id(Context&, const Parameters&);
ApiResult<Xml> modify_ebs_default_kms_key_id(Context&, const Parameters&);
ApiResult<Xml> reset_ebs_default_kms_key_id(Context&, const Parameters&);

}  // namespace hotaru::sim::actions
