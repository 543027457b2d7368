#include "base/text.h"
#include "sim/describe.h"
#include "sim/instances/actions.h"
#include "sim/instances/instance_filters.h"
#include "sim/instances/instance_xml.h"
#include "sim/instances/life.h"

namespace hotaru::sim::actions {

ApiResult<Xml> describe_instances(Context& context, const Parameters& parameters) {
  settle(context);
  auto page = describe<Instance>(context, parameters, context.state.instances,
                                 {"InstanceId", id_forms::instance, instance_filters(context.state)});
  if (!page) return std::unexpected(page.error());
  std::map<std::string, std::vector<const Instance*>> reservations;
  for (const Instance* one : page->items) reservations[one->reservation_id].push_back(one);
  Xml xml;
  Xml items;
  for (auto& [id, instances] : reservations) {
    std::ranges::sort(instances, {}, &Instance::launch_index);
    items.element("item", reservation_xml(context.state, instances));
  }
  xml.element("reservationSet", items);
  page->write_token(xml);
  return xml;
}

}  // namespace hotaru::sim::actions
