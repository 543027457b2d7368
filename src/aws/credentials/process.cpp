#include "aws/credentials/process.h"

#include <fmt/format.h>

#include "aws/credentials/fields.h"
#include "aws/credentials/providers.h"
#include "base/text.h"

namespace hotaru::aws {

namespace {

class ProcessProvider final : public Provider {
 public:
  ProcessProvider(const ProviderNeeds& needs, std::string profile) : needs_(needs), profile_(std::move(profile)) {}
  std::string name() const override { return ""; }

  Result<std::optional<Credentials>> find() override {
    const std::string line = value_of(needs_.files.profile(profile_), "credential_process");
    if (line.empty()) return std::nullopt;
    const auto argv = shell_words(line);
    if (!argv || argv->empty()) {
      return fail(ErrorClass::unauthorized,
                  fmt::format("The credential_process of the profile '{}' has a quote that is not closed.", profile_),
                  fmt::format("Mend it in {}.", needs_.files.config_path));
    }
    auto credentials = credentials_of_program(needs_, *argv, profile_);
    if (!credentials) return pass(credentials);
    return *credentials;
  }

 private:
  const ProviderNeeds& needs_;
  std::string profile_;
};

/// The last line of what a program said in its distress: the others are where it stood.
std::string last_line(const std::string& text) {
  std::string last;
  for (const std::string& line : lines(text)) {
    if (!trim(line).empty()) last = trim(line);
  }
  return shortened(last, 300);
}

}  // namespace

Result<Credentials> credentials_of_program(const ProviderNeeds& needs, const std::vector<std::string>& argv,
                                           const std::string& profile) {
  const std::string& program = argv.front();
  const Duration began = needs.clock.steady();
  auto ended = needs.runner.run({.argv = argv, .inherit_input = static_cast<bool>(needs.ask)});
  const auto who = fmt::format("The program {} of the profile '{}'", program, profile);
  if (!ended) {
    return fail(ErrorClass::unauthorized, fmt::format("{} cannot be run: {}", who, sentence(ended.error().message)),
                ended.error().hint);
  }
  if (needs.trace) {  // its arguments may hold secrets
    needs.trace(trace_line(needs.clock.now(), {"process", "", program, 1, fmt::format("exit code {}", ended->code),
                                               needs.clock.steady() - began}));
  }
  if (!ended->ok()) {
    const std::string said = last_line(ended->err);
    return fail(ErrorClass::unauthorized,
                fmt::format("{} gave no credentials: {}", who,
                            said.empty() ? fmt::format("it ended with exit code {}.", ended->code) : sentence(said)),
                "Run it by hand to see more.");
  }
  const auto fields = parse_fields(ended->out);
  const auto credentials = fields ? credentials_of(*fields, {}, "profile " + profile) : std::nullopt;
  if (!credentials || field(*fields, "Version") != "1") {
    return fail(ErrorClass::unauthorized, fmt::format("{} wrote something that is no credentials.", who),
                "It must write JSON with Version 1, AccessKeyId and SecretAccessKey to its standard output.");
  }
  if (credentials->expiration && *credentials->expiration <= needs.clock.now()) {
    return fail(ErrorClass::unauthorized,
                fmt::format("{} gave credentials that expired at {}.", who, iso8601(*credentials->expiration, false)),
                "Sign in again where it gets them from.");
  }
  return *credentials;
}

std::optional<std::vector<std::string>> shell_words(const std::string& line) {
  std::vector<std::string> words;
  std::string word;
  bool in_word = false;
  char quote = 0;
  for (std::size_t i = 0; i < line.size(); ++i) {
    const char c = line[i];
    const char next = i + 1 < line.size() ? line[i + 1] : '\0';
    if (c == '\\' && next != '\0' && (quote == 0 || (quote == '"' && (next == '"' || next == '\\')))) {
      word += next;
      in_word = true;
      ++i;
    } else if (quote != 0) {
      if (c == quote) {
        quote = 0;
      } else {
        word += c;
      }
    } else if (c == '\'' || c == '"') {
      quote = c;
      in_word = true;
    } else if (c == ' ' || c == '\t' || c == '\n') {
      if (in_word) words.push_back(std::exchange(word, {}));
      in_word = false;
    } else {
      word += c;
      in_word = true;
    }
  }
  if (quote != 0) return std::nullopt;
  if (in_word) words.push_back(word);
  return words;
}

std::unique_ptr<Provider> process_provider(const ProviderNeeds& needs, const std::string& profile) {
  return std::make_unique<ProcessProvider>(needs, profile);
}

}  // namespace hotaru::aws
