#include "base/text.h"
#include "sim/describe.h"
#include "sim/instances/actions.h"
#include "sim/instances/instance_filters.h"
#include "sim/instances/instance_xml.h"
#include "sim/instances/life.h"

namespace hotaru::sim::actions {

ApiResult<Xml> describe_instances(Context& context, const Parameters& parameters) {
  parameters.flag("IncludeManagedResources");  // there are none
  if (parameters.has("InstanceId") && parameters.has("MaxResults"))
    parameters.refuse("InvalidParameterCombination",
                      "The parameter instancesSet cannot be used with the parameter maxResults");
  settle(context);
  const RegionState& state = context.state;
  Description<Instance> how{"InstanceId", id_forms::instance, {}};
  if (parameters.has("Filter")) how.filters = instance_filters(state);
  how.narrow = [&](const std::vector<Filter>& filters) { return instances_among(state, filters); };
  auto page = describe<Instance>(context, parameters, state.instances, how);
  if (!page) return std::unexpected(page.error());
  std::map<std::string, std::vector<const Instance*>> reservations;
  for (const Instance* one : page->items) reservations[one->reservation_id].push_back(one);
  Xml xml;
  for (auto& [id, instances] : reservations) std::ranges::sort(instances, {}, &Instance::launch_index);
  xml.set("reservationSet", reservations,
          [&](const auto& reservation, Xml& item) { write_reservation(item, state, reservation.second); });
  page->write_token(xml);
  return xml;
}

}  // namespace hotaru::sim::actions
