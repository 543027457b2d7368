// Where credentials come from: JSON and XML of services, files and programs, as each provider reads them. The first
// byte chooses the profile that is used, and whether services are in trouble.
#include "aws/credentials.h"

#include "aws/credentials/fields.h"
#include "aws/credentials/process.h"
#include "base/digest.h"
#include "base/file.h"
#include "base/text.h"
#include "fuzz/fuzz.h"

namespace hotaru::aws {
namespace {

using fuzz::require;

constexpr const char* config = R"(
[profile keys]
aws_access_key_id = AKIDEXAMPLE
aws_secret_access_key = secret
[profile role]
role_arn = arn:aws:iam::000000000000:role/r
source_profile = keys
[profile web]
role_arn = arn:aws:iam::000000000000:role/r
web_identity_token_file = {file}
[profile sso]
sso_session = office
sso_account_id = 000000000000
sso_role_name = r
[sso-session office]
sso_start_url = https://corp.example/start
sso_region = us-east-1
[profile process]
credential_process = program "an argument"
[profile login]
login_session = arn:aws:iam::000000000000:user/u
)";
constexpr const char* profiles[] = {"role", "web", "sso", "process", "login", ""};

/// Whatever is asked, the answer is the input.
class Echo final : public http::Transport, public Runner {
 public:
  Echo(int status, std::string body) : status_(status), body_(std::move(body)) {}
  Result<http::Response> send(const http::Request&) override { return http::Response{status_, {}, body_}; }
  Result<Exit> run(const Command&) override { return Exit{status_ == 200 ? 0 : 1, body_, body_}; }
  Result<std::unique_ptr<Child>> spawn(const Command&) override { return fail(ErrorClass::io, "none"); }
  Result<pid_t> detach(const Command&, const std::filesystem::path&) override { return fail(ErrorClass::io, "none"); }

 private:
  int status_;
  std::string body_;
};

/// A home whose one SSO token is the input. Nothing can be kept in its cache.
struct House {
  House() {
    const auto cache = folder.path() / ".aws/sso/cache";
    std::filesystem::create_directories(cache);
    std::filesystem::create_symlink(file.path(), cache / (hex_encode(sha1("office")) + ".json"));
    std::string text = config;
    text.replace(text.find("{file}"), 6, file.path().string());
    files.config = parse_ini(text);
    environment = {{"HOME", folder.path().string()},
                   {"XDG_CACHE_HOME", "/proc/none"},
                   {"AWS_REGION", "us-east-1"},
                   {"AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://127.0.0.1/"}};
  }
  fuzz::MemoryFile file;
  TemporaryFolder folder;
  SharedFiles files;
  std::map<std::string, std::string> environment;
};

void look_at_fields(const std::string& text) {
  const auto fields = parse_fields(text);
  if (!fields) return;
  require(parse_fields(json_of(*fields)) == fields, "fields written down read the same");
  const auto credentials = credentials_of(*fields, {}, "");
  if (credentials) require(!credentials->secret_access_key.empty(), "credentials are whole");
}

void look_at_words(const std::string& text) {
  const auto words = shell_words(text);
  if (!words) return;
  std::string line;
  for (const std::string& word : *words) {
    line += "'";
    for (const char c : word) line += c == '\'' ? "'\\''" : std::string(1, c);
    line += "' ";
  }
  require(shell_words(line) == words, "words that are quoted read the same");
}

}  // namespace

HOTARU_FUZZ(input) {
  static const House house;
  const unsigned choice = fuzz::take_byte(input);
  const std::string text(input);
  look_at_fields(text);
  look_at_words(text);

  house.file.hold(text);
  Echo echo(choice < 128 ? 200 : 401, text);
  FakeClock clock;
  SeededRandom random(1);
  Overrides overrides;
  overrides.profile = profiles[choice % std::size(profiles)];
  Environment environment(house.environment);
  if ((choice & 64U) == 0)
    environment.unset("AWS_CONTAINER_CREDENTIALS_FULL_URI");  // then the metadata service is asked
  auto settings = settings_of(environment, house.files, overrides);
  require(settings.has_value(), "the settings are good");
  const ProviderNeeds needs{environment, house.files, *settings, echo, clock, random, echo};
  ProviderChain chain(default_providers(needs, overrides), clock);
  const auto found = chain.get();
  if (found) {
    require(!found->access_key_id.empty() && !found->secret_access_key.empty(), "credentials are whole");
  } else {
    require(!found.error().message.empty() && !found.error().hint.empty(), "it is said what is wrong, and what to do");
  }
}

}  // namespace hotaru::aws
