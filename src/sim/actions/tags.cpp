#include <fmt/format.h>

#include "sim/actions/actions.h"
#include "sim/describe.h"
#include "sim/images.h"
#include "sim/instances/life.h"
#include "sim/network/acls.h"

namespace hotaru::sim::actions {

namespace {

bool rule_exists(const RegionState& state, const std::string& id) {
  return std::ranges::any_of(state.security_groups.all(), [&](const auto& entry) {
    return std::ranges::find(entry.second.rules, id, &SecurityGroupRule::id) != entry.second.rules.end();
  });
}

bool exists(const RegionState& state, const std::string& type, const std::string& id) {
  if (type == "instance") return state.instances.find(id);
  if (type == "volume") return state.volumes.find(id);
  if (type == "network-interface") return state.network_interfaces.find(id);
  if (type == "security-group") return state.security_groups.find(id);
  if (type == "security-group-rule") return rule_exists(state, id);
  if (type == "vpc") return state.vpcs.find(id);
  if (type == "subnet") return state.subnets.find(id);
  if (type == "internet-gateway") return state.internet_gateways.find(id);
  if (type == "route-table") return state.route_tables.find(id);
  if (type == "elastic-ip") return state.elastic_addresses.find(id);
  if (type == "dhcp-options") return state.dhcp_options.find(id);
  if (type == "network-acl") return find_acl(state, id).has_value();
  if (type == "placement-group") return state.placement_groups.find(id);
  if (type == "key-pair") return state.key_pairs.find(id);
  if (type == "image") return find_image(state, id);
  if (type == "snapshot") return state.snapshots.find(id);
  if (type == "launch-template") return state.launch_templates.find(id);
  if (type == "fleet") return state.fleets.find(id);
  // A spot request's tags are kept while an instance of it is known.
  return state.instances.index().by_spot_request().contains(id);
}

ApiError unknown_resource(const std::string& type, const std::string& id) {
  static const std::map<std::string, const IdForm*> forms = {{"instance", &id_forms::instance},
                                                             {"volume", &id_forms::volume},
                                                             {"network-interface", &id_forms::network_interface},
                                                             {"security-group", &id_forms::security_group},
                                                             {"security-group-rule", &id_forms::security_group_rule},
                                                             {"vpc", &id_forms::vpc},
                                                             {"subnet", &id_forms::subnet},
                                                             {"internet-gateway", &id_forms::internet_gateway},
                                                             {"route-table", &id_forms::route_table},
                                                             {"elastic-ip", &id_forms::allocation},
                                                             {"dhcp-options", &id_forms::dhcp_options},
                                                             {"network-acl", &id_forms::network_acl},
                                                             {"placement-group", &id_forms::placement_group},
                                                             {"key-pair", &id_forms::key_pair},
                                                             {"launch-template", &id_forms::launch_template},
                                                             {"image", &id_forms::image},
                                                             {"snapshot", &id_forms::snapshot}};
  const auto form = forms.find(type);
  if (form != forms.end()) return no_such_id(*form->second, {id});
  return {400, "InvalidID", fmt::format("The ID '{}' is not valid", id)};
}

Refusal check_resources(const RegionState& state, const std::vector<std::string>& ids) {
  if (ids.empty()) return ApiError{400, "MissingParameter", "The request must contain the parameter resourceIdSet"};
  for (const std::string& id : ids) {
    const std::string type = resource_type_of(id);
    const bool well_formed = type == "fleet" || is_id(id.substr(0, id.find('-')), id);
    if (type.empty() || !well_formed) {
      return ApiError{400, "InvalidID", fmt::format("The ID '{}' is not valid", id)};
    }
    if (!exists(state, type, id)) return unknown_resource(type, id);
  }
  return std::nullopt;
}

/// An instance may show its tags in its metadata.
void tell_machine(Context& context, const std::string& id) {
  if (context.state.instances.find(id)) update_later(context, id);
}

struct TagRow {
  std::string key;
  std::string value;
  std::string resource_id;
  std::string order() const { return resource_id + "\n" + key; }
};

const FilterTable<TagRow>& tag_filters() {
  static const FilterTable<TagRow> table = {
      {"key", [](const TagRow& one) { return Values{one.key}; }},
      {"value", [](const TagRow& one) { return Values{one.value}; }},
      {"resource-id", [](const TagRow& one) { return Values{one.resource_id}; }},
      {"resource-type", [](const TagRow& one) { return Values{resource_type_of(one.resource_id)}; }},
  };
  return table;
}

bool row_passes(const std::vector<Filter>& filters, const TagRow& row) {
  return std::ranges::all_of(filters, [&](const Filter& filter) {
    if (filter.name.starts_with("tag:") || filter.name.starts_with("tag-")) {
      return passes_tag_filter(filter, {{row.key, row.value}});
    }
    return matches_any(filter.values, tag_filters().at(filter.name)(row));
  });
}

struct TagPage {
  std::vector<TagRow> items;
  std::string next_token;
};

/// In the order of ids and keys, which is how they lie in the table.
TagPage page_of_tags(const RegionState& state, const std::vector<Filter>& filters, const PageRequest& request) {
  TagPage page;
  const auto take = [&](const ResourceTags& resource) {
    for (const auto& [key, value] : resource.tags) {
      TagRow row{key, value, resource.id};
      if ((!request.after.empty() && row.order() <= request.after) || !row_passes(filters, row)) continue;
      if (page.items.size() == request.most()) {
        page.next_token = next_token(page.items.back().order());
        return false;
      }
      page.items.push_back(std::move(row));
    }
    return true;
  };
  if (const auto ids = exact_values(filters, "resource-id")) {
    for (const std::string& id : *ids)
      if (const ResourceTags* found = state.resource_tags.find(id); found && !take(*found)) break;
    return page;
  }
  const auto& all = state.resource_tags.all();
  const std::string first = request.after.substr(0, request.after.find('\n'));
  for (auto at = all.lower_bound(first); at != all.end() && take(at->second);) ++at;
  return page;
}

}  // namespace

ApiResult<Xml> create_tags(Context& context, const Parameters& parameters) {
  const auto ids = parameters.list("ResourceId");
  const auto tags = read_tags(parameters);
  if (tags.empty()) parameters.refuse("MissingParameter", "The request must contain the parameter tagSet");
  if (auto no = parameters.finish()) return std::unexpected(*no);
  if (auto no = check_resources(context.state, ids)) return std::unexpected(*no);
  for (const std::string& id : ids) {
    auto all = context.state.tags_of(id);
    all.insert(tags.begin(), tags.end());
    if (all.size() > 50) return refuse("TagLimitExceeded", "The maximum number of tags for a resource is 50.");
  }
  if (auto no = dry_run(parameters)) return std::unexpected(*no);
  for (const std::string& id : ids) {
    context.state.add_tags(id, tags);
    tell_machine(context, id);
  }
  return done();
}

ApiResult<Xml> delete_tags(Context& context, const Parameters& parameters) {
  const auto ids = parameters.list("ResourceId");
  // Without a value a tag goes whatever it is; with one (even an empty one) only if it has that value.
  std::vector<std::pair<std::string, std::optional<std::string>>> wanted;
  for (const Parameters& one : parameters.structures("Tag")) {
    const std::string key = one.required("Key");
    wanted.emplace_back(key, one.optional_text("Value"));
  }
  if (auto no = parameters.finish()) return std::unexpected(*no);
  if (auto no = check_resources(context.state, ids)) return std::unexpected(*no);
  if (auto no = dry_run(parameters)) return std::unexpected(*no);
  for (const std::string& id : ids) {
    ResourceTags left{id, wanted.empty() ? std::map<std::string, std::string>{} : context.state.tags_of(id)};
    for (const auto& [key, value] : wanted) {
      const auto found = left.tags.find(key);
      if (found != left.tags.end() && (!value || *value == found->second)) left.tags.erase(found);
    }
    context.state.resource_tags.put(std::move(left));
    tell_machine(context, id);
  }
  return done();
}

ApiResult<Xml> describe_tags(Context& context, const Parameters& parameters) {
  const auto filters = read_filters(parameters, names_of(tag_filters()));
  const auto page_request = read_page(parameters, 5, 1000);
  if (auto no = parameters.finish()) return std::unexpected(*no);
  if (auto no = dry_run(parameters)) return std::unexpected(*no);
  const TagPage page = page_of_tags(context.state, filters, page_request);
  Xml xml;
  xml.set("tagSet", page.items, [](const TagRow& row, Xml& item) {
    item.text("resourceId", row.resource_id)
        .text("resourceType", resource_type_of(row.resource_id))
        .text("key", row.key)
        .text("value", row.value);
  });
  xml.text_unless_empty("nextToken", page.next_token);
  return xml;
}

}  // namespace hotaru::sim::actions
