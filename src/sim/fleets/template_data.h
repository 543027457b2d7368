#pragma once

#include <map>
#include <optional>
#include <string>

#include "sim/action.h"
#include "sim/instances/launch_request.h"

/// What a launch template holds: parameters as RunInstances takes them, checked when it was made.
namespace hotaru::sim {

using LaunchForm = std::map<std::string, std::string>;

/// A launch template's version.
struct TemplateSource {
  std::string id;
  std::string name;
  int version = 1;
  LaunchForm data;
};

/// LaunchTemplateId or …Name, and Version ("3", "$Latest", "$Default", which is also what none means); or EC2's
/// refusal. Errors of the parameters stay there.
ApiResult<TemplateSource> find_template(const Context& context, const Parameters& specification);
/// The same of a template that was looked up.
ApiResult<const LaunchTemplateVersion*> find_version(const LaunchTemplate& found, const std::string& version);
/// By id or name.
ApiResult<const LaunchTemplate*> find_launch_template(const Context& context, const std::string& id,
                                                      const std::string& name);

/// `over` in place of what `base` has of the same parameters; tags of a resource type are those of both.
LaunchForm merged(const LaunchForm& base, const LaunchForm& over);

/// The parameters of a call, with those of the launch template that it names below them.
struct WithTemplate {
  Parameters parameters;
  std::optional<TemplateSource> source;
};
ApiResult<WithTemplate> with_template(const Context& context, const Parameters& parameters);

/// The tags by which EC2 tells what launched an instance: aws:ec2launchtemplate:id and …:version.
void add_template_tags(const TemplateSource& source, LaunchRequest& request);

/// <launchTemplateData>, in EC2's names.
void write_template_data(Xml& xml, const LaunchForm& data);

}  // namespace hotaru::sim
