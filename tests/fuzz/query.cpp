// The parameters of a call in EC2's query form, read by every getter.
#include "base/text.h"
#include "fuzz/fuzz.h"
#include "sim/describe.h"
#include "sim/parameters.h"
#include "sim/security_group_rules.h"

namespace hotaru::sim {
namespace {

using fuzz::require;

std::string rendered(const std::map<std::string, std::string>& all) {
  std::string form;
  for (const auto& [name, value] : all) form += "&" + percent_encode(name) + "=" + percent_encode(value);
  return form;
}

void read_every_way(const Parameters& parameters, const std::string& name, int depth) {
  if (parameters.optional_text(name)) require(parameters.has(name), "what has a value is there");
  parameters.flag(name);
  parameters.integer(name, 0);
  parameters.one_of(name, {"gp3", "gp2"}, "gp3");
  parameters.required(name);
  const auto list = parameters.list(name);
  const auto structures = parameters.structures(name);
  require(list.size() <= structures.size(), "every element of a list has its number");
  if (depth == 0) return;
  for (const Parameters& one : structures) read_every_way(one, "Value", depth - 1);
  read_every_way(parameters.structure(name), "Name", depth - 1);
}

}  // namespace

HOTARU_FUZZ(input) {
  const Parameters parameters(input);
  const auto all = parameters.all();
  require(Parameters(rendered(all)).all() == all, "a form written down reads the same");
  int left = 8;
  for (const auto& [name, value] : all) {
    if (--left < 0) break;
    read_every_way(parameters, name, 1);
    read_every_way(parameters, name.substr(0, name.find('.')), 1);
  }
  read_filters(parameters, {"vpc-id", "tag-key"}, true);
  read_tags(parameters);
  read_tag_specifications(parameters, {"instance", "volume"});
  read_page(parameters, 5, 1000);
  read_permissions(parameters);
  for (const auto& [name, value] : all) parameters.ignore(name);
  const auto refused = parameters.finish();
  require(!refused || refused->code != "UnknownParameter", "what was read is known");
}

}  // namespace hotaru::sim
