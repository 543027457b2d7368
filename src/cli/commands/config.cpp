#include <fmt/format.h>

#include <ostream>

#include "base/text.h"
#include "cli/command.h"
#include "cli/render.h"
#include "cli/talk.h"
#include "store/preferences.h"

namespace hotaru::cli {
namespace {

struct ConfigShowOptions {};
struct ConfigSetOptions {
  std::string key;
  std::string value;
};

void declare_options(Options&, ConfigShowOptions&) {}
void declare_options(Options& options, ConfigSetOptions& values) {
  options.argument("KEY", values.key, true, "tax, currency, rate, for, idle, budget or then");
  options.argument("VALUE", values.value, false, "what it is from now on; nothing: as if it had never been set");
}

Result<int> run_command(const ConfigShowOptions&, Context& context) {
  auto preferences = store::read_preferences(context.folders());
  if (!preferences) return pass(preferences);
  if (context.json()) {
    context.out() << json_fields({preferences->begin(), preferences->end()});
    return 0;
  }
  std::vector<std::vector<std::string>> rows{{"KEY", "VALUE", "MEANING"}};
  for (const store::PreferenceKey& key : store::preference_keys) {
    const auto found = preferences->find(key.name);
    rows.push_back({key.name, found == preferences->end() ? "-" : found->second, key.meaning});
  }
  context.out() << table(rows);
  context.err() << "In " << store::preferences_file(context.folders()).string() << "\n";
  return 0;
}

Result<int> run_command(const ConfigSetOptions& values, Context& context) {
  const std::string today = iso8601(context.clock().now()).substr(0, 10);
  if (auto set = store::set_preference(context.folders(), values.key, values.value, today); !set) return pass(set);
  return run_command(ConfigShowOptions{}, context);
}

constexpr Example show_examples[] = {{"hotaru config show", "what is set, and what can be"}};
constexpr Example set_examples[] = {
    {"hotaru config set tax 10", "prices with 10 % consumption tax"},
    {"hotaru config set currency jpy; hotaru config set rate 155", "in yen, at 155 to the dollar, with today's date"},
    {"hotaru config set tax", "without tax again"},
    {"hotaru config set idle 30m; hotaru config set for 12h", "limits that `up` proposes"},
};

}  // namespace

extern const Command config_show_command{
    .name = "config show",
    .summary = "Show settings: how prices are shown, limits of new instances",
    .arguments = "",
    .about = "Shows what has been set with `hotaru config set`.",
    .examples = show_examples,
    .make = bound<ConfigShowOptions>,
};

extern const Command config_set_command{
    .name = "config set",
    .summary = "Settle how prices are shown, and what limits new instances get",
    .arguments = "KEY [VALUE]",
    .about = "Amounts in JSON stay US dollars before tax. A rate is yours, and carries the day on which you gave it.",
    .examples = set_examples,
    .make = bound<ConfigSetOptions>,
};

}  // namespace hotaru::cli
