#include <fmt/format.h>

#include <algorithm>
#include <ostream>

#include "base/file.h"
#include "base/text.h"
#include "catalog/catalog.h"
#include "cli/command.h"
#include "cli/render.h"
#include "cli/talk.h"
#include "store/preferences.h"

namespace hotaru::cli {
namespace {

struct ConfigListOptions {};
struct ConfigEditOptions {};
struct ConfigGetOptions {
  std::string key;
};
struct ConfigSetOptions {
  std::string key;
  std::string value;
};

std::string key_names() {
  std::vector<std::string> names;
  for (const store::PreferenceKey& key : store::preference_keys) names.emplace_back(key.name);
  return join(names, ", ");
}

void declare_options(Options&, ConfigListOptions&) {}
void declare_options(Options&, ConfigEditOptions&) {}
void declare_options(Options& options, ConfigGetOptions& values) {
  options.argument("KEY", values.key, true, key_names());
}
void declare_options(Options& options, ConfigSetOptions& values) {
  options.argument("KEY", values.key, true, key_names());
  options.argument("VALUE", values.value, false, "what it is from now on; nothing: as if it had never been set");
}

Result<int> run_command(const ConfigListOptions&, Context& context) {
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

Result<int> run_command(const ConfigGetOptions& values, Context& context) {
  if (auto known = store::check_preference_key(values.key); !known) return pass(known);
  auto preferences = store::read_preferences(context.folders());
  if (!preferences) return pass(preferences);
  const auto found = preferences->find(values.key);
  if (found == preferences->end())
    return fail(ErrorClass::not_found, values.key + " is not set.", "hotaru config set " + values.key + " VALUE");
  if (context.json())
    context.out() << json_fields({{found->first, found->second}});
  else
    context.out() << found->second << "\n";
  return 0;
}

/// A region of EC2's, as far as the catalogue knows.
Result<void> check_region(const std::string& region) {
  std::vector<std::string> names;
  for (const catalog::Region& each : catalog::regions()) names.emplace_back(each.name);
  if (std::ranges::find(names, to_lower(trim(region))) != names.end()) return {};
  for (const catalog::Region& each : catalog::regions())
    if (to_lower(each.place) == to_lower(trim(region)))
      return fail(ErrorClass::invalid, fmt::format("{} is called {} by EC2.", each.place, each.name),
                  fmt::format("hotaru config set region {}", each.name));
  const auto near = nearest(region, names);
  return fail(ErrorClass::invalid, fmt::format("There is no region \"{}\".", region),
              near ? fmt::format("Did you mean {}?", *near) : "`hotaru regions` lists them.");
}

Result<int> run_command(const ConfigSetOptions& values, Context& context) {
  const std::string today = iso8601(context.clock().now()).substr(0, 10);
  if (values.key == "region" && !values.value.empty())
    if (auto real = check_region(values.value); !real) return pass(real);
  if (auto set = store::set_preference(context.folders(), values.key, values.value, today); !set) return pass(set);
  return run_command(ConfigListOptions{}, context);
}

/// The user's editor, with a terminal, on a file.
Result<void> open_editor(Context& context, const std::filesystem::path& file) {
  std::string editor = context.environment().get_or("VISUAL", context.environment().get_or("EDITOR", ""));
  for (const char* usual : {"editor", "nano", "vi"})
    if (editor.empty() && find_program(usual)) editor = usual;
  if (editor.empty())
    return fail(ErrorClass::io, "There is no editor here.", "Set EDITOR, or use hotaru config set KEY VALUE.");
  // EDITOR may have arguments ("code --wait"): the shell takes it apart, as git has it do.
  auto exit = context.runner().run({.argv = {"sh", "-c", editor + " \"$1\"", "sh", file.string()},
                                    .inherit_input = context.owns_streams(),
                                    .inherit_output = context.owns_streams()});
  if (!exit) return pass(exit);
  if (exit->ok()) return {};
  return fail(ErrorClass::declined, fmt::format("The editor ended with code {}: nothing was changed.", exit->code));
}

/// A copy is edited: what makes no sense never takes the place of what does.
Result<int> run_command(const ConfigEditOptions&, Context& context) {
  const auto file = store::preferences_file(context.folders());
  std::string before = "# hotaru's settings: lines \"key = value\". What there is:\n";
  for (const store::PreferenceKey& key : store::preference_keys)
    before += fmt::format("# {} = {}  # {}\n", key.name, key.example, key.meaning);
  if (auto text = read_file(file)) before = *text;
  if (auto made = make_folder(context.folders().config, 0755); !made) return pass(made);
  const TemporaryFolder folder;
  const auto copy = folder.path() / "config";
  if (auto written = write_file(copy, before, 0600); !written) return pass(written);
  while (true) {
    if (auto edited = open_editor(context, copy); !edited) return pass(edited);
    auto after = read_file(copy);
    if (!after) return pass(after);
    const auto good = store::parse_preferences(*after, "the settings");
    if (good && *after == before) return 0;
    if (good) {
      if (auto written = write_file(file, *after, 0644); !written) return pass(written);
      return run_command(ConfigListOptions{}, context);
    }
    if (!context.can_ask()) return std::unexpected(good.error());
    say_error(context, good.error());
    if (auto again = ask(context, "Edit it again?", "Nothing was changed."); !again) return pass(again);
  }
}

constexpr Example list_examples[] = {{"hotaru config list", "what is set, and what can be"}};
constexpr Example get_examples[] = {{"hotaru config get region", "the value alone; exit code 3 where it is not set"}};
constexpr Example edit_examples[] = {{"EDITOR=nano hotaru config edit", "with an editor; what makes no sense is told"}};
constexpr Example set_examples[] = {
    {"hotaru config set region ap-northeast-1", "where to work from now on"},
    {"hotaru config set tax 10", "prices with 10 % consumption tax"},
    {"hotaru config set currency jpy; hotaru config set rate 155", "in yen, at 155 to the dollar, with today's date"},
    {"hotaru config set tax", "without tax again"},
    {"hotaru config set idle 30m; hotaru config set for 12h", "limits that `up` proposes"},
};

constexpr const char* about_list =
    "Shows what has been set by `hotaru init`, `hotaru config set` and `hotaru config edit`: one file of lines\n"
    "\"key = value\", in which '#' begins a comment.";

}  // namespace

extern const Command config_list_command{
    .name = "config list",
    .summary = "Show settings: where to work, how prices are shown, limits of new instances",
    .arguments = "",
    .about = about_list,
    .examples = list_examples,
    .make = bound<ConfigListOptions>,
};

extern const Command config_show_command{
    .name = "config show",
    .summary = "The same as config list",
    .arguments = "",
    .about = about_list,
    .examples = list_examples,
    .make = bound<ConfigListOptions>,
    .hidden = true,
};

extern const Command config_get_command{
    .name = "config get",
    .summary = "Show one setting",
    .arguments = "KEY",
    .about = "Writes the value and nothing else.",
    .examples = get_examples,
    .make = bound<ConfigGetOptions>,
};

extern const Command config_set_command{
    .name = "config set",
    .summary = "Settle where to work, how prices are shown, what limits new instances get",
    .arguments = "KEY [VALUE]",
    .about = "Amounts in JSON stay US dollars before tax. A rate is yours, and carries the day on which you gave it.",
    .examples = set_examples,
    .make = bound<ConfigSetOptions>,
};

extern const Command config_edit_command{
    .name = "config edit",
    .summary = "Change settings in your editor",
    .arguments = "",
    .about = "Opens VISUAL or EDITOR on a copy, which takes the file's place once it makes sense.",
    .examples = edit_examples,
    .make = bound<ConfigEditOptions>,
};

}  // namespace hotaru::cli
