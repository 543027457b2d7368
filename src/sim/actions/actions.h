#pragma once

#include "sim/action.h"

/// The actions of the core, by file. Each is documented by the EC2 (or STS) API Reference under its own name.
namespace hotaru::sim::actions {

// regions.cpp
ApiResult<Xml> describe_regions(Context&, const Parameters&);
ApiResult<Xml> describe_availability_zones(Context&, const Parameters&);

// instance_types.cpp
ApiResult<Xml> describe_instance_types(Context&, const Parameters&);
ApiResult<Xml> describe_instance_type_offerings(Context&, const Parameters&);

// spot_prices.cpp
ApiResult<Xml> describe_spot_price_history(Context&, const Parameters&);

// spot_scores.cpp
ApiResult<Xml> get_spot_placement_scores(Context&, const Parameters&);

// images.cpp
ApiResult<Xml> describe_images(Context&, const Parameters&);

// key_pairs.cpp
ApiResult<Xml> import_key_pair(Context&, const Parameters&);
ApiResult<Xml> describe_key_pairs(Context&, const Parameters&);
ApiResult<Xml> delete_key_pair(Context&, const Parameters&);

// security_groups.cpp
ApiResult<Xml> create_security_group(Context&, const Parameters&);
ApiResult<Xml> describe_security_groups(Context&, const Parameters&);
ApiResult<Xml> delete_security_group(Context&, const Parameters&);

// security_group_rules.cpp
ApiResult<Xml> authorize_security_group_ingress(Context&, const Parameters&);
ApiResult<Xml> authorize_security_group_egress(Context&, const Parameters&);
ApiResult<Xml> revoke_security_group_ingress(Context&, const Parameters&);
ApiResult<Xml> revoke_security_group_egress(Context&, const Parameters&);
ApiResult<Xml> describe_security_group_rules(Context&, const Parameters&);

// tags.cpp
ApiResult<Xml> create_tags(Context&, const Parameters&);
ApiResult<Xml> delete_tags(Context&, const Parameters&);
ApiResult<Xml> describe_tags(Context&, const Parameters&);

}  // namespace hotaru::sim::actions
