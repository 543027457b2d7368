#include <fmt/format.h>

#include "sim/describe.h"
#include "sim/instances/life.h"
#include "sim/network/actions.h"
#include "sim/network/lookups.h"

namespace hotaru::sim::actions {

namespace {

ApiError no_association(const std::string& id) {
  return {400, "InvalidAssociationID.NotFound", fmt::format("The association ID '{}' does not exist", id)};
}

ApiError different_networks(const std::string& table_id, const std::string& what) {
  return {400, "InvalidParameterValue",
          fmt::format("Route table {} and {} belong to different networks", table_id, what)};
}

/// The table that an association belongs to, the main one's included.
const RouteTable* table_with(const RegionState& state, const std::string& association_id) {
  for (const auto& [id, table] : state.route_tables.all()) {
    if (table.main && table.main_association_id == association_id) return &table;
    if (std::ranges::find(table.associations, association_id, &RouteTableAssociation::id) != table.associations.end())
      return &table;
  }
  return nullptr;
}

bool is_main(const RouteTable& table, const std::string& association_id) {
  return table.main && table.main_association_id == association_id;
}

Xml association_answer(const char* name, const std::string& id) {
  return Xml{}.text(name, id).element("associationState", Xml{}.text("state", "associated"));
}

/// Makes another table the VPC's main one.
void move_main(Context& context, const std::string& from, const std::string& to, const std::string& association_id) {
  context.state.route_tables.modify(from, [](RouteTable& one) {
    one.main = false;
    one.main_association_id.clear();
  });
  context.state.route_tables.modify(to, [&](RouteTable& one) {
    one.main = true;
    one.main_association_id = association_id;
  });
}

void move_subnet(Context& context, const std::string& from, const std::string& to, const std::string& old_id,
                 const std::string& new_id) {
  std::string subnet_id;
  context.state.route_tables.modify(from, [&](RouteTable& one) {
    const auto found = std::ranges::find(one.associations, old_id, &RouteTableAssociation::id);
    subnet_id = found->subnet_id;
    one.associations.erase(found);
  });
  context.state.route_tables.modify(to, [&](RouteTable& one) { one.associations.push_back({new_id, subnet_id}); });
}

}  // namespace

ApiResult<Xml> associate_route_table(Context& context, const Parameters& parameters) {
  const std::string table_id = parameters.required("RouteTableId");
  if (parameters.has("GatewayId"))
    parameters.refuse("UnsupportedOperation", "The simulator associates route tables with subnets alone.");
  parameters.ignore("GatewayId");
  const std::string subnet_id = parameters.required("SubnetId");
  if (auto no = parameters.finish()) return std::unexpected(*no);
  auto table = find_by_id(context.state.route_tables, id_forms::route_table, table_id);
  if (!table) return std::unexpected(table.error());
  auto subnet = find_by_id(context.state.subnets, id_forms::subnet, subnet_id);
  if (!subnet) return std::unexpected(subnet.error());
  if ((*table)->vpc_id != (*subnet)->vpc_id)
    return std::unexpected(different_networks(table_id, "subnet " + subnet_id));
  for (const auto& [id, other] : context.state.route_tables.all())
    for (const RouteTableAssociation& one : other.associations) {
      if (one.subnet_id != subnet_id) continue;
      if (id == table_id) return association_answer("associationId", one.id);
      return refuse(
          "Resource.AlreadyAssociated",
          fmt::format("the specified association for route table {} conflicts with an existing association", table_id));
    }
  if (auto no = dry_run(parameters)) return std::unexpected(*no);
  const std::string id = context.new_id("rtbassoc");
  context.state.route_tables.modify(table_id, [&](RouteTable& one) { one.associations.push_back({id, subnet_id}); });
  refresh_firewalls_later(context, (*subnet)->vpc_id);
  return association_answer("associationId", id);
}

ApiResult<Xml> disassociate_route_table(Context& context, const Parameters& parameters) {
  const std::string id = parameters.required("AssociationId");
  if (auto no = parameters.finish()) return std::unexpected(*no);
  const RouteTable* table = table_with(context.state, id);
  if (!table) return std::unexpected(no_association(id));
  if (is_main(*table, id))
    return refuse("InvalidParameterValue", fmt::format("cannot disassociate the main route table association {}", id));
  if (auto no = dry_run(parameters)) return std::unexpected(*no);
  context.state.route_tables.modify(table->id, [&](RouteTable& one) {
    std::erase_if(one.associations, [&](const RouteTableAssociation& link) { return link.id == id; });
  });
  refresh_firewalls_later(context, table->vpc_id);
  return done();
}

ApiResult<Xml> replace_route_table_association(Context& context, const Parameters& parameters) {
  const std::string old_id = parameters.required("AssociationId");
  const std::string table_id = parameters.required("RouteTableId");
  if (auto no = parameters.finish()) return std::unexpected(*no);
  auto to = find_by_id(context.state.route_tables, id_forms::route_table, table_id);
  if (!to) return std::unexpected(to.error());
  const RouteTable* from = table_with(context.state, old_id);
  if (!from) return std::unexpected(no_association(old_id));
  if (from->vpc_id != (*to)->vpc_id) return std::unexpected(different_networks(table_id, "association " + old_id));
  if (auto no = dry_run(parameters)) return std::unexpected(*no);
  if (from == *to) return association_answer("newAssociationId", old_id);
  const std::string id = context.new_id("rtbassoc");
  if (is_main(*from, old_id)) {
    move_main(context, from->id, table_id, id);
  } else {
    move_subnet(context, from->id, table_id, old_id, id);
  }
  refresh_firewalls_later(context, (*to)->vpc_id);
  return association_answer("newAssociationId", id);
}

}  // namespace hotaru::sim::actions
