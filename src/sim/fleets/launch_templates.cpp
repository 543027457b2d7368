#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "sim/describe.h"
#include "sim/fleets/actions.h"
#include "sim/fleets/fleet_xml.h"
#include "sim/fleets/template_data.h"

namespace hotaru::sim {

void write_launch_template(const Context& context, const LaunchTemplate& one, Xml& item) {
  item.text("launchTemplateId", one.id)
      .text("launchTemplateName", one.name)
      .time("createTime", one.created)
      .text("createdBy", fmt::format("arn:aws:iam::{}:root", context.account_id))
      .number("defaultVersionNumber", one.default_version)
      .number("latestVersionNumber", one.versions.back().number);
  write_tags(item, context.state.tags_of(one.id));
}

namespace actions {

namespace {

void write_version(const Context& context, const LaunchTemplate& of, const LaunchTemplateVersion& one, Xml& item) {
  item.text("launchTemplateId", of.id)
      .text("launchTemplateName", of.name)
      .number("versionNumber", one.number)
      .text_unless_empty("versionDescription", one.description)
      .time("createTime", one.created)
      .text("createdBy", fmt::format("arn:aws:iam::{}:root", context.account_id))
      .flag("defaultVersion", one.number == of.default_version);
  write_template_data(item, one.data);
}

/// LaunchTemplateData, read once so that what EC2 would refuse of it is refused. Its errors go to `parameters`.
LaunchForm read_data(const Parameters& parameters) {
  LaunchForm data = parameters.below("LaunchTemplateData");
  parameters.ignore("LaunchTemplateData");
  if (data.empty()) parameters.refuse("MissingParameter", "The request must contain the parameter LaunchTemplateData");
  const Parameters alone(data);
  read_launch_data(alone);
  if (const auto no = alone.finish()) parameters.refuse(no->code, no->message);
  return data;
}

void check_name(const Parameters& parameters, const std::string& name) {
  const auto allowed = [](unsigned char one) {
    return std::isalnum(one) != 0 || std::string_view("().-/_").contains(static_cast<char>(one));
  };
  if (name.size() < 3 || name.size() > 128 || !std::ranges::all_of(name, allowed))
    parameters.refuse("InvalidLaunchTemplateName.MalformedException",
                      "A launch template name must be between 3 and 128 characters, and may contain letters, numbers, "
                      "and the following characters: - ( ) . / _");
}

const FilterTable<LaunchTemplate>& template_filters() {
  static const FilterTable<LaunchTemplate> table = {
      {"create-time", [](const LaunchTemplate& one) { return Values{iso8601(one.created)}; }},
      {"launch-template-name", [](const LaunchTemplate& one) { return Values{one.name}; }},
  };
  return table;
}

const LaunchTemplate* made_with(const Context& context, const std::string& token) {
  if (token.empty()) return nullptr;
  for (const auto& [id, one] : context.state.launch_templates.all())
    if (one.client_token == token) return &one;
  return nullptr;
}

Xml answer(const Context& context, const LaunchTemplate& one) {
  return Xml{}.element("launchTemplate", [&](Xml& item) { write_launch_template(context, one, item); });
}

ApiResult<Xml> repeat(const Context& context, const LaunchTemplate& before, const std::string& digest) {
  if (before.request_digest == digest) return answer(context, before);
  return refuse("IdempotentParameterMismatch",
                "Arguments on this idempotent request are inconsistent with arguments used in previous request(s).");
}

/// The versions that a call names, or all between the least and the most.
ApiResult<std::vector<const LaunchTemplateVersion*>> versions_asked(const LaunchTemplate& of,
                                                                    const std::vector<std::string>& named,
                                                                    std::int64_t least, std::int64_t most) {
  std::vector<const LaunchTemplateVersion*> versions;
  for (const std::string& version : named) {
    const auto found = find_version(of, version);
    if (!found) return std::unexpected(found.error());
    versions.push_back(*found);
  }
  if (!named.empty()) return versions;
  for (const LaunchTemplateVersion& one : of.versions)
    if (one.number >= least && one.number <= most) versions.push_back(&one);
  return versions;
}

}  // namespace

ApiResult<Xml> create_launch_template(Context& context, const Parameters& parameters) {
  LaunchTemplate made;
  made.name = parameters.required("LaunchTemplateName");
  check_name(parameters, made.name);
  made.client_token = read_client_token(parameters);
  made.request_digest = digest_of(parameters);
  LaunchTemplateVersion first;
  first.description = parameters.text("VersionDescription");
  first.data = read_data(parameters);
  auto tags = read_tag_specifications(parameters, {"launch-template"});
  if (auto no = parameters.finish()) return std::unexpected(*no);
  if (const LaunchTemplate* before = made_with(context, made.client_token))
    return repeat(context, *before, made.request_digest);
  if (find_launch_template(context, "", made.name))
    return refuse("InvalidLaunchTemplateName.AlreadyExistsException", "Launch template name already in use.");
  if (auto no = dry_run(parameters)) return std::unexpected(*no);
  made.id = context.new_id("lt");
  made.created = first.created = context.now();
  made.versions.push_back(std::move(first));
  context.state.add_tags(made.id, tags["launch-template"]);
  return answer(context, context.state.launch_templates.put(std::move(made)));
}

ApiResult<Xml> create_launch_template_version(Context& context, const Parameters& parameters) {
  const std::string id = parameters.text("LaunchTemplateId");
  const std::string name = parameters.text("LaunchTemplateName");
  const auto source = parameters.optional_text("SourceVersion");
  parameters.ignore("ClientToken");
  LaunchTemplateVersion next;
  next.description = parameters.text("VersionDescription");
  next.data = read_data(parameters);
  if (auto no = parameters.finish()) return std::unexpected(*no);
  const auto found = find_launch_template(context, id, name);
  if (!found) return std::unexpected(found.error());
  if (source) {
    const auto base = find_version(**found, *source);
    if (!base) return std::unexpected(base.error());
    next.data = merged((*base)->data, next.data);
  }
  if (auto no = dry_run(parameters)) return std::unexpected(*no);
  next.created = context.now();
  next.number = (*found)->versions.back().number + 1;
  const std::string found_id = (*found)->id;
  context.state.launch_templates.modify(found_id, [&](LaunchTemplate& one) { one.versions.push_back(next); });
  const LaunchTemplate& now = *context.state.launch_templates.find(found_id);
  return Xml{}.element("launchTemplateVersion", [&](Xml& item) { write_version(context, now, next, item); });
}

ApiResult<Xml> describe_launch_templates(Context& context, const Parameters& parameters) {
  const auto names = parameters.list("LaunchTemplateName");
  parameters.flag("IncludeManagedResources");  // there are none
  Description<LaunchTemplate> how{"LaunchTemplateId", id_forms::launch_template, template_filters(), 1};
  how.wanted = [&](const LaunchTemplate& one) {
    return names.empty() || std::ranges::find(names, one.name) != names.end();
  };
  const auto page = describe(context, parameters, context.state.launch_templates, how);
  if (!page) return std::unexpected(page.error());
  for (const std::string& name : names)
    if (const auto found = find_launch_template(context, "", name); !found) return std::unexpected(found.error());
  Xml xml;
  xml.set("launchTemplates", page->items,
          [&](const LaunchTemplate* one, Xml& item) { write_launch_template(context, *one, item); });
  page->write_token(xml);
  return xml;
}

ApiResult<Xml> describe_launch_template_versions(Context& context, const Parameters& parameters) {
  const std::string id = parameters.text("LaunchTemplateId");
  const std::string name = parameters.text("LaunchTemplateName");
  const auto named = parameters.list("LaunchTemplateVersion");
  const std::int64_t least = parameters.integer("MinVersion", 1);
  const std::int64_t most = parameters.integer("MaxVersion", INT64_MAX);
  parameters.flag("ResolveAlias");
  parameters.flag("IncludeManagedResources");
  auto page_request = read_page(parameters, 1, 200);
  if (auto no = parameters.finish()) return std::unexpected(*no);
  if (auto no = dry_run(parameters)) return std::unexpected(*no);
  const auto found = find_launch_template(context, id, name);
  if (!found) return std::unexpected(found.error());
  auto versions = versions_asked(**found, named, least, most);
  if (!versions) return std::unexpected(versions.error());
  const auto key = [](const LaunchTemplateVersion& one) { return fmt::format("{:09}", one.number); };
  std::ranges::sort(*versions, {}, [](const LaunchTemplateVersion* one) { return one->number; });
  const auto page = cut_page(page_request, *std::move(versions), key);
  Xml xml;
  xml.set("launchTemplateVersionSet", page.items,
          [&](const LaunchTemplateVersion* one, Xml& item) { write_version(context, **found, *one, item); });
  page.write_token(xml);
  return xml;
}

ApiResult<Xml> delete_launch_template(Context& context, const Parameters& parameters) {
  const std::string id = parameters.text("LaunchTemplateId");
  const std::string name = parameters.text("LaunchTemplateName");
  if (auto no = parameters.finish()) return std::unexpected(*no);
  const auto found = find_launch_template(context, id, name);
  if (!found) return std::unexpected(found.error());
  if (auto no = dry_run(parameters)) return std::unexpected(*no);
  const std::string found_id = (*found)->id;
  Xml xml = answer(context, **found);
  context.state.remove_tags(found_id);
  context.state.launch_templates.erase(found_id);
  return xml;
}

}  // namespace actions

}  // namespace hotaru::sim
