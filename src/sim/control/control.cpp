#include "sim/control/control.h"

#include <fmt/format.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/json.h"
#include "base/text.h"
#include "sim/control/backend.h"
#include "sim/control/stored_bill.h"
#include "sim/sandbox/host_check.h"
#include "sim/sandbox/image.h"
#include "sim/scenario/scenario.h"

namespace hotaru::sim {
namespace {

using Json = nlohmann::json;

constexpr Duration control_patience{90'000};  // another may be stopping twenty instances
constexpr Duration start_patience{60'000};
constexpr Duration end_patience{90'000};
constexpr Duration pause{15};
constexpr Duration health_timeout{2'000};
constexpr Duration death_patience{1'000};

std::unexpected<Error> interrupted() { return fail(ErrorClass::interrupted, "Interrupted."); }

/// A child of ours that has ended (it is reaped), or one that is not ours and is gone.
bool has_ended(pid_t process) {
  if (::waitpid(process, nullptr, WNOHANG) == process) return true;
  return ::kill(process, 0) != 0 && errno == ESRCH;
}

/// The user's own AWS credentials are no business of the sim.
std::vector<std::pair<std::string, std::string>> daemon_environment(const Environment& environment) {
  std::vector<std::pair<std::string, std::string>> kept;
  for (const auto& [name, value] : environment.all()) {
    if (!name.starts_with("AWS_")) kept.emplace_back(name, value);
  }
  kept.emplace_back("AWS_EC2_METADATA_DISABLED", "true");
  return kept;
}

Error not_answering(const SimInfo& info) {
  return {ErrorClass::unavailable, fmt::format("The sim (process {}) does not answer.", info.pid),
          "End it with 'hotaru sim stop', and look at 'hotaru sim logs'."};
}

}  // namespace

Result<Control::Probe> Control::probe() {
  const auto info = folder_.info();
  if (!info) return Probe{};
  const auto answer = needs_.transport.send({.url = info->url() + "/", .timeout = health_timeout});
  if (!answer && answer.error().kind == ErrorClass::interrupted) return interrupted();
  if (answer && answer->status == 200) {
    const Json health = parse_own_json(answer->body);
    // The port may have gone to another program since.
    if (health.is_object() && health.value("pid", 0) == info->pid) return Probe{Probe::alive, *info, answer->body};
  }
  // One that was killed holds its lock until the kernel has taken it apart.
  auto lock = folder_.lock_serving(needs_.clock, death_patience);
  if (!lock) return pass(lock);
  return Probe{lock->has_value() ? Probe::dead : Probe::silent, *info, ""};
}

Result<FileLock> Control::take_control() {
  if (auto made = folder_.make(); !made) return pass(made);
  auto lock = folder_.lock_control(needs_.clock, control_patience);
  if (!lock) return pass(lock);
  if (*lock) return *std::move(*lock);
  return fail(ErrorClass::conflict, "Another hotaru is starting or stopping the sim.", "Try again in a moment.");
}

Result<Started> Control::use_running(const SimInfo& info, const StartOptions& options) const {
  if (!options.kind.empty() && options.kind != info.kind) {
    return fail(ErrorClass::conflict, fmt::format("A sim of kind {} is running already.", info.kind),
                fmt::format("Use it, or end it with 'hotaru sim reset --yes' and start one of kind {}.", options.kind));
  }
  if (options.port != 0 && options.port != info.port) {
    return fail(ErrorClass::conflict, fmt::format("The sim is running already, on port {}.", info.port),
                "Use it there, or end it with 'hotaru sim stop' first.");
  }
  return Started{info, true};
}

Result<std::string> Control::choose_kind(const StartOptions& options) const {
  const std::string before = folder_.settings().kind;
  const std::string kind = !options.kind.empty() ? options.kind : before.empty() ? "sandbox" : before;
  if (kind != "sandbox" && kind != "null") {
    return fail(ErrorClass::invalid, fmt::format("There is no kind '{}' of sim.", kind), "Use 'sandbox' or 'null'.");
  }
  if (!before.empty() && before != kind) {
    return fail(ErrorClass::conflict, fmt::format("This sim is of kind {}, and keeps its state.", before),
                fmt::format("Erase it with 'hotaru sim reset --yes' to have one of kind {}.", kind));
  }
  if (kind == "sandbox") {
    if (auto able = check_host(); !able) return pass(able);
  }
  return kind;
}

Result<Control::Probe> Control::probe_before_start() {
  auto found = probe();
  if (found && found->state == Probe::silent) return std::unexpected(not_answering(found->info));
  return found;
}

Result<Started> Control::start(const StartOptions& options) {
  auto lock = take_control();
  if (!lock) return pass(lock);
  auto found = probe_before_start();
  if (!found) return pass(found);
  if (found->state == Probe::alive) return use_running(found->info, options);
  auto kind = choose_kind(options);
  if (!kind) return pass(kind);
  if (auto ready = prepare(*kind); !ready) return pass(ready);
  return launch(*kind, options.port);
}

Result<ServeOptions> Control::foreground(const StartOptions& options) {
  auto lock = take_control();
  if (!lock) return pass(lock);
  auto found = probe_before_start();
  if (!found) return pass(found);
  if (found->state == Probe::alive) {
    return fail(ErrorClass::conflict, fmt::format("The sim is running already, at {}.", found->info.url()),
                "Use it there, or end it with 'hotaru sim stop' first.");
  }
  auto kind = choose_kind(options);
  if (!kind) return pass(kind);
  if (auto ready = prepare(*kind); !ready) return pass(ready);
  return ServeOptions{.folder = folder(), .cache = cache(), .kind = *kind, .port = options.port};
}

Result<SimInfo> Control::ensure_running() {
  auto found = probe();
  if (!found) return pass(found);
  if (found->state == Probe::alive) return found->info;
  auto started = start();
  if (!started) return pass(started);
  return started->info;
}

std::filesystem::path Control::cache() const { return Folders::of(needs_.environment).cache; }

Result<void> Control::prepare(const std::string& kind) {
  if (kind != "sandbox") return {};
  const auto told = needs_.progress ? needs_.progress : [](const std::string&) {};
  auto image = build_image(cache(), needs_.environment, needs_.runner, needs_.clock, told);
  if (!image) return pass(image);
  return {};
}

Result<Started> Control::launch(const std::string& kind, int port) {
  folder_.remove_info();
  const std::uintmax_t log_start = log_since(0).size();
  Command command;
  command.argv = {needs_.executable.string(), "sim", "serve", "--dir", folder().string(), "--kind", kind, "--detached"};
  if (port != 0) command.argv.insert(command.argv.end(), {"--port", std::to_string(port)});
  command.environment = daemon_environment(needs_.environment);
  command.clear_environment = true;
  command.directory = "/";
  const auto child = needs_.runner.detach(command, log_file());
  if (!child) return std::unexpected(child.error());
  return await_answer(*child, log_start);
}

Result<Started> Control::await_answer(pid_t child, std::uintmax_t log_start) {
  const Duration deadline = needs_.clock.steady() + start_patience;
  while (needs_.clock.steady() < deadline) {
    if (folder_.info()) {
      auto found = probe();
      if (!found) return pass(found);
      if (found->state == Probe::alive) return Started{found->info, false};
    }
    if (has_ended(child)) break;
    if (!needs_.clock.sleep(pause)) return interrupted();
  }
  auto told = lines(trim(log_since(log_start)));
  if (told.size() > 5) told.erase(told.begin(), told.end() - 5);
  Error error{ErrorClass::io, "The sim did not start" + (told.empty() ? "." : ": " + join(told, " ")),
              "See 'hotaru sim logs'."};
  return std::unexpected(std::move(error));
}

std::string Control::log_since(std::uintmax_t start) const {
  const auto text = read_file(log_file());
  return text && text->size() > start ? text->substr(start) : "";
}

Result<bool> Control::end_daemon() {
  auto found = probe();
  if (!found) return pass(found);
  if (found->state == Probe::dead) return false;
  const pid_t process = found->info.pid;
  if (::kill(process, SIGTERM) != 0 && errno != ESRCH) {
    return fail_errno(fmt::format("cannot end the sim (process {})", process), errno);
  }
  const Duration deadline = needs_.clock.steady() + end_patience;
  while (true) {
    auto lock = folder_.lock_serving(needs_.clock, Duration{0});
    if (!lock) return pass(lock);
    if (*lock || has_ended(process)) break;
    if (needs_.clock.steady() > deadline) ::kill(process, SIGKILL);
    if (!needs_.clock.sleep(pause)) return interrupted();
  }
  ::waitpid(process, nullptr, WNOHANG);  // if it was a child of ours
  return true;
}

Result<void> Control::end_machines(bool erase_volumes) {
  const std::string kind = folder_.settings().kind;
  if (kind.empty()) return {};  // it never ran
  auto serving = folder_.lock_serving(needs_.clock, Duration{5'000});
  if (!serving) return pass(serving);
  if (!*serving) return fail(ErrorClass::conflict, "The sim is still being served.", "Try again in a moment.");
  auto backend = Backend::open(kind, folder_, cache(), needs_.clock, needs_.random);
  if (!backend) return pass(backend);
  if (auto recovered = backend->machines->recover(); !recovered) return recovered;
  return backend->end(erase_volumes);
}

Result<bool> Control::stop() {
  auto lock = take_control();
  if (!lock) return pass(lock);
  auto ended = end_daemon();
  if (!ended) return pass(ended);
  // A daemon that was killed left its instances to us; after an orderly end there is nothing to do.
  if (folder_.info()) {
    if (auto done = end_machines(false); !done) return pass(done);
    folder_.remove_info();
  }
  return *ended;
}

Result<void> Control::reset() {
  auto lock = take_control();
  if (!lock) return pass(lock);
  if (auto ended = end_daemon(); !ended) return pass(ended);
  if (auto done = end_machines(true); !done) return done;
  return folder_.erase();
}

Result<void> Control::load_scenario(const std::filesystem::path& file) {
  auto text = read_file(file);
  if (!text) return pass(text);
  if (auto scenario = parse_scenario(*text, file.string()); !scenario) return pass(scenario);
  if (auto made = folder_.make(); !made) return made;
  return write_file(folder_.scenario_file(), *text, 0600);
}

Result<std::optional<std::string>> Control::scenario() const {
  auto text = read_file(folder_.scenario_file());
  if (!text && text.error().kind == ErrorClass::not_found) return std::nullopt;
  if (!text) return pass(text);
  return std::optional(*std::move(text));
}

Result<void> Control::clear_scenario() {
  std::error_code problem;
  std::filesystem::remove(folder_.scenario_file(), problem);
  if (problem) return fail_errno("cannot remove " + folder_.scenario_file().string(), problem.value());
  return {};
}

Result<SimStatus> Control::status() {
  SimStatus status;
  status.folder = folder();
  std::error_code problem;
  if (!std::filesystem::is_directory(folder(), problem)) return status;
  auto found = probe();
  if (!found) return pass(found);
  status.running = found->state != Probe::dead;
  status.answers = found->state == Probe::alive;
  status.kind = folder_.settings().kind;
  status.disk_used = folder_.disk_used();
  if (status.running) status.info = found->info;
  if (!status.answers) return status;
  const Json health = parse_own_json(found->health);
  status.public_range = health.value("public_range", "");
  status.instances = health.value("instances", std::map<std::string, int>{});
  return status;
}

Result<std::string> Control::bill() {
  if (auto made = folder_.make(); !made) return pass(made);
  auto found = probe();
  if (!found) return pass(found);
  if (found->state == Probe::silent) return std::unexpected(not_answering(found->info));
  if (found->state == Probe::dead) return bill_of_folder(folder_, needs_.clock, needs_.random);
  auto answer = needs_.transport.send({.url = found->info.url() + "/bill"});
  if (!answer) return pass(answer);
  if (answer->status != 200) return std::unexpected(not_answering(found->info));
  return std::move(answer->body);
}

Result<SimCredentials> Control::credentials() {
  if (auto made = folder_.make(); !made) return pass(made);
  return folder_.credentials(needs_.random);
}

Result<std::vector<Variable>> Control::environment(const SimInfo& info) {
  auto keys = credentials();
  if (!keys) return pass(keys);
  const Environment& ours = needs_.environment;
  const std::string region = ours.get("AWS_REGION").value_or(ours.get_or("AWS_DEFAULT_REGION", "us-east-1"));
  std::vector<Variable> result = {
      {"AWS_ENDPOINT_URL", info.url()},
      {"AWS_ACCESS_KEY_ID", keys->access_key_id},
      {"AWS_SECRET_ACCESS_KEY", keys->secret_access_key},
      {"AWS_REGION", region},
      {"AWS_DEFAULT_REGION", ours.get_or("AWS_DEFAULT_REGION", region)},
      {"AWS_EC2_METADATA_DISABLED", "true"},
      {"HOTARU_CHECKIP_URL", info.url() + "/checkip"},
  };
  // Whatever else would lead a tool past the sim.
  for (const char* name : {"AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_SESSION_TOKEN", "AWS_SECURITY_TOKEN",
                           "AWS_ENDPOINT_URL_EC2", "AWS_ENDPOINT_URL_STS", "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"}) {
    result.push_back({name, std::nullopt});
  }
  const bool proxy = ours.get("http_proxy") || ours.get("HTTP_PROXY") || ours.get("all_proxy") || ours.get("ALL_PROXY");
  for (const char* name : {"NO_PROXY", "no_proxy"}) {
    if (!proxy) break;
    const auto before = ours.get(name);
    if (before && before->find("127.0.0.1") != before->npos) continue;
    result.push_back({name, before ? *before + ",127.0.0.1" : "127.0.0.1"});
  }
  return result;
}

}  // namespace hotaru::sim
