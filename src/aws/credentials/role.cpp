#include <fmt/format.h>

#include <algorithm>

#include "aws/credentials/providers.h"
#include "aws/credentials/session_files.h"
#include "aws/credentials/sts.h"
#include "aws/endpoints.h"
#include "base/text.h"

namespace hotaru::aws {

namespace {

std::unexpected<Error> wrong_profile(const std::string& profile, const std::string& what, const std::string& hint) {
  return fail(ErrorClass::unauthorized, fmt::format("The profile '{}' {}.", profile, what), hint);
}

/// The places that `credential_source` can name.
struct CredentialSource {
  const char* name;
  std::unique_ptr<Provider> (*make)(const ProviderNeeds&);
};
constexpr CredentialSource credential_sources[] = {{"Environment", environment_provider},
                                                   {"Ec2InstanceMetadata", metadata_provider},
                                                   {"EcsContainer", container_provider}};

class RoleProvider final : public Provider {
 public:
  RoleProvider(const ProviderNeeds& needs, std::string profile, std::vector<std::string> visited)
      : needs_(needs), profile_(std::move(profile)), visited_(std::move(visited)) {
    visited_.push_back(profile_);
  }
  std::string name() const override { return ""; }

  Result<std::optional<Credentials>> find() override {
    const IniSection section = needs_.files.profile(profile_);
    if (!has_role(section)) return std::nullopt;
    if (!source_) {
      auto source = source_of(section);
      if (!source) return pass(source);
      source_.emplace(std::move(*source), needs_.clock);
    }
    const SessionFiles kept(needs_.environment, needs_.clock);
    const std::string mark = mark_of(section);
    const std::string source = fmt::format("role {} (profile {})", value_of(section, "role_arn"), profile_);
    if (auto session = kept.read(mark, source)) return session;
    auto session = assume(section);
    if (!session) return pass(session);
    kept.write(mark, *session);
    return *session;
  }

  void drop_kept() override {
    SessionFiles(needs_.environment, needs_.clock).remove(mark_of(needs_.files.profile(profile_)));
  }

 private:
  Result<Credentials> assume(const IniSection& section) {
    RoleToAssume role{.arn = value_of(section, "role_arn"),
                      .session_name = value_of(section, "role_session_name"),
                      .external_id = value_of(section, "external_id"),
                      .mfa_serial = value_of(section, "mfa_serial"),
                      .mfa_code = {},
                      .duration = value_of(section, "duration_seconds"),
                      .identity = {},
                      .source = "profile " + profile_};
    if (!role.duration.empty() && !parse_integer(role.duration)) {
      return wrong_profile(profile_, fmt::format("has the duration_seconds '{}'", role.duration),
                           "It is a number: 900 to 43200.");
    }
    // First, so that nobody is asked for a code in vain.
    if (auto caller = source_->get(); !caller) return caller;
    if (!role.mfa_serial.empty()) {
      auto code = ask_for_code(role.mfa_serial);
      if (!code) return pass(code);
      role.mfa_code = *code;
    }
    return assume_role(needs_, role, &*source_);
  }

  Result<std::string> ask_for_code(const std::string& serial) const {
    if (!needs_.ask) {
      return wrong_profile(profile_, "wants an MFA code, and there is no terminal to ask for it at",
                           "Run any hotaru command in a terminal first: the session is kept until it expires.");
    }
    auto code = needs_.ask(fmt::format("MFA code for {}", serial));
    if (!code) return code;
    if (trim(*code).empty()) return fail(ErrorClass::unauthorized, "No MFA code was given.");
    return trim(*code);
  }

  /// Where the credentials that assume the role come from.
  Result<Providers> source_of(const IniSection& section) const {
    const std::string profile = value_of(section, "source_profile");
    const std::string place = value_of(section, "credential_source");
    if (profile.empty() == place.empty()) {
      return wrong_profile(profile_,
                           fmt::format("has a role_arn and {} source_profile {} credential_source",
                                       place.empty() ? "neither" : "both", place.empty() ? "nor" : "and"),
                           "One of them says whose credentials assume the role: add it, or remove the other.");
    }
    return place.empty() ? providers_of_profile(profile) : providers_of_place(place);
  }

  Result<Providers> providers_of_place(const std::string& place) const {
    Providers providers;
    for (const CredentialSource& known : credential_sources) {
      if (place == known.name) providers.push_back(known.make(needs_));
    }
    if (!providers.empty()) return providers;
    return wrong_profile(profile_, fmt::format("has the credential_source '{}', which does not exist", place),
                         "It is Environment, Ec2InstanceMetadata or EcsContainer.");
  }

  /// Keys in the source profile win over a role in it. Only the first profile may name itself, for its own keys.
  Result<Providers> providers_of_profile(const std::string& name) const {
    if (!needs_.files.has_profile(name)) {
      const auto meant = nearest(name, needs_.files.profiles());
      return wrong_profile(profile_, fmt::format("has the source_profile '{}', which does not exist", name),
                           meant ? fmt::format("Did you mean '{}'?", *meant) : "");
    }
    const IniSection source = needs_.files.profile(name);
    const bool keys = has_keys(source);
    const bool visited = std::ranges::find(visited_, name) != visited_.end();
    if (visited && !(name == profile_ && keys)) {
      return wrong_profile(visited_.front(), fmt::format("goes in a circle: {} -> {}", join(visited_, " -> "), name),
                           "One profile of the chain must have credentials that need no other profile.");
    }
    if (keys || !has_role(source)) return profile_providers(needs_, name, Variables::do_not_count);
    Providers providers;
    providers.push_back(role_provider(needs_, name, visited_));
    return providers;
  }

  /// What makes a session what it is: every setting of the chain but secrets, and where STS is.
  std::string mark_of(const IniSection& section) const {
    std::string mark = endpoint_of(needs_.settings, "sts", sts_region(needs_, value_of(section, "role_arn"))) + "\n";
    if (value_of(section, "credential_source") == "Environment") {
      mark += needs_.environment.get_or("AWS_ACCESS_KEY_ID", "") + "\n";
    }
    std::vector<std::string> seen;
    for (std::string profile = profile_; !profile.empty() && std::ranges::find(seen, profile) == seen.end();) {
      const IniSection one = needs_.files.profile(profile);
      mark += "[" + profile + "]\n";
      for (const auto& [key, value] : one) {
        if (key != "aws_secret_access_key" && !key.ends_with("_token")) mark += key + "=" + value + "\n";
      }
      seen.push_back(profile);
      profile = value_of(one, "source_profile");
    }
    return mark;
  }

  const ProviderNeeds& needs_;
  std::string profile_;
  std::vector<std::string> visited_;
  std::optional<ProviderChain> source_;  ///< made when it is needed
};

}  // namespace

bool has_role(const IniSection& profile) {
  return profile.contains("role_arn") && !profile.contains("web_identity_token_file");
}

std::unique_ptr<Provider> role_provider(const ProviderNeeds& needs, const std::string& profile,
                                        const std::vector<std::string>& visited) {
  return std::make_unique<RoleProvider>(needs, profile, visited);
}

}  // namespace hotaru::aws
