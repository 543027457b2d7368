#include "cli/options.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>

#include "base/text.h"

namespace hotaru::cli {

namespace {

/// CLI11's "--output: xml not in {table,json}", and what our own checks say ("NAME: NAME is empty.").
std::string validation_sentence(const std::string& said) {
  const auto colon = said.find(": ");
  if (colon == std::string::npos) return said;
  const std::string option = said.substr(0, colon);
  const std::string rest = said.substr(colon + 2);
  const auto in = rest.find(" not in {");
  if (in == std::string::npos) return rest;
  const std::string choices = rest.substr(in + 9, rest.size() - in - 10);
  return fmt::format("{} cannot be \"{}\": it is one of {}.", option, rest.substr(0, in),
                     join(split(choices, ','), ", "));
}

}  // namespace

Options::Options() : app_(std::make_unique<CLI::App>()) { app_->set_help_flag(); }
Options::~Options() = default;

void Options::add_line(const std::string& names, const std::string& placeholder, const std::string& help) {
  std::vector<std::string> parts = split(names, ',');
  for (const auto& part : parts) {
    if (part.starts_with("--")) long_names_.push_back(part);
  }
  const std::string indent = parts[0].starts_with("--") ? "    " : "";
  lines_.push_back({indent + join(parts, ", ") + (placeholder.empty() ? "" : " " + placeholder), help});
}

void Options::flag(const std::string& names, bool& value, const std::string& help) {
  app_->add_flag(names, value);
  add_line(names, "", help);
}

void Options::text(const std::string& names, const std::string& placeholder, std::string& value,
                   const std::string& help) {
  app_->add_option(names, value);
  add_line(names, placeholder, help);
}

void Options::texts(const std::string& names, const std::string& placeholder, std::vector<std::string>& values,
                    const std::string& help) {
  // One value each time: what follows may be the command's argument.
  app_->add_option(names, values)->expected(1)->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  add_line(names, placeholder, help);
}

void Options::number(const std::string& names, const std::string& placeholder, int& value, const std::string& help) {
  app_->add_option(names, value);
  add_line(names, placeholder, help);
}

void Options::choice(const std::string& names, const std::vector<std::string>& choices, std::string& value,
                     const std::string& help) {
  app_->add_option(names, value)->check(CLI::IsMember(choices));
  add_line(names, join(choices, "|"), help);
}

void Options::argument(const std::string& name, std::string& value, bool required, const std::string& help) {
  // "" is a shell variable that was not set, and no name of anything.
  app_->add_option(name, value)->required(required)->check([name](const std::string& said) {
    return said.empty() ? name + " is empty." : std::string();
  });
  arguments_.push_back({name, help});
}

void Options::heading(const std::string& text) { lines_.push_back({text, ""}); }

Error Options::unknown(const std::string& word) const {
  if (!word.starts_with("-")) {
    return {ErrorClass::invalid, fmt::format("\"{}\" is one argument too many.", word)};
  }
  const auto near = nearest(word.substr(0, word.find('=')), long_names_);
  return {ErrorClass::invalid, fmt::format("There is no option {}.", word),
          near ? fmt::format("Did you mean {}?", *near) : ""};
}

Result<void> Options::parse(const std::vector<std::string>& arguments) {
  std::vector<std::string> reversed(arguments.rbegin(), arguments.rend());  // as CLI11 wants them
  try {
    app_->allow_extras();
    app_->parse(reversed);
  } catch (const CLI::RequiredError& error) {
    return fail(ErrorClass::invalid, fmt::format("{} is missing.", split(error.what(), ' ').front()));
  } catch (const CLI::ConversionError& error) {
    // "Could not convert: --disk = abc"
    const auto words = split(error.what(), ' ');
    return fail(ErrorClass::invalid, words.size() > 5
                                         ? fmt::format("{} wants a number, not \"{}\".", words[3], words[5])
                                         : std::string(error.what()));
  } catch (const CLI::ArgumentMismatch& error) {
    return fail(ErrorClass::invalid, fmt::format("{} wants a value.", split(error.what(), ':').front()));
  } catch (const CLI::ValidationError& error) {
    return fail(ErrorClass::invalid, validation_sentence(error.what()));
  } catch (const CLI::ParseError& error) {
    const std::string said = error.what();
    return fail(ErrorClass::invalid, said.ends_with('.') ? said : said + ".");
  }
  const auto extras = app_->remaining();
  if (!extras.empty()) return std::unexpected(unknown(extras.front()));
  return {};
}

std::string Options::help() const {
  std::size_t width = 0;
  for (const auto& line : arguments_) width = std::max(width, line.names.size());
  for (const auto& line : lines_) width = line.help.empty() ? width : std::max(width, line.names.size());
  std::string text;
  if (!arguments_.empty()) text += "\nArguments:\n";
  for (const auto& line : arguments_) text += fmt::format("  {:<{}}  {}\n", line.names, width, line.help);
  if (!lines_.empty() && !lines_.front().help.empty()) text += "\nOptions:\n";
  for (const auto& line : lines_) {
    text += line.help.empty() ? fmt::format("\n{}:\n", line.names)
                              : fmt::format("  {:<{}}  {}\n", line.names, width, line.help);
  }
  return text;
}

}  // namespace hotaru::cli
