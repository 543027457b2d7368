#include "aws/settings.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/file.h"
#include "base/text.h"

namespace hotaru::aws {

namespace {

std::filesystem::path expand_home(const std::string& path, const Environment& environment) {
  if (path == "~" || path.starts_with("~/"))
    return Folders::of(environment).home / path.substr(std::min<std::size_t>(2, path.size()));
  return path;
}

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

std::string value_of(const IniSection* section, const std::string& key) {
  if (section == nullptr) return "";
  const auto found = section->find(key);
  return found == section->end() ? "" : found->second;
}

std::string first_of(std::initializer_list<std::string> values) {
  for (const auto& value : values) {
    if (!value.empty()) return value;
  }
  return "";
}

Result<void> check_profile(const std::string& profile, const SharedFiles& files) {
  if (files.config_of(profile) != nullptr || files.credentials_of(profile) != nullptr) return {};
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

/// A service's endpoint, as the SDKs rank them: the variable of the service, the variable for all, the profile's
/// `services` section, the profile's endpoint_url.
std::string endpoint_of(const std::string& service, const std::string& variable, const Environment& environment,
                        const SharedFiles& files, const IniSection* profile) {
  const std::string services = value_of(profile, "services");
  const auto section = files.config.find("services " + services);
  return first_of({environment.get_or(variable, ""), environment.get_or("AWS_ENDPOINT_URL", ""),
                   section == files.config.end() ? "" : value_of(&section->second, service + ".endpoint_url"),
                   value_of(profile, "endpoint_url")});
}

void set_endpoints(Settings& settings, const Environment& environment, const SharedFiles& files,
                   const IniSection* profile, const Overrides& overrides) {
  if (!overrides.endpoint.empty()) {
    settings.endpoint = overrides.endpoint;
    return;
  }
  const std::string ignore = first_of({environment.get_or("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", ""),
                                       value_of(profile, "ignore_configured_endpoint_urls")});
  if (to_lower(ignore) == "true") return;
  settings.endpoint = first_of({environment.get_or("AWS_ENDPOINT_URL", ""), value_of(profile, "endpoint_url")});
  settings.endpoint_ec2 = endpoint_of("ec2", "AWS_ENDPOINT_URL_EC2", environment, files, profile);
  settings.endpoint_sts = endpoint_of("sts", "AWS_ENDPOINT_URL_STS", environment, files, profile);
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

std::vector<std::string> SharedFiles::profiles() const {
  std::vector<std::string> names;
  for (const auto& [name, section] : config) {
    if (name.starts_with("profile ")) names.push_back(name.substr(8));
  }
  for (const auto& [name, section] : credentials) names.push_back(name);
  return names;
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
  const IniSection* profile = files.config_of(settings.profile);
  settings.region =
      first_of({overrides.region, environment.get_or("AWS_REGION", ""), environment.get_or("AWS_DEFAULT_REGION", ""),
                value_of(profile, "region"), value_of(files.credentials_of(settings.profile), "region")});
  if (auto good = check_region(settings.region); !good) return pass(good);
  set_endpoints(settings, environment, files, profile, overrides);
  for (const auto& endpoint : {settings.endpoint, settings.endpoint_ec2, settings.endpoint_sts}) {
    if (auto good = check_endpoint(endpoint); !good) return pass(good);
  }
  settings.ca_bundle = first_of({environment.get_or("AWS_CA_BUNDLE", ""), value_of(profile, "ca_bundle")});
  const auto attempts =
      parse_integer(first_of({environment.get_or("AWS_MAX_ATTEMPTS", ""), value_of(profile, "max_attempts")}));
  if (attempts) settings.max_attempts = static_cast<int>(std::clamp<std::int64_t>(*attempts, 1, 20));
  return settings;
}

}  // namespace hotaru::aws
