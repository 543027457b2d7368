#include "cli/run.h"

#include <fmt/format.h>

#include <algorithm>
#include <ostream>

#include "base/text.h"
#include "cli/command.h"
#include "cli/exit_code.h"
#include "cli/settings.h"
#include "cli/talk.h"

namespace hotaru::cli {
namespace {

using Words = std::vector<std::string>;

/// The command line, taken apart: which command, what is said to it, and what follows "--".
struct Line {
  Words command;    ///< "sim", "image", "build"
  Words arguments;  ///< all else before "--"
  Words rest;
  bool help = false;
  bool version = false;
};

/// Options for every command that take a value in the next word: they may stand before the command.
bool takes_value(const std::string& word) {
  constexpr const char* names[] = {"--cloud", "--profile", "--region", "--output", "-o"};
  return std::ranges::find(names, word) != std::end(names);
}

/// True if `words` is, or begins, the name of a command.
bool begins_command(const std::string& words) {
  return std::ranges::any_of(commands(), [&](const Command* command) {
    const std::string_view name = command->name;
    return name == words || name.starts_with(words + " ");
  });
}

Line take_apart(const Words& words) {
  Line line;
  const auto end = std::ranges::find(words, "--");
  if (end != words.end()) line.rest.assign(end + 1, words.end());
  bool in_command = true;
  for (auto word = words.begin(); word != end; ++word) {
    if (*word == "-h" || *word == "--help") {
      line.help = true;
    } else if (*word == "--version" && line.command.empty()) {
      line.version = true;
    } else if (word->starts_with("-")) {
      line.arguments.push_back(*word);
      if (takes_value(*word) && word + 1 != end) line.arguments.push_back(*++word);
    } else if (in_command && (line.command.empty() || begins_command(join(line.command, " ") + " " + *word))) {
      line.command.push_back(*word);
    } else {
      in_command = false;
      line.arguments.push_back(*word);
    }
  }
  return line;
}

const Command* find_command(const std::string& name) {
  const auto found = std::ranges::find_if(commands(), [&](const Command* one) { return name == one->name; });
  return found == commands().end() ? nullptr : *found;
}

Error unknown_command(const std::string& word, const Words& before) {
  Words names;
  for (const Command* command : commands()) {
    if (!command->hidden) names.emplace_back(command->name);
  }
  Words all = before;
  all.push_back(word);
  const auto near = nearest(join(all, " "), names);
  return {ErrorClass::invalid, fmt::format("There is no command \"{}\".", join(all, " ")),
          near ? fmt::format("Did you mean: hotaru {}", *near) : "See: hotaru --help"};
}

/// An error before there is a context: with -o json it still is JSON.
int refuse(Streams streams, const Environment& environment, Globals globals, const Error& error) {
  Context context(streams, environment, std::move(globals));
  tell_error(context, error);
  return exit_code_of(error.kind);
}

/// "-o json" as it stands among the words: for errors in the words themselves.
std::string wanted_output(const Words& words) {
  for (std::size_t index = 0; index < words.size(); ++index) {
    const bool next = (words[index] == "-o" || words[index] == "--output") && index + 1 < words.size();
    if ((next && words[index + 1] == "json") || words[index] == "-ojson" || words[index] == "--output=json") {
      return "json";
    }
  }
  return "table";
}

int finish(Context& context, const Result<int>& outcome) {
  if (!outcome) tell_error(context, outcome.error());
  if (context.globals().verbose && context.calls() > 0) {
    context.err() << fmt::format("{} API calls\n", context.calls());
  }
  context.out().flush();
  // A full disk or a closed pipe behind standard output: what was asked for did not arrive.
  if (!context.out()) return exit_local;
  return outcome ? *outcome : exit_code_of(outcome.error().kind);
}

/// Commands that mend the settings, or have no use for them, work with a file of them that makes no sense.
bool needs_settings(const Command& command) {
  const std::string_view name = command.name;
  return !command.hidden && !name.starts_with("config") && name != "doctor" && name != "init" && name != "version";
}

int run_line(const Command& command, Line& line, Streams streams, Environment environment) {
  Globals globals;
  globals.cloud_said = environment.get("HOTARU_CLOUD").has_value();
  // `init` asks anew: what is settled is what it proposes.
  const auto settled = &command == &init_command ? Result<void>{} : apply_settings(environment);
  auto invocation = command.make();
  Options options;
  invocation->declare(options);
  declare_globals(options, globals);
  if (line.help) {
    streams.out << help_of(command, options) << std::flush;
    return exit_ok;
  }
  Globals early;
  early.output = wanted_output(line.arguments);
  if (auto parsed = options.parse(line.arguments); !parsed) {
    std::string& hint = parsed.error().hint;
    if (hint.empty() && command.takes_rest) hint = "A command for the instance comes after \"--\". ";
    if (!hint.ends_with('?')) hint += fmt::format("See: hotaru {} --help", command.name);
    return refuse(streams, environment, early, parsed.error());
  }
  if (!line.rest.empty() && !command.takes_rest) {
    return refuse(streams, environment, early, {ErrorClass::invalid, "Nothing may follow \"--\" here."});
  }
  globals.cloud_said = globals.cloud_said || !globals.cloud.empty();
  if (globals.cloud.empty()) globals.cloud = environment.get_or("HOTARU_CLOUD", "aws");
  if (!settled && needs_settings(command)) {
    Error error = settled.error();
    error.hint += (error.hint.empty() ? "" : " ") + std::string("`hotaru config edit` mends it.");
    return refuse(streams, environment, early, error);
  }
  if (globals.cloud != "aws" && globals.cloud != "sim") {
    return refuse(
        streams, environment, early,
        {ErrorClass::invalid, fmt::format("HOTARU_CLOUD is \"{}\".", globals.cloud), "It may be aws or sim."});
  }
  Context context(streams, std::move(environment), std::move(globals));
  context.rest = std::move(line.rest);
  return finish(context, invocation->run(context));
}

int dispatch(const Words& arguments, Streams streams, Environment environment) {
  Line line = take_apart(arguments);
  if (line.version && line.command.empty()) line.command = {"version"};
  if (line.command.empty() && !line.help) line.command = {"status"};
  const std::string name = join(line.command, " ");
  if (const Command* command = find_command(name)) return run_line(*command, line, streams, std::move(environment));
  if (name.empty() || (begins_command(name) && (line.help || line.arguments.empty()))) {
    // Asked for, it is a result; else it is talk about a mistake.
    (line.help ? streams.out : streams.err) << overview(name) << std::flush;
    return line.help ? exit_ok : exit_invalid;
  }
  Words before;
  std::string word = line.command.back();
  if (begins_command(name)) {
    before = line.command;
    word = line.arguments.front();
  }
  Globals globals;
  globals.output = wanted_output(line.arguments);
  return refuse(streams, environment, globals, unknown_command(word, before));
}

}  // namespace

void declare_globals(Options& options, Globals& globals) {
  options.heading("Options for every command");
  options.choice("--cloud", {"aws", "sim"}, globals.cloud, "Amazon's EC2, or the embedded one (also: HOTARU_CLOUD)");
  options.text("--profile", "NAME", globals.profile, "profile of the shared AWS config (also: AWS_PROFILE)");
  options.texts("--region", "REGION", globals.regions, "such as us-east-1 (also: AWS_REGION)");
  options.choice("-o,--output", {"table", "json"}, globals.output, "for people or for programs");
  options.flag("-y,--yes", globals.yes, "do not ask");
  options.flag("-v,--verbose", globals.verbose, "say more about errors and calls");
  options.flag("--trace", globals.trace, "tell every call to AWS as it is made (also: HOTARU_TRACE=1)");
}

int run(const std::vector<std::string>& arguments, Streams streams, Environment environment) {
  try {
    return dispatch(arguments, streams, std::move(environment));
  } catch (const std::exception& error) {
    streams.err << "hotaru: this is a bug of hotaru's: " << error.what()
                << "\n  Please report it, with `hotaru version`.\n";
    return exit_internal;
  }
}

}  // namespace hotaru::cli
