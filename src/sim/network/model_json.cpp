#include "sim/network/model.h"

#include "sim/row_json.h"

namespace hotaru::sim {

NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(NetworkAclEntry, number, egress, protocol, action, cidr, cidr6,
                                                from_port, to_port, icmp_type, icmp_code)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(NetworkAclAssociation, id, subnet_id)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(NetworkAcl, id, vpc_id, is_default, entries, associations, client_token)

HOTARU_ROW(NetworkAcl)

}  // namespace hotaru::sim
