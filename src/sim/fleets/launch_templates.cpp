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
  write_tags_if_any(item, context.state.tags_of(one.id));
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

constexpr auto how_to_ask_for_versions =
    "To describe the launch template data for all your launch templates, for ‘--versions’ specify ‘$Latest’, "
    "‘$Default’, or both, and omit ‘--launch-template-id’, ‘--launch-template-name’, and version numbers. To describe "
    "the launch template data for a specific launch template, specify ‘--launch-template-id’ or "
    "‘--launch-template-name’, and for ‘--versions’ specify one or more of the following values: ‘$Latest’, "
    "‘$Default’, or one or more version numbers.";

struct VersionRow {
  const LaunchTemplate* of;
  const LaunchTemplateVersion* version;
  std::string key() const { return fmt::format("{}/{:09}", of->id, version->number); }
};

/// On a parameter that a version has, or has not.
auto of_data(const std::string& name) {
  return [name](const VersionRow& row) {
    const auto found = row.version->data.find(name);
    return found == row.version->data.end() ? Values{} : Values{found->second};
  };
}

const FilterTable<VersionRow>& version_filters() {
  static const FilterTable<VersionRow> table = {
      {"create-time", [](const VersionRow& row) { return Values{iso8601(row.version->created)}; }},
      {"ebs-optimized", of_data("EbsOptimized")},
      {"http-endpoint", of_data("MetadataOptions.HttpEndpoint")},
      {"http-protocol-ipv4", [](const VersionRow&) { return Values{}; }},
      {"host-resource-group-arn", of_data("Placement.HostResourceGroupArn")},
      {"http-tokens", of_data("MetadataOptions.HttpTokens")},
      {"iam-instance-profile", of_data("IamInstanceProfile.Arn")},
      {"image-id", of_data("ImageId")},
      {"instance-type", of_data("InstanceType")},
      {"is-default-version",
       [](const VersionRow& row) { return truth(row.version->number == row.of->default_version); }},
      {"kernel-id", of_data("KernelId")},
      {"license-configuration-arn", of_data("LicenseSpecification.1.LicenseConfigurationArn")},
      {"network-card-index", of_data("NetworkInterface.1.NetworkCardIndex")},
      {"ram-disk-id", of_data("RamDiskId")},
  };
  return table;
}

/// What a call asks for: versions of one template, or the latest and default ones of all.
struct VersionsAsked {
  std::string id;
  std::string name;
  std::vector<std::string> named;
  std::int64_t least = 1;
  std::int64_t most = INT64_MAX;
};

ApiResult<std::vector<VersionRow>> rows_asked(const Context& context, const VersionsAsked& asked) {
  std::vector<const LaunchTemplate*> templates;
  if (asked.id.empty() && asked.name.empty()) {
    if (asked.named.empty()) return refuse("MissingParameter", how_to_ask_for_versions);
    for (const std::string& one : asked.named)
      if (one != "$Latest" && one != "$Default") return refuse("InvalidParameterValue", how_to_ask_for_versions);
    for (const auto& [id, one] : context.state.launch_templates.all()) templates.push_back(&one);
  } else {
    const auto found = find_launch_template(context, asked.id, asked.name);
    if (!found) return std::unexpected(found.error());
    templates.push_back(*found);
  }
  std::vector<VersionRow> rows;
  for (const LaunchTemplate* one : templates) {
    const auto versions = versions_asked(*one, asked.named, asked.least, asked.most);
    if (!versions) return std::unexpected(versions.error());
    for (const LaunchTemplateVersion* version : *versions) rows.push_back({one, version});
  }
  std::ranges::sort(rows, {}, &VersionRow::key);
  const auto same = std::ranges::unique(rows, {}, &VersionRow::key);
  rows.erase(same.begin(), same.end());
  return rows;
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
    if (!find_launch_template(context, "", name))
      return refuse("InvalidLaunchTemplateName.NotFoundException",
                    "At least one of the launch templates specified in the request does not exist.");
  Xml xml;
  xml.set("launchTemplates", page->items,
          [&](const LaunchTemplate* one, Xml& item) { write_launch_template(context, *one, item); });
  page->write_token(xml);
  return xml;
}

ApiResult<Xml> describe_launch_template_versions(Context& context, const Parameters& parameters) {
  const VersionsAsked asked{parameters.text("LaunchTemplateId"), parameters.text("LaunchTemplateName"),
                            parameters.list("LaunchTemplateVersion"), parameters.integer("MinVersion", 1),
                            parameters.integer("MaxVersion", INT64_MAX)};
  const auto filters = read_filters(parameters, names_of(version_filters()), /*tagged=*/false);
  parameters.flag("ResolveAlias");
  parameters.flag("IncludeManagedResources");
  auto page_request = read_page(parameters, 1, 200);
  if (auto no = parameters.finish()) return std::unexpected(*no);
  if (auto no = dry_run(parameters)) return std::unexpected(*no);
  const auto rows = rows_asked(context, asked);
  if (!rows) return std::unexpected(rows.error());
  std::vector<const VersionRow*> items;
  for (const VersionRow& row : *rows)
    if (passes(filters, version_filters(), row, {})) items.push_back(&row);
  const auto page = cut_page(page_request, std::move(items), [](const VersionRow& one) { return one.key(); });
  Xml xml;
  xml.set("launchTemplateVersionSet", page.items,
          [&](const VersionRow* row, Xml& item) { write_version(context, *row->of, *row->version, item); });
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
