// Completions: the scripts of the shells ask the hidden command below, which asks nobody.
#include <fmt/format.h>

#include <algorithm>
#include <ostream>

#include "aws/settings.h"
#include "base/text.h"
#include "catalog/catalog.h"
#include "cli/command.h"
#include "store/known.h"
#include "store/preferences.h"

namespace hotaru::cli {
namespace {

using Words = std::vector<std::string>;

struct CompletionOptions {
  std::string shell;
};
struct CompleteOptions {};

void declare_options(Options& options, CompletionOptions& values) {
  options.argument("SHELL", values.shell, true, "bash, zsh or fish");
}
void declare_options(Options&, CompleteOptions&) {}

constexpr const char* bash_script = R"(# hotaru's completions for bash: source <(hotaru completion bash)
_hotaru() {
  local line
  COMPREPLY=()
  while IFS= read -r line; do
    COMPREPLY+=("${line%%$'\t'*}")
  done < <("${COMP_WORDS[0]}" __complete -- "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
}
complete -o default -F _hotaru hotaru
)";

constexpr const char* zsh_script = R"(#compdef hotaru
# hotaru's completions for zsh: source <(hotaru completion zsh), or a file _hotaru in a folder of fpath
_hotaru() {
  local line
  local -a found
  while IFS= read -r line; do
    found+=("${${line%%$'\t'*}//:/\\:}:${line#*$'\t'}")
  done < <("${words[1]}" __complete -- "${(@)words[2,CURRENT]}" 2>/dev/null)
  if (( $#found )); then _describe hotaru found; else _files; fi
}
if [[ ${funcstack[1]} == _hotaru ]]; then _hotaru "$@"; else compdef _hotaru hotaru; fi
)";

constexpr const char* fish_script = R"(# hotaru's completions for fish: hotaru completion fish | source
function __hotaru_complete
    set -l words (commandline -opc)
    $words[1] __complete -- $words[2..] (commandline -ct) 2>/dev/null
end
complete -c hotaru -f -a '(__hotaru_complete)'
)";

Result<int> run_command(const CompletionOptions& values, Context& context) {
  for (const auto& [shell, script] :
       {std::pair{"bash", bash_script}, std::pair{"zsh", zsh_script}, std::pair{"fish", fish_script}}) {
    if (values.shell != shell) continue;
    context.out() << script;
    return 0;
  }
  return fail(ErrorClass::invalid, fmt::format("There are no completions for {}.", values.shell),
              "Say bash, zsh or fish.");
}

struct Candidate {
  std::string word;
  std::string what;
};
using Candidates = std::vector<Candidate>;

/// An option as its line of help has it: "-o, --output table|json".
struct Option {
  Words names;
  std::string value;  ///< "REGION", "table|json"; "" where it takes none
  std::string help;
};

Option option_of(const Options::Line& line) {
  Option option{{}, "", line.help};
  for (const std::string& word : split(trim(line.names), ' ')) {
    if (word.starts_with("-"))
      option.names.push_back(word.substr(0, word.find(',')));
    else
      option.value = word;
  }
  return option;
}

/// What a command takes.
struct Shape {
  std::vector<Option> options;
  Words arguments;  ///< their names
};

Shape shape_of(const Command* command) {
  Options options;
  Globals globals;
  const auto invocation = command == nullptr ? nullptr : command->make();
  if (invocation) invocation->declare(options);
  declare_globals(options, globals);
  Shape shape;
  for (const auto& line : options.lines())
    if (!line.help.empty()) shape.options.push_back(option_of(line));
  for (const auto& line : options.arguments()) shape.arguments.push_back(line.names);
  return shape;
}

const Option* find_option(const Shape& shape, const std::string& name) {
  const auto found = std::ranges::find_if(
      shape.options, [&](const Option& each) { return std::ranges::find(each.names, name) != each.names.end(); });
  return found == shape.options.end() ? nullptr : &*found;
}

const Command* command_named(const std::string& name) {
  const auto found = std::ranges::find_if(commands(), [&](const Command* one) { return name == one->name; });
  return found == commands().end() ? nullptr : *found;
}

bool begins_command(const std::string& words) {
  return std::ranges::any_of(commands(), [&](const Command* one) {
    return !one->hidden && std::string_view(one->name).starts_with(words + " ");
  });
}

Candidates instances(Context& context) {
  Candidates found;
  auto known = store::Known::open(context.folders(), context.clock());
  if (!known) return found;
  const auto all = known->of_clouds(context.on_sim());
  if (!all) return found;
  for (const store::KnownInstance& each : *all)
    if (each.state != "terminated") found.push_back({each.name, fmt::format("{} in {}", each.type, each.region)});
  return found;
}

Candidates types() {
  Candidates found;
  for (const catalog::InstanceType& type : catalog::built_in().tables().types)
    found.push_back({std::string(type.name), type.has_gpu() ? fmt::format("{} vCPUs, {}", type.vcpus, type.gpu_name)
                                                            : fmt::format("{} vCPUs", type.vcpus)});
  return found;
}

Candidates gpus() {
  Candidates found;
  for (const catalog::InstanceType& type : catalog::built_in().tables().types) {
    const bool there = std::ranges::find(found, std::string(type.gpu_name), &Candidate::word) != found.end();
    if (type.has_gpu() && !there) found.push_back({std::string(type.gpu_name), "GPU"});
  }
  return found;
}

Candidates profiles(const Context& context) {
  Candidates found;
  const auto files = aws::read_shared_files(context.environment());
  if (!files) return found;
  for (const std::string& name : files->profiles()) found.push_back({name, "profile"});
  return found;
}

Candidates named(Context& context, const std::string& what) {
  Candidates found;
  if (what == "NAME") return instances(context);
  if (what == "TYPE") return types();
  if (what == "GPU" || what == "GPU[:COUNT]") return gpus();
  if (what == "PROFILE") return profiles(context);
  if (what == "REGION")
    for (const catalog::Region& region : catalog::regions())
      found.push_back({std::string(region.name), std::string(region.place)});
  if (what == "KEY")
    for (const store::PreferenceKey& key : store::preference_keys) found.push_back({key.name, key.meaning});
  if (what == "SHELL") found = {{"bash", "shell"}, {"zsh", "shell"}, {"fish", "shell"}};
  return found;
}

Candidates values_of(Context& context, const Option& option) {
  if (option.value.find('|') != std::string::npos) {
    Candidates found;
    for (const std::string& choice : split(option.value, '|')) found.push_back({choice, option.help});
    return found;
  }
  const bool profile = std::ranges::find(option.names, "--profile") != option.names.end();
  const bool gpu = std::ranges::find(option.names, "--gpu") != option.names.end();
  return named(context, profile ? "PROFILE" : gpu ? "GPU" : option.value);
}

Candidates option_names(const Shape& shape) {
  Candidates found;
  for (const Option& option : shape.options) found.push_back({option.names.back(), option.help});
  found.push_back({"--help", "what it does, its options, examples"});
  return found;
}

/// The next word of every command that begins with these.
Candidates command_words(const std::string& before) {
  Candidates found;
  const std::string start = before.empty() ? "" : before + " ";
  for (const Command* command : commands()) {
    const std::string_view name = command->name;
    if (command->hidden || !name.starts_with(start)) continue;
    const std::string word = split(name.substr(start.size()), ' ').front();
    if (std::ranges::find(found, word, &Candidate::word) == found.end()) found.push_back({word, command->summary});
  }
  return found;
}

/// The words before the cursor, taken apart as far as they are there.
struct Typed {
  std::string command;
  std::size_t arguments = 0;  ///< those given already
  std::string option;         ///< that wants its value next
};

Typed take_apart(const Words& before) {
  Typed typed;
  for (const std::string& word : before) {
    if (word == "=") continue;  // bash takes "--region=x" apart
    const Shape shape = shape_of(command_named(typed.command));
    if (!typed.option.empty()) {
      typed.option.clear();
      continue;
    }
    if (word.starts_with("-")) {
      const Option* option = word.find('=') == std::string::npos ? find_option(shape, word) : nullptr;
      if (option != nullptr && !option->value.empty()) typed.option = word;
      continue;
    }
    const std::string longer = typed.command.empty() ? word : typed.command + " " + word;
    if (typed.arguments == 0 && (command_named(longer) != nullptr || begins_command(longer)))
      typed.command = longer;
    else
      ++typed.arguments;
  }
  return typed;
}

Candidates candidates(Context& context, const Words& before, const std::string& current) {
  const Typed typed = take_apart(before);
  const Command* command = command_named(typed.command);
  const Shape shape = shape_of(command);
  if (!typed.option.empty()) return values_of(context, *find_option(shape, typed.option));
  if (const auto sign = current.find('='); current.starts_with("--") && sign != std::string::npos) {
    const Option* option = find_option(shape, current.substr(0, sign));
    Candidates found = option == nullptr ? Candidates{} : values_of(context, *option);
    for (Candidate& each : found) each.word = current.substr(0, sign + 1) + each.word;
    return found;
  }
  if (current.starts_with("-")) return option_names(shape);
  Candidates found;
  if (command == nullptr || begins_command(typed.command)) found = command_words(typed.command);
  if (command == nullptr || typed.arguments >= shape.arguments.size()) return found;
  // A new instance has a new name.
  if (typed.command == "up" || typed.command == "plan") return found;
  std::ranges::move(named(context, shape.arguments[typed.arguments]), std::back_inserter(found));
  return found;
}

Result<int> run_command(const CompleteOptions&, Context& context) {
  Words before = context.rest;
  std::string current;
  if (!before.empty()) {
    current = before.back();
    before.pop_back();
  }
  if (std::ranges::find(before, "--") != before.end()) return 0;  // what follows is the instance's
  if (current == "=") current.clear();
  for (const Candidate& each : candidates(context, before, current))
    if (each.word.starts_with(current)) context.out() << printable(each.word) << "\t" << printable(each.what) << "\n";
  return 0;
}

constexpr Example completion_examples[] = {
    {"source <(hotaru completion bash)", "in ~/.bashrc"},
    {"source <(hotaru completion zsh)", "in ~/.zshrc, after compinit"},
    {"hotaru completion fish > ~/.config/fish/completions/hotaru.fish", "once"},
};
constexpr Example complete_examples[] = {{"hotaru __complete -- show tr", "never by hand"}};

}  // namespace

extern const Command completion_command{
    .name = "completion",
    .summary = "Write the completions of a shell",
    .arguments = "SHELL",
    .about =
        "They complete commands, options, names of instances, regions, types and GPUs, from what this machine\n"
        "knows: nobody is asked.",
    .examples = completion_examples,
    .make = bound<CompletionOptions>,
};

extern const Command complete_command{
    .name = "__complete",
    .summary = "What may stand at the cursor",
    .arguments = "-- WORD...",
    .about = "Asked by the completions of the shells: a line for each word, with what it is after a tab.",
    .examples = complete_examples,
    .make = bound<CompleteOptions>,
    .hidden = true,
    .takes_rest = true,
};

}  // namespace hotaru::cli
