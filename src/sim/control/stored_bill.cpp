#include "sim/control/stored_bill.h"

#include "sim/bill/bill.h"
#include "sim/control/scenario_file.h"
#include "sim/scenario/script.h"

namespace hotaru::sim {

Result<std::string> bill_of_folder(const SimFolder& folder, Clock& clock, Random& random) {
  auto serving = folder.lock_serving(clock, Duration{5'000});
  if (!serving) return pass(serving);
  if (!*serving) return fail(ErrorClass::conflict, "A sim is being started.", "Try again in a moment.");
  Script script(clock);
  ScenarioFile(folder.scenario_file()).look(script, [](const std::string&) {});
  auto world = World::open(folder.database_file(), script.clock(), random);
  if (!world) return pass(world);
  (*world)->follow(script);
  return bill_json(bill_of(**world, nullptr)) + "\n";
}

}  // namespace hotaru::sim
