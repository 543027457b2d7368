#include "aws/settings.h"

#include <fmt/format.h>

#include <algorithm>

#include "aws/endpoints.h"
#include "base/file.h"
#include "base/text.h"

namespace hotaru::aws {

namespace {

/// A file that is half understood could lead to another account: what cannot be read is said, not passed over.
Result<Ini> read_ini(const std::string& path, const Environment& environment) {
  auto text = read_file(expand_home(path, environment));
  if (!text && text.error().kind == ErrorClass::not_found) return Ini{};
  if (!text) return pass(text);
  if (const auto problem = find_ini_problem(*text))
    return fail(ErrorClass::invalid, fmt::format("{}, line {} cannot be read: {}.", path, problem->line, problem->what),
                "The file has sections like [default] or [profile work], and lines like region = us-east-1 in them.");
  return parse_ini(*text);
}

std::string first_of(std::initializer_list<std::string> values) {
  for (const auto& value : values) {
    if (!value.empty()) return value;
  }
  return "";
}

Result<void> check_profile(const std::string& profile, const SharedFiles& files) {
  if (files.has_profile(profile)) return {};
  const auto meant = nearest(profile, files.profiles());
  return fail(ErrorClass::invalid,
              fmt::format("The AWS profile '{}' is neither in {} nor in {}.", profile, files.config_path,
                          files.credentials_path),
              meant ? fmt::format("Did you mean '{}'?", *meant)
                    : fmt::format("Make it with 'aws configure --profile {}'.", profile));
}

/// It becomes part of a host name, so nothing else may stand in it.
Result<void> check_region(const std::string& region) {
  const bool good = std::all_of(region.begin(), region.end(),
                                [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'; });
  if (good) return {};
  return fail(ErrorClass::invalid, fmt::format("'{}' is not an AWS region.", region), "A region reads like us-east-1.");
}

Result<void> check_endpoint(const std::string& endpoint) {
  if (endpoint.empty() || endpoint.starts_with("http://") || endpoint.starts_with("https://")) return {};
  return fail(ErrorClass::invalid, fmt::format("The endpoint '{}' is not a URL.", endpoint),
              "An endpoint reads like https://ec2.us-east-1.amazonaws.com.");
}

bool is_true(const std::string& value) { return to_lower(value) == "true"; }

/// The section of the config file that a profile's `services` names; empty if it names none.
Result<IniSection> services_of(const IniSection& profile, const SharedFiles& files) {
  const std::string name = value_of(profile, "services");
  if (name.empty()) return IniSection{};
  const auto section = files.config.find("services " + name);
  if (section != files.config.end()) return section->second;
  return fail(ErrorClass::invalid,
              fmt::format("The profile names the services section '{}', which does not exist.", name),
              fmt::format("Add [services {}] to {}, or remove the line.", name, files.config_path));
}

/// As the SDKs rank them: the variable of the service, the variable for all, the profile's `services` section, the
/// profile's endpoint_url.
Result<void> set_endpoints(Settings& settings, const Environment& environment, const SharedFiles& files,
                           const IniSection& profile, const Overrides& overrides) {
  if (!overrides.endpoint.empty()) {
    settings.endpoint = overrides.endpoint;
    return {};
  }
  if (is_true(first_of({environment.get_or("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", ""),
                        value_of(profile, "ignore_configured_endpoint_urls")}))) {
    return {};
  }
  const auto section = services_of(profile, files);
  if (!section) return std::unexpected(section.error());
  const std::string of_environment = environment.get_or("AWS_ENDPOINT_URL", "");
  settings.endpoint = first_of({of_environment, value_of(profile, "endpoint_url")});
  for (const Service& service : services) {
    const std::string key = to_lower(service.variable) + ".endpoint_url";
    const std::string own = first_of({environment.get_or(std::string("AWS_ENDPOINT_URL_") + service.variable, ""),
                                      of_environment.empty() ? value_of(*section, key) : ""});
    if (!own.empty()) settings.endpoints[service.name] = own;
  }
  return {};
}

Result<void> set_retries(Settings& settings, const Environment& environment, const IniSection& profile) {
  const auto attempts =
      parse_integer(first_of({environment.get_or("AWS_MAX_ATTEMPTS", ""), value_of(profile, "max_attempts")}));
  if (attempts) settings.max_attempts = static_cast<int>(std::clamp<std::int64_t>(*attempts, 1, 20));
  const std::string mode =
      to_lower(first_of({environment.get_or("AWS_RETRY_MODE", ""), value_of(profile, "retry_mode")}));
  if (mode == "standard" || mode == "legacy") {
    settings.retry_mode = RetryMode::standard;
  } else if (!mode.empty() && mode != "adaptive") {
    return fail(ErrorClass::invalid, fmt::format("'{}' is not a retry mode.", mode),
                "AWS_RETRY_MODE (retry_mode in a profile) is standard, adaptive or legacy.");
  }
  return {};
}

}  // namespace

const IniSection* SharedFiles::config_of(const std::string& profile) const {
  auto found = config.find("profile " + profile);
  if (found == config.end() && profile == "default") found = config.find(profile);
  return found == config.end() ? nullptr : &found->second;
}

const IniSection* SharedFiles::credentials_of(const std::string& profile) const {
  const auto found = credentials.find(profile);
  return found == credentials.end() ? nullptr : &found->second;
}

IniSection SharedFiles::profile(const std::string& name) const {
  IniSection both;
  if (const IniSection* section = credentials_of(name)) both = *section;
  if (const IniSection* section = config_of(name)) both.insert(section->begin(), section->end());
  return both;
}

bool SharedFiles::has_profile(const std::string& name) const {
  return config_of(name) != nullptr || credentials_of(name) != nullptr;
}

std::vector<std::string> SharedFiles::profiles() const {
  std::vector<std::string> names;
  for (const auto& [name, section] : config) {
    if (name.starts_with("profile ")) names.push_back(name.substr(8));
  }
  for (const auto& [name, section] : credentials) names.push_back(name);
  return names;
}

std::filesystem::path expand_home(const std::string& path, const Environment& environment) {
  if (path == "~" || path.starts_with("~/"))
    return Folders::of(environment).home / path.substr(std::min<std::size_t>(2, path.size()));
  return path;
}

Result<SharedFiles> read_shared_files(const Environment& environment) {
  SharedFiles files;
  files.config_path = environment.get_or("AWS_CONFIG_FILE", "~/.aws/config");
  files.credentials_path = environment.get_or("AWS_SHARED_CREDENTIALS_FILE", "~/.aws/credentials");
  auto config = read_ini(files.config_path, environment);
  if (!config) return pass(config);
  auto credentials = read_ini(files.credentials_path, environment);
  if (!credentials) return pass(credentials);
  files.config = std::move(*config);
  files.credentials = std::move(*credentials);
  return files;
}

Result<Settings> settings_of(const Environment& environment, const SharedFiles& files, const Overrides& overrides) {
  Settings settings;
  // AWS_DEFAULT_PROFILE before AWS_PROFILE, and AWS_REGION before AWS_DEFAULT_REGION: the AWS CLI's order.
  const std::string asked = first_of(
      {overrides.profile, environment.get_or("AWS_DEFAULT_PROFILE", ""), environment.get_or("AWS_PROFILE", "")});
  if (!asked.empty()) {
    if (auto exists = check_profile(asked, files); !exists) return pass(exists);
  }
  settings.profile = asked.empty() ? "default" : asked;
  const IniSection profile = files.profile(settings.profile);
  const auto said = [&](const char* variable, const char* key) {
    return first_of({environment.get_or(variable, ""), value_of(profile, key)});
  };
  settings.region = first_of({overrides.region, environment.get_or("AWS_REGION", ""),
                              environment.get_or("AWS_DEFAULT_REGION", ""), value_of(profile, "region")});
  if (auto good = check_region(settings.region); !good) return pass(good);
  if (auto set = set_endpoints(settings, environment, files, profile, overrides); !set) return pass(set);
  if (auto good = check_endpoint(settings.endpoint); !good) return pass(good);
  for (const auto& [service, endpoint] : settings.endpoints) {
    if (auto good = check_endpoint(endpoint); !good) return pass(good);
  }
  settings.dual_stack = is_true(said("AWS_USE_DUALSTACK_ENDPOINT", "use_dualstack_endpoint"));
  settings.fips = is_true(said("AWS_USE_FIPS_ENDPOINT", "use_fips_endpoint"));
  settings.ca_bundle = said("AWS_CA_BUNDLE", "ca_bundle");
  if (auto set = set_retries(settings, environment, profile); !set) return pass(set);
  return settings;
}

}  // namespace hotaru::aws
