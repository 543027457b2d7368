#include <fmt/format.h>

#include "sim/describe.h"
#include "sim/storage/actions.h"
#include "sim/storage/storage.h"

namespace hotaru::sim::actions {

namespace {

const FilterTable<Volume>& filters() {
  // No volume is ever impaired here: there are no events, and no action is asked for.
  static const FilterTable<Volume> table = {
      {"availability-zone", [](const Volume& one) { return Values{one.zone}; }},
      {"availability-zone-id", [](const Volume& one) { return Values{one.zone_id}; }},
      {"action.code", [](const Volume&) { return Values{}; }},
      {"action.description", [](const Volume&) { return Values{}; }},
      {"action.event-id", [](const Volume&) { return Values{}; }},
      {"event.description", [](const Volume&) { return Values{}; }},
      {"event.event-id", [](const Volume&) { return Values{}; }},
      {"event.event-type", [](const Volume&) { return Values{}; }},
      {"event.not-after", [](const Volume&) { return Values{}; }},
      {"event.not-before", [](const Volume&) { return Values{}; }},
      {"volume-status.details-name", [](const Volume&) { return Values{std::string("io-enabled"), "io-performance"}; }},
      {"volume-status.details-status", [](const Volume&) { return Values{std::string("passed")}; }},
      {"volume-status.status", [](const Volume&) { return Values{std::string("ok")}; }},
  };
  return table;
}

void write_status(Xml& xml, const Volume& volume) {
  const auto detail = [](const char* name, const char* status) {
    return Xml{}.element("item", Xml{}.text("name", name).text("status", status));
  };
  Xml details = detail("io-enabled", "passed");
  details.append(detail("io-performance", "not-applicable"));
  xml.text("volumeId", volume.id)
      .text("availabilityZone", volume.zone)
      .text("availabilityZoneId", volume.zone_id)
      .element("volumeStatus", Xml{}.text("status", "ok").element("details", details))
      .element("eventsSet", Xml{})
      .element("actionsSet", Xml{})
      .set("attachmentStatuses", volume.attachments, [](const VolumeAttachment& one, Xml& item) {
        item.text("instanceId", one.instance_id).text("ioPerformance", "not-applicable");
      });
}

}  // namespace

ApiResult<Xml> describe_volume_status(Context& context, const Parameters& parameters) {
  parameters.ignore("IncludeManagedResources");
  settle_volumes(context);
  auto page = describe<Volume>(context, parameters, context.state.volumes, {"VolumeId", id_forms::volume, filters()});
  if (!page) return std::unexpected(page.error());
  Xml xml;
  xml.set("volumeStatusSet", page->items, [](const Volume* one, Xml& item) { write_status(item, *one); });
  page->write_token(xml);
  return xml;
}

ApiResult<Xml> describe_volume_attribute(Context& context, const Parameters& parameters) {
  const std::string id = parameters.required("VolumeId");
  const std::string attribute = parameters.required("Attribute");
  if (auto no = parameters.finish()) return std::unexpected(*no);
  auto found = find_by_id(context.state.volumes, id_forms::volume, id);
  if (!found) return std::unexpected(found.error());
  if (attribute != "autoEnableIO" && attribute != "productCodes")
    return refuse("InvalidParameterValue",
                  fmt::format("Value ({}) for parameter attribute is invalid. Unknown attribute.", attribute));
  if (auto no = dry_run(parameters)) return std::unexpected(*no);
  Xml xml;
  xml.text("volumeId", id);
  if (attribute == "productCodes") return xml.element("productCodes", Xml{});
  return xml.element("autoEnableIO", Xml{}.flag("value", (*found)->auto_enable_io));
}

ApiResult<Xml> modify_volume_attribute(Context& context, const Parameters& parameters) {
  const std::string id = parameters.required("VolumeId");
  const auto enable = parameters.optional_flag("AutoEnableIO.Value");
  if (auto no = parameters.finish()) return std::unexpected(*no);
  auto found = find_by_id(context.state.volumes, id_forms::volume, id);
  if (!found) return std::unexpected(found.error());
  if (!enable) return refuse("InvalidParameterCombination", "No attributes specified.");
  if (auto no = dry_run(parameters)) return std::unexpected(*no);
  context.state.volumes.modify(id, [&](Volume& one) { one.auto_enable_io = *enable; });
  return done();
}

ApiResult<Xml> enable_volume_io(Context& context, const Parameters& parameters) {
  const std::string id = parameters.required("VolumeId");
  if (auto no = parameters.finish()) return std::unexpected(*no);
  auto found = find_by_id(context.state.volumes, id_forms::volume, id);
  if (!found) return std::unexpected(found.error());
  if (auto no = dry_run(parameters)) return std::unexpected(*no);
  return done();  // it is never off
}

}  // namespace hotaru::sim::actions
