#include <fmt/format.h>

#include "sim/describe.h"
#include "sim/network/actions.h"
#include "sim/network/lookups.h"
#include "sim/network/shared.h"

namespace hotaru::sim::actions {

namespace {

bool is_local(const Route& route) { return route.gateway_id == "local"; }

const char* state_of(const Context& context, const RouteTable& table, const Route& route) {
  return is_active(context.state, table, route) ? "active" : "blackhole";
}

template <class Get>
Values of_routes(const RouteTable& table, Get get) {
  Values values;
  for (const Route& route : table.routes) values.push_back(get(route));
  return values;
}

Values association_ids(const RouteTable& table) {
  Values ids = table.main ? Values{table.main_association_id} : Values{};
  for (const RouteTableAssociation& one : table.associations) ids.push_back(one.id);
  return ids;
}

Values associated_subnets(const RouteTable& table) {
  Values ids;
  for (const RouteTableAssociation& one : table.associations) ids.push_back(one.subnet_id);
  return ids;
}

Xml association_xml(const RouteTable& table, const std::string& id, const std::string& subnet_id) {
  return Xml{}
      .text("routeTableAssociationId", id)
      .text("routeTableId", table.id)
      .text_unless_empty("subnetId", subnet_id)
      .flag("main", subnet_id.empty())
      .element("associationState", Xml{}.text("state", "associated"));
}

/// The interface that a route leads to, and whose it is.
void write_target(Xml& xml, const Context& context, const Route& route) {
  if (route.network_interface_id.empty()) {
    xml.text("gatewayId", route.gateway_id);
    return;
  }
  xml.text("networkInterfaceId", route.network_interface_id);
  const NetworkInterface* one = context.state.network_interfaces.find(route.network_interface_id);
  if (one && !one->instance_id.empty())
    xml.text("instanceId", one->instance_id).text("instanceOwnerId", context.account_id);
}

Description<RouteTable> description(const Context& context) {
  const Context* from = &context;
  return {"RouteTableId",
          id_forms::route_table,
          {{"association.main", [](const RouteTable& one) { return truth(one.main); }},
           {"association.route-table-association-id", association_ids},
           {"association.route-table-id",
            [](const RouteTable& one) { return association_ids(one).empty() ? Values{} : Values{one.id}; }},
           {"association.subnet-id", associated_subnets},
           {"association.gateway-id", [](const RouteTable&) { return Values{}; }},
           {"owner-id", [from](const RouteTable&) { return Values{from->account_id}; }},
           {"route-table-id", [](const RouteTable& one) { return Values{one.id}; }},
           {"route.destination-cidr-block",
            [](const RouteTable& one) { return of_routes(one, [](const Route& r) { return r.destination; }); }},
           {"route.gateway-id",
            [](const RouteTable& one) { return of_routes(one, [](const Route& r) { return r.gateway_id; }); }},
           {"route.origin",
            [](const RouteTable& one) {
              return of_routes(one, [](const Route& r) { return is_local(r) ? "CreateRouteTable" : "CreateRoute"; });
            }},
           {"route.state",
            [from](const RouteTable& one) {
              return of_routes(one, [&](const Route& r) { return state_of(*from, one, r); });
            }},
           {"route.instance-id",
            [from](const RouteTable& one) {
              return of_routes(one, [&](const Route& r) {
                const NetworkInterface* at = from->state.network_interfaces.find(r.network_interface_id);
                return at ? std::string(at->instance_id) : std::string();
              });
            }},
           {"route.nat-gateway-id", [](const RouteTable&) { return Values{}; }},
           {"route.transit-gateway-id", [](const RouteTable&) { return Values{}; }},
           {"route.vpc-peering-connection-id", [](const RouteTable&) { return Values{}; }},
           {"route.egress-only-internet-gateway-id", [](const RouteTable&) { return Values{}; }},
           {"route.destination-ipv6-cidr-block", [](const RouteTable&) { return Values{}; }},
           {"route.destination-prefix-list-id", [](const RouteTable&) { return Values{}; }},
           {"vpc-id", [](const RouteTable& one) { return Values{one.vpc_id}; }}}};
}

void write(const Context& context, const RouteTable& table, Xml& item) {
  item.text("routeTableId", table.id).text("vpcId", table.vpc_id).text("ownerId", context.account_id);
  item.set("routeSet", table.routes, [&](const Route& route, Xml& one) {
    one.text("destinationCidrBlock", route.destination);
    write_target(one, context, route);
    one.text("state", state_of(context, table, route))
        .text("origin", is_local(route) ? "CreateRouteTable" : "CreateRoute");
  });
  Xml associations;
  if (table.main) associations.element("item", association_xml(table, table.main_association_id, ""));
  for (const RouteTableAssociation& one : table.associations)
    associations.element("item", association_xml(table, one.id, one.subnet_id));
  item.element("associationSet", associations).element("propagatingVgwSet", Xml{});
  write_tags(item, context.state.tags_of(table.id));
}

}  // namespace

ApiResult<Xml> describe_route_tables(Context& context, const Parameters& parameters) {
  auto page = describe(context, parameters, context.state.route_tables, description(context));
  if (!page) return std::unexpected(page.error());
  Xml xml;
  xml.set("routeTableSet", page->items, [&](const RouteTable* one, Xml& item) { write(context, *one, item); });
  page->write_token(xml);
  return xml;
}

ApiResult<Xml> create_route_table(Context& context, const Parameters& parameters) {
  const std::string vpc_id = parameters.required("VpcId");
  const std::string token = parameters.text("ClientToken");
  const auto tags = read_tag_specifications(parameters, {"route-table"});
  if (auto no = parameters.finish()) return std::unexpected(*no);
  auto vpc = find_by_id(context.state.vpcs, id_forms::vpc, vpc_id);
  if (!vpc) return std::unexpected(vpc.error());
  if (auto no = dry_run(parameters)) return std::unexpected(*no);
  const RouteTable* made = nullptr;
  for (const auto& [id, one] : context.state.route_tables.all())
    if (!token.empty() && one.client_token == token) made = &one;
  if (made && made->vpc_id != vpc_id)
    return refuse("IdempotentParameterMismatch",
                  "Arguments on this idempotent request are inconsistent with arguments used in previous request(s).");
  if (!made) {
    RouteTable table;
    table.id = context.new_id("rtb");
    table.vpc_id = vpc_id;
    table.client_token = token;
    for (const std::string& cidr : cidrs_of(**vpc)) table.routes.push_back({cidr, "local"});
    tag_made(context, tags, "route-table", table.id);
    made = &context.state.route_tables.put(std::move(table));
  }
  Xml inside;
  write(context, *made, inside);
  return Xml{}.element("routeTable", inside).text_unless_empty("clientToken", token);
}

ApiResult<Xml> delete_route_table(Context& context, const Parameters& parameters) {
  const std::string id = parameters.required("RouteTableId");
  if (auto no = parameters.finish()) return std::unexpected(*no);
  auto table = find_by_id(context.state.route_tables, id_forms::route_table, id);
  if (!table) return std::unexpected(table.error());
  if ((*table)->main || !(*table)->associations.empty())
    return refuse("DependencyViolation",
                  fmt::format("The routeTable '{}' has dependencies and cannot be deleted.", id));
  if (auto no = dry_run(parameters)) return std::unexpected(*no);
  context.state.route_tables.erase(id);
  context.state.remove_tags(id);
  return done();
}

}  // namespace hotaru::sim::actions
