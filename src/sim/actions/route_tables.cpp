#include "sim/actions/actions.h"
#include "sim/describe.h"

namespace hotaru::sim::actions {

namespace {

bool is_local(const Route& route) { return route.gateway_id == "local"; }

/// A route through a gateway that is not there (any more) leads nowhere.
const char* state_of(const Context& context, const RouteTable& table, const Route& route) {
  if (is_local(route)) return "active";
  const InternetGateway* gateway = context.state.internet_gateways.find(route.gateway_id);
  return gateway && gateway->vpc_id == table.vpc_id ? "active" : "blackhole";
}

template <class Get>
Values of_routes(const RouteTable& table, Get get) {
  Values values;
  for (const Route& route : table.routes) values.push_back(get(route));
  return values;
}

Description<RouteTable> description(const Context& context) {
  const Context* from = &context;
  const auto association = [](const RouteTable& one) { return one.main ? Values{one.main_association_id} : Values{}; };
  return {"RouteTableId",
          id_forms::route_table,
          {{"association.main", [](const RouteTable& one) { return truth(one.main); }},
           {"association.route-table-association-id", association},
           {"association.route-table-id", [](const RouteTable& one) { return one.main ? Values{one.id} : Values{}; }},
           {"association.subnet-id", [](const RouteTable&) { return Values{}; }},
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
           {"vpc-id", [](const RouteTable& one) { return Values{one.vpc_id}; }}}};
}

void write(const Context& context, const RouteTable& table, Xml& item) {
  item.text("routeTableId", table.id).text("vpcId", table.vpc_id).text("ownerId", context.account_id);
  item.set("routeSet", table.routes, [&](const Route& route, Xml& one) {
    one.text("destinationCidrBlock", route.destination)
        .text("gatewayId", route.gateway_id)
        .text("state", state_of(context, table, route))
        .text("origin", is_local(route) ? "CreateRouteTable" : "CreateRoute");
  });
  Xml associations;
  if (table.main) {
    associations.element("item", Xml{}
                                     .text("routeTableAssociationId", table.main_association_id)
                                     .text("routeTableId", table.id)
                                     .flag("main", true)
                                     .element("associationState", Xml{}.text("state", "associated")));
  }
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

}  // namespace hotaru::sim::actions
