// Man pages, made from what --help is made from.
#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <ostream>

#include "base/file.h"
#include "base/text.h"
#include "cli/command.h"
#include "cli/exit_code.h"

namespace hotaru::cli {
namespace {

struct ManOptions {
  std::string page;
  std::string folder;
};

void declare_options(Options& options, ManOptions& values) {
  options.argument("PAGE", values.page, false, "hotaru, hotaru-up, hotaru-sim-start …; nothing: hotaru");
  options.text("--to", "FOLDER", values.folder, "write all pages there, as NAME.1");
}

/// The day on which the interface was last described; a page without one is no good page.
constexpr const char* date = "2026-11-22";

/// Text for roff (groff_char(7)): what would be a command or an escape is none.
std::string escaped(const std::string& text) {
  std::string result;
  for (const char letter : text) {
    if (letter == '\\')
      result += "\\e";
    else if (letter == '-')
      result += "\\-";
    else if ((letter == '.' || letter == '\'') && (result.empty() || result.ends_with('\n')))
      result += std::string("\\&") + letter;
    else
      result += letter;
  }
  return result;
}

/// The same in lines that editors and mandoc -Tlint like: at most 78 bytes, where there are spaces to break at.
std::string wrapped(const std::string& text) {
  constexpr std::size_t widest = 78;
  std::string result;
  std::string line;
  for (const std::string& word : split(text, ' ')) {
    std::string next = escaped(word);
    if (!line.empty() && line.size() + 1 + next.size() > widest) {
      result += line + "\n";
      line.clear();
    }
    if (!line.empty()) line += " ";
    line += next;
  }
  return result + line;
}

std::string page_name(const Command& command) {
  std::string name = "hotaru-" + std::string(command.name);
  std::ranges::replace(name, ' ', '-');
  return name;
}

std::string head(const std::string& name, const std::string& summary) {
  std::string upper = name;
  std::ranges::transform(upper, upper.begin(), [](unsigned char letter) { return std::toupper(letter); });
  return fmt::format(".TH {} 1 {} \"hotaru {}\" \"hotaru\"\n.SH NAME\n{}\n", escaped(upper), date, HOTARU_VERSION,
                     wrapped(name + " - " + summary));
}

/// Each entry with what it means.
std::string entries(const std::vector<Options::Line>& lines) {
  std::string text;
  for (const auto& line : lines) {
    if (line.help.empty())
      text += ".SS " + escaped(line.names) + "\n";
    else
      text += fmt::format(".TP\n\\fB{}\\fR\n{}\n", escaped(trim(line.names)), wrapped(line.help));
  }
  return text;
}

std::string paragraphs(const std::string& about) {
  std::string text;
  for (const std::string& line : lines(about)) text += line.empty() ? ".PP\n" : wrapped(line) + "\n";
  return text;
}

std::string example_entries(std::span<const Example> examples) {
  std::string text = ".SH EXAMPLES\n";
  for (const Example& example : examples)
    text += fmt::format(".TP\n\\fB{}\\fR\n{}\n", escaped(example.line), wrapped(example.what));
  return text;
}

std::string as_it_stands(const std::string& text) { return ".nf\n" + escaped(text) + ".fi\n"; }

std::string page_of(const Command& command) {
  Options options;
  Globals globals;
  const auto invocation = command.make();
  invocation->declare(options);
  declare_globals(options, globals);
  std::string text = head(page_name(command), command.summary);
  text += fmt::format(".SH SYNOPSIS\n\\fBhotaru {}\\fR [\\fIOPTIONS\\fR]", escaped(command.name));
  if (*command.arguments != '\0') text += " \\fI" + escaped(command.arguments) + "\\fR";
  text += "\n.SH DESCRIPTION\n" + paragraphs(command.about);
  if (!options.arguments().empty()) text += ".SH ARGUMENTS\n" + entries(options.arguments());
  text += ".SH OPTIONS\n" + entries(options.lines());
  return text + example_entries(command.examples) + ".SH SEE ALSO\n.BR hotaru (1)\n";
}

std::string main_page() {
  std::string text = head("hotaru", "from nothing to a GPU instance on Amazon EC2, and back to a bill of zero");
  text += ".SH SYNOPSIS\n\\fBhotaru\\fR [\\fIOPTIONS\\fR] [\\fICOMMAND\\fR]\n.SH DESCRIPTION\n";
  text += "Alone it tells what is running, what it costs and has cost, and what to do next.\n.SH COMMANDS\n";
  std::vector<Options::Line> list;
  for (const Command* command : commands())
    if (!command->hidden) list.push_back({command->name, command->summary});
  text += entries(list) + ".SH OPTIONS\n";
  Options options;
  Globals globals;
  declare_globals(options, globals);
  text += entries(options.lines()) + ".SH FILES\n";
  text += entries({{"~/.config/hotaru/config", "settings: hotaru config list"},
                   {"~/.config/hotaru/ssh_config", "a Host for each instance"},
                   {"~/.local/state/hotaru", "journal, ledger, keys; losing it loses nothing that bills"}});
  std::string codes = exit_code_help();
  codes.erase(0, codes.find('\n') + 1);
  text += ".SH EXIT STATUS\n" + as_it_stands(codes);
  text += ".SH SEE ALSO\n.BR aws (1),\n.BR ssh (1),\n.BR hotaru\\-COMMAND (1)\n";
  return text;
}

Result<void> write_all(const std::filesystem::path& folder) {
  if (auto made = make_folder(folder, 0755); !made) return made;
  if (auto written = write_file(folder / "hotaru.1", main_page(), 0644); !written) return written;
  for (const Command* command : commands()) {
    if (command->hidden) continue;
    if (auto written = write_file(folder / (page_name(*command) + ".1"), page_of(*command), 0644); !written)
      return written;
  }
  return {};
}

Result<int> run_command(const ManOptions& values, Context& context) {
  if (!values.folder.empty()) {
    if (auto written = write_all(values.folder); !written) return pass(written);
    return 0;
  }
  if (values.page.empty() || values.page == "hotaru") {
    context.out() << main_page();
    return 0;
  }
  for (const Command* command : commands()) {
    if (page_name(*command) != values.page && page_name(*command) != "hotaru-" + values.page) continue;
    context.out() << page_of(*command);
    return 0;
  }
  return fail(ErrorClass::not_found, fmt::format("There is no page {}.", values.page), "See: hotaru --help");
}

constexpr Example examples[] = {
    {"hotaru man hotaru-up | man -l -", "read one"},
    {"hotaru man --to ~/.local/share/man/man1", "so that `man hotaru-up` works; the Debian package has them"},
};

}  // namespace

extern const Command man_command{
    .name = "man",
    .summary = "Write man pages",
    .arguments = "[PAGE]",
    .about = "Writes a page in man's own language, made from what --help is made from.",
    .examples = examples,
    .make = bound<ManOptions>,
};

}  // namespace hotaru::cli
