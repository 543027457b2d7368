#pragma once

#include <optional>
#include <string>
#include <vector>

/// What of networks is seldom looked at, as values; per region. A new field needs its name in network/model_json.cpp
/// too.
namespace hotaru::sim {

struct NetworkAclEntry {
  int number = 100;
  bool egress = false;
  std::string protocol = "-1";  ///< its number, or "-1": all
  std::string action = "allow";
  std::string cidr;   ///< IPv4
  std::string cidr6;  ///< IPv6
  std::optional<int> from_port;
  std::optional<int> to_port;
  std::optional<int> icmp_type;
  std::optional<int> icmp_code;
};
struct NetworkAclAssociation {
  std::string id;  ///< "aclassoc-…"
  std::string subnet_id;
};
/// Those that somebody made. A VPC's default one is stored once it was changed, with the associations that were moved
/// to it.
struct NetworkAcl {
  std::string id;  ///< "acl-…"
  std::string vpc_id;
  bool is_default = false;
  std::vector<NetworkAclEntry> entries;
  std::vector<NetworkAclAssociation> associations;
  std::string client_token;
};

}  // namespace hotaru::sim
