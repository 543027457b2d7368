// The first run: a few questions, each with what it means; all answers in one file.
#include <fmt/format.h>

#include <algorithm>
#include <ostream>
#include <thread>

#include "aws/endpoints.h"
#include "aws/settings.h"
#include "base/text.h"
#include "catalog/catalog.h"
#include "cli/command.h"
#include "cli/render.h"
#include "cli/round_trip.h"
#include "cli/talk.h"
#include "ssh/ssh.h"
#include "store/preferences.h"

namespace hotaru::cli {
namespace {

struct InitOptions {
  std::string idle;
  std::string time;
  std::string budget;
  std::string then;
  std::string tax;
  std::string currency;
  std::string rate;
  std::string alias;
};

void declare_options(Options& options, InitOptions& values) {
  options.text("--idle", "TIME", values.idle, "new instances end once all has been quiet for so long, or none");
  options.text("--for", "TIME", values.time, "new instances end after so long, or none");
  options.text("--budget", "AMOUNT", values.budget, "new instances end before they have cost more, or none");
  options.choice("--then", {"stop", "terminate"}, values.then, "how they end");
  options.text("--tax", "PERCENT", values.tax, "is added to every price that is shown");
  options.text("--currency", "CODE", values.currency, "in which prices are shown; with --rate");
  options.text("--rate", "NUMBER", values.rate, "units of that currency for a dollar");
  options.choice("--alias", {"yes", "no"}, values.alias, "whether ~/.ssh/config includes hotaru's aliases");
}

/// A setting that is asked for.
struct Question {
  const char* key;
  const char* text;
  const char* meaning;    ///< one line
  const char* otherwise;  ///< what it is where nothing is said
};
constexpr Question cloud_question{
    "cloud", "aws or sim",
    "Your account or the sim: aws is your account, which bills; the sim is the same on this machine, for nothing",
    "aws"};
constexpr Question profile_question{"profile", "Profile", "Which of the accounts in ~/.aws to use", "default"};
constexpr Question region_question{"region", "Region", "Where instances are launched unless you say otherwise",
                                   "us-east-1"};
constexpr Question usual_questions[] = {
    {"idle", "End when idle for", "An instance that nobody uses ends by itself: 30m, 1h, none", "1h"},
    {"for", "End after", "The longest that one runs, whatever it does: 8h, 24h, none", "24h"},
    {"budget", "End before it has cost", "A bound in money for each instance: 5usd, none", "none"},
    {"tax", "Tax in per cent", "Added to every price that is shown; AWS bills it in many countries: 10, or 0", "0"},
    {"currency", "Currency", "Prices are shown in it, by a rate that you give: usd, jpy, eur", "usd"},
};
constexpr Question rate_question{"rate", "Rate", "Units of that currency for a dollar", ""};

/// Asks, and collects what is to be written.
class Guide {
 public:
  Guide(Context& context, store::Preferences there) : context_(context), there_(std::move(there)) {}

  /// `said`: what the command line has; then nothing is asked.
  Result<void> settle(const Question& question, const std::string& said, const std::string& proposal = {}) {
    const std::string key = question.key;
    std::string otherwise = proposal.empty() ? question.otherwise : proposal;
    if (there_.contains(key)) otherwise = there_[key];
    if (!said.empty()) return take(key, said);
    if (!context_.can_ask() || context_.globals().yes)
      return otherwise.empty() ? missing(question) : take(key, otherwise);
    context_.err() << "\n" << question.meaning << ".\n";
    while (true) {
      const std::string shown = otherwise.empty() ? "" : fmt::format(" [{}]", otherwise);
      context_.err() << question.text << shown << ": " << std::flush;
      auto typed = read_answer(context_);
      if (!typed) return fail(typed.error().kind, "Interrupted. Nothing was written.");
      if (!*typed) return fail(ErrorClass::declined, "Nothing was written.");
      const std::string answer = trim(**typed).empty() ? otherwise : trim(**typed);
      if (auto taken = take(key, answer); taken)
        return taken;
      else
        say_error(context_, taken.error());
    }
  }
  /// What it is by now; "" if it was not asked for.
  std::string value(const std::string& key) const { return answers_.contains(key) ? answers_.at(key) : ""; }
  const store::Preferences& answers() const { return answers_; }

 private:
  static Result<void> missing(const Question& question) {
    return fail(ErrorClass::invalid, fmt::format("{} has to be said.", question.text),
                fmt::format("{}: --{} NUMBER", question.meaning, question.key));
  }
  Result<void> take(const std::string& key, const std::string& answer) {
    if (auto good = store::check_preference(key, answer); !good) return good;
    answers_[key] = answer;
    return {};
  }

  Context& context_;
  store::Preferences there_;
  store::Preferences answers_;
};

struct Way {
  std::string region;
  std::optional<Duration> time;
};

/// The regions that every account has, the nearest first; those that do not answer last.
std::vector<Way> measured(Context& context, const aws::Settings& settings) {
  std::vector<Way> ways;
  for (const catalog::Region& region : catalog::regions())
    if (!region.opt_in) ways.push_back({std::string(region.name), std::nullopt});
  context.err() << fmt::format("\nMeasuring the way to {} regions …\n", ways.size()) << std::flush;
  http::Transport& transport = context.transport();
  const Clock& clock = context.clock();
  std::vector<std::jthread> threads;
  for (Way& way : ways)
    threads.emplace_back([&] { way.time = round_trip(transport, clock, aws::ping_url(settings, way.region)); });
  threads.clear();  // joins them
  std::ranges::sort(ways, {}, [](const Way& way) { return std::pair(way.time.value_or(Duration::max()), way.region); });
  return ways;
}

/// The nearest region, after the five nearest have been shown; "" where none answers.
std::string nearest_region(Context& context, const aws::Settings& settings) {
  const auto ways = measured(context, settings);
  constexpr std::size_t shown = 5;
  for (std::size_t index = 0; index < std::min(shown, ways.size()); ++index)
    if (ways[index].time)
      context.err() << fmt::format("  {:<15} {:>5} ms  {}\n", ways[index].region, ways[index].time->count(),
                                   catalog::place_of(ways[index].region));
  if (!ways.empty() && ways.front().time) return ways.front().region;
  context.err() << "  none of them answers; `hotaru regions` measures again\n";
  return "";
}

/// How an account comes onto this machine, where there is none yet.
constexpr const char* how_to_get_keys =
    "\nThere are no keys of an AWS account here yet. To get some:\n"
    "  1. Open an account: https://aws.amazon.com/ (a card is asked for; GPU types need the paid plan)\n"
    "  2. In the console: IAM, Users, a user of yours, Security credentials, Create access key\n"
    "  3. On this machine: aws configure (or the two lines in ~/.aws/credentials: docs/credentials.md)\n"
    "Then `hotaru doctor` tells whether all is well. Meanwhile `hotaru --cloud sim` needs none of it.\n";

bool has_keys(const Context& context, const aws::SharedFiles& files) {
  const Environment& environment = context.environment();
  for (const char* name : {"AWS_ACCESS_KEY_ID", "AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_CONTAINER_CREDENTIALS_FULL_URI",
                           "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"})
    if (environment.get(name)) return true;
  return !files.profiles().empty();
}

Result<void> settle_account(Context& context, Guide& guide) {
  auto files = aws::read_shared_files(context.environment());
  if (!files) return pass(files);
  const auto profiles = files->profiles();
  if (!has_keys(context, *files)) context.err() << how_to_get_keys;
  const std::string said = context.globals().profile;
  if (!said.empty() && !files->has_profile(said))
    return fail(ErrorClass::invalid, fmt::format("There is no profile {} in ~/.aws.", said),
                profiles.empty() ? "" : "There are: " + join(profiles, ", ") + ".");
  if (!said.empty() || profiles.size() > 1) {
    if (said.empty() && context.can_ask()) context.err() << "\nProfiles: " << join(profiles, ", ") << "\n";
    const bool usual = std::ranges::find(profiles, "default") != profiles.end();
    const std::string proposal = usual || profiles.empty() ? "" : profiles.front();
    if (auto settled = guide.settle(profile_question, said, proposal); !settled) return settled;
  }
  auto region = context.region();
  if (!region) return pass(region);
  const auto settings = aws::settings_of(context.environment(), *files, {.profile = guide.value("profile")});
  if (!settings) return std::unexpected(settings.error());
  const bool asks = context.can_ask() && !context.globals().yes && region->empty();
  std::string proposal = settings->region;
  if (asks && proposal.empty()) proposal = nearest_region(context, *settings);
  return guide.settle(region_question, *region, proposal);
}

Result<void> settle_all(const InitOptions& values, Context& context, Guide& guide) {
  const Globals& globals = context.globals();
  if (auto cloud = guide.settle(cloud_question, globals.cloud_said ? globals.cloud : ""); !cloud) return cloud;
  if (guide.value("cloud") == "aws") {
    if (auto account = settle_account(context, guide); !account) return account;
  } else if (auto region = context.region(); !region || !region->empty()) {
    if (!region) return pass(region);
    if (auto settled = guide.settle(region_question, *region); !settled) return settled;
  }
  const std::string* said[] = {&values.idle, &values.time, &values.budget, &values.tax, &values.currency};
  for (std::size_t index = 0; index < std::size(usual_questions); ++index)
    if (auto settled = guide.settle(usual_questions[index], *said[index]); !settled) return settled;
  if (guide.value("currency") == "usd") return {};
  return guide.settle(rate_question, values.rate);
}

Result<void> settle_alias(const InitOptions& values, Context& context) {
  if (ssh::is_included(context.folders()) || values.alias == "no") return {};
  if (values.alias != "yes") {
    if (!context.can_ask() || context.globals().yes) return {};
    context.err() << "\nWith hotaru's aliases in ~/.ssh/config `ssh NAME`, scp, rsync and editors reach an instance "
                     "by its name.\nInclude them? [y/N] "
                  << std::flush;
    auto typed = read_answer(context);
    if (!typed) return fail(typed.error().kind, "Interrupted. Settings are written; ~/.ssh/config is as it was.");
    const std::string answer = to_lower(trim(typed->value_or("")));
    if (answer != "y" && answer != "yes") return {};
  }
  return ssh::include_in_user_config(context.folders());
}

void tell(Context& context, const store::Preferences& written) {
  if (context.json()) {
    context.out() << json_fields({written.begin(), written.end()});
    return;
  }
  context.err() << "\n";
  context.out() << "Wrote " << store::preferences_file(context.folders()).string() << ":\n";
  for (const auto& [key, value] : written) context.out() << fmt::format("  {} = {}\n", key, value);
  context.out() << "Change one: hotaru config set KEY VALUE\n"
                   "Next:\n"
                   "  hotaru doctor             # whether all is well\n"
                   "  hotaru up train --gpu T4  # launch one; shows the full price and asks first\n";
}

Result<int> run_command(const InitOptions& values, Context& context) {
  auto there = store::read_preferences(context.folders());
  if (!there) return pass(there);
  Guide guide(context, *there);
  if (context.can_ask() && !context.globals().yes)
    context.err() << "A few questions; Enter takes what stands in brackets. Nothing is written before the last one.\n";
  if (auto settled = settle_all(values, context, guide); !settled) return pass(settled);
  store::Preferences answers = guide.answers();
  if (!values.then.empty()) answers["then"] = values.then;
  if (answers["currency"] == "usd") answers["rate"] = "";
  const std::string today = iso8601(context.clock().now()).substr(0, 10);
  if (auto written = store::set_preferences(context.folders(), answers, today); !written) return pass(written);
  if (auto alias = settle_alias(values, context); !alias) return pass(alias);
  auto written = store::read_preferences(context.folders());
  if (!written) return pass(written);
  tell(context, *written);
  return 0;
}

constexpr Example examples[] = {
    {"hotaru init", "at a terminal: asks"},
    {"hotaru init --yes --cloud sim", "without a question: the sim, and what is usual for the rest"},
    {"hotaru init --yes --region ap-northeast-1 --idle 30m --tax 10 --currency jpy --rate 155", "by options alone"},
};

}  // namespace

extern const Command init_command{
    .name = "init",
    .summary = "Begin: account or sim, region, limits, tax and currency, in a few questions",
    .arguments = "",
    .about =
        "Each question says what it means, and proposes an answer; what an option says is not asked. The answers are\n"
        "one file of lines (`hotaru config list`). Without a terminal, or with --yes, what is not said is as usual.\n"
        "Ctrl-C leaves everything as it was.",
    .examples = examples,
    .make = bound<InitOptions>,
};

}  // namespace hotaru::cli
