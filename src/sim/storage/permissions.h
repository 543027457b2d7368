#pragma once

#include <set>
#include <string>
#include <vector>

#include "sim/action.h"

/// Who else may use a snapshot (createVolumePermission) or an image (launchPermission): both are changed alike.
namespace hotaru::sim {

struct PermissionChange {
  std::vector<std::string> add_users;
  std::vector<std::string> remove_users;
  std::vector<std::string> add_groups;
  std::vector<std::string> remove_groups;
  bool empty() const {
    return add_users.empty() && remove_users.empty() && add_groups.empty() && remove_groups.empty();
  }
};

/// NAME.Add and NAME.Remove, or OperationType with UserId and UserGroup. InvalidAMIAttributeItemValue for a group other
/// than "all".
PermissionChange read_permissions(const Parameters& parameters, const std::string& name);
void apply(const PermissionChange& change, bool& is_public, std::vector<std::string>& users);
/// The items of a list of permissions.
void write_permissions(Xml& xml, std::string_view name, bool is_public, const std::vector<std::string>& users);

}  // namespace hotaru::sim
