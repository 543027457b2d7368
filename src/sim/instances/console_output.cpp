#include "base/text.h"
#include "sim/describe.h"
#include "sim/instances/actions.h"
#include "sim/instances/life.h"

namespace hotaru::sim::actions {

ApiResult<Xml> get_console_output(Context& context, const Parameters& parameters) {
  const std::string id = parameters.required("InstanceId");
  // Without Latest, EC2 answers with what it noted some minutes ago; here it is always of now.
  parameters.flag("Latest");
  if (auto no = parameters.finish()) return std::unexpected(*no);
  settle(context);
  auto found = find_by_id(context.state.instances, id_forms::instance, id);
  if (!found) return std::unexpected(found.error());
  if (auto no = dry_run(parameters)) return std::unexpected(*no);
  std::string text;
  if (context.machines) text = context.machines->console(id).value_or("");
  Xml xml;
  xml.text("instanceId", id).time("timestamp", context.now());
  return xml.text("output", base64_encode(text));
}

}  // namespace hotaru::sim::actions
