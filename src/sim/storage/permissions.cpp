#include "sim/storage/permissions.h"

#include <fmt/format.h>

#include <algorithm>

namespace hotaru::sim {

namespace {

constexpr std::size_t account_digits = 12;

void check_groups(const Parameters& parameters, const std::vector<std::string>& groups) {
  for (const std::string& group : groups)
    if (group != "all")
      parameters.refuse("InvalidAMIAttributeItemValue",
                        fmt::format("Invalid attribute item value \"{}\" for userGroup item type.", group));
}

void check_users(const Parameters& parameters, const std::vector<std::string>& users) {
  for (const std::string& user : users)
    if (user.size() != account_digits || user.find_first_not_of("0123456789") != std::string::npos)
      parameters.refuse("InvalidAMIAttributeItemValue",
                        fmt::format("Invalid attribute item value \"{}\" for userId item type.", user));
}

void read_items(const Parameters& parameters, const std::string& name, std::vector<std::string>& users,
                std::vector<std::string>& groups) {
  for (const Parameters& item : parameters.structures(name)) {
    if (auto user = item.optional_text("UserId")) users.push_back(*user);
    if (auto group = item.optional_text("Group")) groups.push_back(*group);
    // There are no organizations here.
    for (const char* arn : {"OrganizationArn", "OrganizationalUnitArn"}) item.ignore(arn);
  }
}

}  // namespace

PermissionChange read_permissions(const Parameters& parameters, const std::string& name) {
  PermissionChange change;
  read_items(parameters, name + ".Add", change.add_users, change.add_groups);
  read_items(parameters, name + ".Remove", change.remove_users, change.remove_groups);
  const auto users = parameters.list("UserId");
  const auto groups = parameters.list("UserGroup");
  const std::string operation = parameters.one_of("OperationType", {"add", "remove"}, "");
  auto& to_users = operation == "remove" ? change.remove_users : change.add_users;
  auto& to_groups = operation == "remove" ? change.remove_groups : change.add_groups;
  to_users.insert(to_users.end(), users.begin(), users.end());
  to_groups.insert(to_groups.end(), groups.begin(), groups.end());
  for (const auto* all : {&change.add_groups, &change.remove_groups}) check_groups(parameters, *all);
  for (const auto* all : {&change.add_users, &change.remove_users}) check_users(parameters, *all);
  return change;
}

void apply(const PermissionChange& change, bool& is_public, std::vector<std::string>& users) {
  std::set<std::string> all(users.begin(), users.end());
  all.insert(change.add_users.begin(), change.add_users.end());
  for (const std::string& user : change.remove_users) all.erase(user);
  users.assign(all.begin(), all.end());
  if (!change.add_groups.empty()) is_public = true;
  if (!change.remove_groups.empty()) is_public = false;
}

void write_permissions(Xml& xml, std::string_view name, bool is_public, const std::vector<std::string>& users) {
  xml.element(name, [&](Xml& items) {
    if (is_public) items.element("item", Xml{}.text("group", "all"));
    for (const std::string& user : users) items.element("item", Xml{}.text("userId", user));
  });
}

}  // namespace hotaru::sim
