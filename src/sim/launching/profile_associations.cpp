#include <fmt/format.h>

#include <algorithm>

#include "sim/describe.h"
#include "sim/iam/keys.h"
#include "sim/iam/profiles.h"
#include "sim/instances/life.h"
#include "sim/launching/actions.h"

namespace hotaru::sim::launching {

namespace {

void write(Xml& xml, const Instance& instance, const char* state) {
  xml.text("associationId", instance.options.iam_association_id)
      .text("instanceId", instance.id)
      .element("iamInstanceProfile", Xml{}.text("arn", instance.iam_profile_arn).text("id", instance.iam_profile_id))
      .text("state", state)
      .time("timestamp", instance.options.iam_association_time);
}

Xml answer(const Instance& instance, const char* state) {
  return Xml{}.element("iamInstanceProfileAssociation", [&](Xml& xml) { write(xml, instance, state); });
}

/// The instance that has it; nullptr if none does.
const Instance* associated(const Context& context, const std::string& association) {
  const auto& all = context.state.instances.all();
  const auto found =
      std::ranges::find_if(all, [&](const auto& one) { return one.second.options.iam_association_id == association; });
  return found == all.end() || association.empty() ? nullptr : &found->second;
}

ApiError no_association(const std::string& association) {
  return {400, "InvalidAssociationID.NotFound",
          fmt::format("An invalid association-id of '{}' was given", association)};
}

/// Changes the instance and tells its machine.
const Instance& keep(Context& context, Instance instance) {
  const Instance& kept = context.state.instances.put(std::move(instance));
  update_later(context, kept.id);
  return kept;
}

bool is_there(const Instance& instance) { return instance.state != "terminated" && instance.state != "shutting-down"; }

const FilterTable<Instance>& association_filters() {
  static const FilterTable<Instance> table = {
      {"instance-id", [](const Instance& one) { return Values{std::string(one.id)}; }},
      {"state", [](const Instance&) { return Values{std::string("associated")}; }},
  };
  return table;
}

}  // namespace

ApiResult<Xml> associate_iam_instance_profile(Context& context, const Parameters& parameters) {
  const std::string id = parameters.required("InstanceId");
  const ProfileRequest request = read_profile(parameters);
  if (!request.asked())
    parameters.refuse("MissingParameter", "The request must contain the parameter IamInstanceProfile");
  if (auto no = parameters.finish()) return std::unexpected(*no);
  settle(context);
  const auto found = find_by_id(context.state.instances, id_forms::instance, id);
  if (!found) return std::unexpected(found.error());
  const auto profile = find_profile(context, request);
  if (!profile) return std::unexpected(profile.error());
  if (!is_there(**found))
    return refuse("IncorrectInstanceState",
                  fmt::format("The instance '{}' is not in the 'running' or 'stopped' state.", id));
  if (!(*found)->iam_profile_arn.empty())
    return refuse("IncorrectState", fmt::format("There is an existing association for instance {}", id));
  if (auto no = dry_run(parameters)) return std::unexpected(*no);
  Instance instance = **found;
  associate(context, **profile, instance);
  return answer(keep(context, std::move(instance)), "associating");
}

ApiResult<Xml> disassociate_iam_instance_profile(Context& context, const Parameters& parameters) {
  const std::string association = parameters.required("AssociationId");
  if (auto no = parameters.finish()) return std::unexpected(*no);
  const Instance* found = associated(context, association);
  if (!found) return std::unexpected(no_association(association));
  if (auto no = dry_run(parameters)) return std::unexpected(*no);
  Instance instance = *found;
  Xml xml = answer(instance, "disassociating");
  instance.iam_profile_arn = instance.iam_profile_id = instance.options.iam_association_id = "";
  keep(context, std::move(instance));
  return xml;
}

ApiResult<Xml> replace_iam_instance_profile_association(Context& context, const Parameters& parameters) {
  const std::string association = parameters.required("AssociationId");
  const ProfileRequest request = read_profile(parameters);
  if (!request.asked())
    parameters.refuse("MissingParameter", "The request must contain the parameter IamInstanceProfile");
  if (auto no = parameters.finish()) return std::unexpected(*no);
  const Instance* found = associated(context, association);
  if (!found) return std::unexpected(no_association(association));
  const auto profile = find_profile(context, request);
  if (!profile) return std::unexpected(profile.error());
  if (auto no = dry_run(parameters)) return std::unexpected(*no);
  Instance instance = *found;
  associate(context, **profile, instance);
  return answer(keep(context, std::move(instance)), "associating");
}

ApiResult<Xml> describe_iam_instance_profile_associations(Context& context, const Parameters& parameters) {
  const auto ids = parameters.list("AssociationId");
  const auto filters = read_filters(parameters, names_of(association_filters()), false);
  const auto request = read_page(parameters);
  if (auto no = parameters.finish()) return std::unexpected(*no);
  if (auto no = dry_run(parameters)) return std::unexpected(*no);
  for (const std::string& id : ids)
    if (!associated(context, id)) return std::unexpected(no_association(id));
  std::vector<const Instance*> found;
  for (const auto& [id, one] : context.state.instances.all()) {
    const std::string association = one.options.iam_association_id;
    if (association.empty() || !is_there(one)) continue;
    if (!ids.empty() && std::ranges::find(ids, association) == ids.end()) continue;
    if (passes(filters, association_filters(), one, {})) found.push_back(&one);
  }
  const auto page = cut_page(request, std::move(found), [](const Instance& one) { return std::string(one.id); });
  Xml xml;
  xml.set("iamInstanceProfileAssociationSet", page.items,
          [](const Instance* one, Xml& item) { write(item, *one, "associated"); });
  page.write_token(xml);
  return xml;
}

}  // namespace hotaru::sim::launching
