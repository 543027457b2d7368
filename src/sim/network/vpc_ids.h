#pragma once

#include <string>
#include <string_view>

#include "sim/model.h"
#include "sim/xml.h"

namespace hotaru::sim {

/// What every region has without anybody's making it.
constexpr std::string_view usual_dhcp_options = "dopt-00000000000000000";

/// "dopt-…", or "default" where a VPC was told to have none.
inline std::string dhcp_options_id(const Vpc& vpc) {
  return vpc.dhcp_options_id.empty() ? std::string(usual_dhcp_options) : vpc.dhcp_options_id;
}

/// The id of the association of a VPC's first CIDR block follows from the VPC's: nobody refers to it but to see it.
inline std::string first_cidr_association(const Vpc& vpc) { return "vpc-cidr-assoc-" + vpc.id.substr(4); }

inline Xml cidr_association_xml(const std::string& id, const std::string& cidr, const char* state) {
  return Xml{}.text("associationId", id).text("cidrBlock", cidr).element("cidrBlockState", Xml{}.text("state", state));
}

}  // namespace hotaru::sim
