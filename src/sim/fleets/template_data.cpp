#include "sim/fleets/template_data.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <set>

#include "base/text.h"
#include "sim/describe.h"

namespace hotaru::sim {

namespace {

std::string first_part(const std::string& name) { return name.substr(0, name.find('.')); }

using TagsByType = std::map<std::string, LaunchForm>;

TagsByType tags_of(const LaunchForm& form) {
  TagsByType all;
  for (const Parameters& one : Parameters(form).structures("TagSpecification"))
    for (const Parameters& tag : one.structures("Tag"))
      all[one.text("ResourceType")][tag.text("Key")] = tag.text("Value");
  return all;
}

void put_tags(const TagsByType& all, LaunchForm& form) {
  int number = 0;
  for (const auto& [type, tags] : all) {
    const std::string prefix = fmt::format("TagSpecification.{}.", ++number);
    form[prefix + "ResourceType"] = type;
    int count = 0;
    for (const auto& [key, value] : tags) {
      form[fmt::format("{}Tag.{}.Key", prefix, ++count)] = key;
      form[fmt::format("{}Tag.{}.Value", prefix, count)] = value;
    }
  }
}

/// EC2's names of lists in answers, where they are not the request's in the plural.
std::string set_name(const std::string& name, bool inside_interface) {
  if (name == "SecurityGroupId" && inside_interface) return "groupSet";
  if (name == "LicenseSpecification") return "licenseSet";
  std::string set = name + "Set";
  set.front() = static_cast<char>(set.front() - 'A' + 'a');
  return set;
}

bool is_name(const std::string& text) {
  const auto plain = [](char one) {
    return (one >= 'a' && one <= 'z') || (one >= 'A' && one <= 'Z') || (one >= '0' && one <= '9');
  };
  return !text.empty() && text.front() >= 'A' && text.front() <= 'Z' && std::ranges::all_of(text, plain);
}

/// Deeper than anything that EC2 knows below LaunchTemplateData.
constexpr int deepest = 6;

void write_inside(Xml& xml, const Parameters& form, const LaunchForm& names, bool inside_interface, int depth);

void write_list(Xml& xml, const std::string& name, const Parameters& form, const LaunchForm& items,
                bool inside_interface, int depth) {
  xml.element(set_name(name, inside_interface), [&](Xml& set) {
    const bool plain =
        std::ranges::none_of(items, [](const auto& one) { return one.first.find('.') != std::string::npos; });
    if (plain)
      for (const std::string& text : form.list(name))
        set.text(name == "SecurityGroupId" && inside_interface ? "groupId" : "item", text);
    if (plain) return;
    for (const Parameters& one : form.structures(name)) {
      const LaunchForm below = one.all_below();
      set.element("item", [&](Xml& item) { write_inside(item, one, below, name == "NetworkInterface", depth + 1); });
    }
  });
}

void write_inside(Xml& xml, const Parameters& form, const LaunchForm& names, bool inside_interface, int depth) {
  std::set<std::string> done;
  for (const auto& [full, value] : names) {
    const std::string name = first_part(full);
    if (depth > deepest || !is_name(name) || !done.insert(name).second) continue;
    std::string small = name;
    small.front() = static_cast<char>(small.front() - 'A' + 'a');
    const LaunchForm below = form.below(name);
    if (below.empty()) {
      xml.text(small, value);
    } else if (parse_integer(first_part(below.begin()->first))) {
      write_list(xml, name, form, below, inside_interface, depth);
    } else {
      xml.element(small, [&](Xml& item) { write_inside(item, form.structure(name), below, false, depth + 1); });
    }
  }
}

}  // namespace

ApiResult<const LaunchTemplate*> find_launch_template(const Context& context, const std::string& id,
                                                      const std::string& name) {
  if (id.empty() && name.empty())
    return refuse("MissingParameter",
                  "The request must contain the parameter launch template ID or launch template name");
  if (!id.empty() && !name.empty())
    return refuse("InvalidParameterCombination",
                  "Either provide launch template ID or launch template name to modify the template.");
  if (!id.empty()) {
    if (!is_id("lt", id)) return std::unexpected(malformed_id(id_forms::launch_template, id));
    if (const LaunchTemplate* found = context.state.launch_templates.find(id)) return found;
    return refuse("InvalidLaunchTemplateId.NotFound",
                  fmt::format("The specified launch template, with template ID {}, does not exist.", id));
  }
  for (const auto& [key, one] : context.state.launch_templates.all())
    if (one.name == name) return &one;
  return refuse("InvalidLaunchTemplateName.NotFoundException",
                fmt::format("The specified launch template, with template name {}, does not exist.", name));
}

ApiResult<const LaunchTemplateVersion*> find_version(const LaunchTemplate& found, const std::string& version) {
  const auto number = version.empty() || version == "$Default" ? found.default_version
                      : version == "$Latest"                   ? found.versions.back().number
                                                               : parse_integer(version).value_or(0);
  const auto one = std::ranges::find(found.versions, number, &LaunchTemplateVersion::number);
  if (one != found.versions.end()) return &*one;
  return refuse(
      "InvalidLaunchTemplateId.VersionNotFound",
      fmt::format("Could not find the specified version {} for the launch template with ID {}.", version, found.id));
}

ApiResult<TemplateSource> find_template(const Context& context, const Parameters& specification) {
  const auto found =
      find_launch_template(context, specification.text("LaunchTemplateId"), specification.text("LaunchTemplateName"));
  const std::string version = specification.text("Version");
  if (!found) return std::unexpected(found.error());
  const auto one = find_version(**found, version);
  if (!one) return std::unexpected(one.error());
  return TemplateSource{(*found)->id, (*found)->name, (*one)->number, (*one)->data};
}

LaunchForm merged(const LaunchForm& base, const LaunchForm& over) {
  std::set<std::string> replaced;
  for (const auto& [name, value] : over) replaced.insert(first_part(name));
  LaunchForm all = over;
  for (const auto& [name, value] : base)
    if (!replaced.contains(first_part(name))) all.emplace(name, value);
  if (!replaced.contains("TagSpecification")) return all;
  TagsByType tags = tags_of(base);
  for (const auto& [type, more] : tags_of(over))
    for (const auto& [key, value] : more) tags[type][key] = value;
  std::erase_if(all, [](const auto& one) { return first_part(one.first) == "TagSpecification"; });
  put_tags(tags, all);
  return all;
}

ApiResult<WithTemplate> with_template(const Context& context, const Parameters& parameters) {
  if (!parameters.has("LaunchTemplate")) return WithTemplate{parameters, std::nullopt};
  auto source = find_template(context, parameters.structure("LaunchTemplate"));
  if (!source) return std::unexpected(source.error());
  LaunchForm form = merged(source->data, parameters.all());
  std::erase_if(form, [](const auto& one) { return one.first.starts_with("LaunchTemplate."); });
  return WithTemplate{Parameters(std::move(form)), *std::move(source)};
}

void add_template_tags(const TemplateSource& source, LaunchRequest& request) {
  auto& tags = request.tags["instance"];
  tags["aws:ec2launchtemplate:id"] = source.id;
  tags["aws:ec2launchtemplate:version"] = std::to_string(source.version);
}

void write_template_data(Xml& xml, const LaunchForm& data) {
  xml.element("launchTemplateData", [&](Xml& inside) { write_inside(inside, Parameters(data), data, false, 0); });
}

}  // namespace hotaru::sim
