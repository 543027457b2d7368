#include "cli/settings.h"

#include "store/preferences.h"

namespace hotaru::cli {

Result<void> apply_settings(Environment& environment) {
  const auto preferences = store::read_preferences(Folders::of(environment));
  if (!preferences) return std::unexpected(preferences.error());
  const auto stand_in = [&](const char* key, const char* variable, const char* other) {
    const auto found = preferences->find(key);
    if (found != preferences->end() && !environment.get(variable) && !environment.get(other))
      environment.set(variable, found->second);
  };
  stand_in("cloud", "HOTARU_CLOUD", "HOTARU_CLOUD");
  stand_in("profile", "AWS_PROFILE", "AWS_DEFAULT_PROFILE");
  stand_in("region", "AWS_REGION", "AWS_DEFAULT_REGION");
  return {};
}

}  // namespace hotaru::cli
