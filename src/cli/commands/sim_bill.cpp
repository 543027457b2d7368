#include <fmt/format.h>

#include <ostream>

#include "base/text.h"
#include "cli/command.h"
#include "cli/talk.h"
#include "sim/control/control.h"
#include "sim/json_input.h"

namespace hotaru::cli {
namespace {

struct BillOptions {};

void declare_options(Options&, BillOptions&) {}

std::string dollars(const sim::JsonInput& from, const std::string& name) {
  return fmt::format("${:.6f}", from.optional_real(name).value_or(0));
}

std::vector<std::vector<std::string>> rows_of(const sim::JsonInput& bill) {
  std::vector<std::vector<std::string>> rows{{"INSTANCE", "NAME", "REGION", "KIND", "WHAT", "SINCE", "SECONDS", "USD"}};
  for (const sim::JsonInput& one : bill.objects("lines"))
    rows.push_back({one.text("instance_id"), printable(one.text("name")), one.text("region"), one.text("kind"),
                    printable(one.text("what")), one.text("since").substr(0, 19),
                    fmt::format("{}{}", one.optional_integer("seconds").value_or(0), one.flag("open") ? "+" : ""),
                    one.flag("priced") ? dollars(one, "usd") : "unknown"});
  return rows;
}

Result<int> run_command(const BillOptions&, Context& context) {
  auto text = context.sim_control().bill();
  if (!text) return pass(text);
  if (context.json()) {
    context.out() << "{\"bill\":" << trim(*text) << "}\n";
    return 0;
  }
  const auto bill = sim::JsonInput::parse(*text);
  if (!bill) return fail(ErrorClass::unavailable, "The sim's bill cannot be read.", "Look at 'hotaru sim logs'.");
  if (!bill->objects("lines").empty()) context.out() << table(rows_of(*bill));
  context.out() << "Total: " << dollars(*bill, "total_usd") << " (simulated, before tax; traffic is not counted"
                << (bill->flag("complete") ? "" : ", nor what has no price here") << ")\n";
  return 0;
}

constexpr Example examples[] = {{"hotaru sim bill", "to the second, of all that was ever launched"},
                                {"hotaru sim bill -o json", "the same for programs"}};

}  // namespace

extern const Command sim_bill_command{
    .name = "sim bill",
    .summary = "Show what EC2 would have billed",
    .arguments = "",
    .about =
        "Shows the sim's exact bill since its last reset, by EC2's rules: instances from running to stopping (60\n"
        "seconds at least), disks until they are deleted, public addresses, alarms. A + marks what goes on.",
    .examples = examples,
    .make = bound<BillOptions>,
};

}  // namespace hotaru::cli
