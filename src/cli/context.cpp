#include "cli/context.h"

#include <fmt/format.h>
#include <unistd.h>

#include <iostream>

#include "aws/session.h"
#include "base/digest.h"
#include "base/sqlite.h"
#include "base/text.h"
#include "catalog/catalog.h"
#include "catalog/stored.h"
#include "cli/catalog_folder.h"
#include "cli/silence.h"
#include "cli/talk.h"
#include "http/curl_transport.h"
#include "lifecycle/lifecycle.h"
#include "sim/control/control.h"

namespace hotaru::cli {

namespace {

/// A folder of this process in memory.
class MemoryFolder {
 public:
  explicit MemoryFolder(Random& random) : path_("/dev/shm/hotaru-" + random.hex(16)) {}
  ~MemoryFolder() {
    std::error_code problem;  // what is left is small, and gone at the next boot
    std::filesystem::remove_all(path_, problem);
  }
  MemoryFolder(const MemoryFolder&) = delete;
  MemoryFolder& operator=(const MemoryFolder&) = delete;
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

}  // namespace

/// What is made at first use, in the order in which it depends on each other.
struct Context::Parts {
  std::optional<Interrupt> interrupt;
  std::optional<SystemClock> clock;
  std::optional<SilenceTeller> silence;
  std::unique_ptr<http::CurlTransport> transport;
  std::unique_ptr<sim::Control> control;
  std::unique_ptr<aws::Session> session;
  std::optional<MemoryFolder> memory;  ///< stands in for the state folder where its disk is full
  std::optional<Error> full;           ///< and this was wrong
  std::optional<store::Journal> journal;
  std::optional<store::Known> known;
  std::optional<catalog::Catalog> catalog;
  std::optional<ledger::Book> book;
  bool no_book = false;  ///< it could not be opened
  std::optional<lifecycle::Context> cloud;
};

Context::Context(Streams the_streams, Environment the_environment, Globals the_globals)
    : streams_(the_streams),
      environment_(std::move(the_environment)),
      globals_(std::move(the_globals)),
      folders_(Folders::of(environment_)),
      parts_(std::make_unique<Parts>()) {
  language_ = language_of(environment_);
  owns_streams_ = &streams_.in == &std::cin && &streams_.out == &std::cout && &streams_.err == &std::cerr;
  if (!owns_streams_) return;
  const bool terminal_in = isatty(STDIN_FILENO) != 0;
  const bool terminal_err = isatty(STDERR_FILENO) != 0;
  asking_ = terminal_in && terminal_err;
  live_ = terminal_err && environment_.get_or("TERM", "dumb") != "dumb";
  const bool colours = environment_.get_or("TERM", "dumb") != "dumb" && !environment_.get("NO_COLOR");
  paints_err_ = colours && terminal_err;
  paints_out_ = colours && isatty(STDOUT_FILENO) != 0;
  interactive_ = terminal_in && isatty(STDOUT_FILENO) != 0;
}

Context::~Context() = default;

Interrupt& Context::interrupt() {
  if (!parts_->interrupt) parts_->interrupt.emplace();
  return *parts_->interrupt;
}

Clock& Context::clock() {
  if (!parts_->clock) parts_->clock.emplace(&interrupt());
  return *parts_->clock;
}

http::Transport& Context::transport() {
  if (!parts_->transport) {
    parts_->transport = std::make_unique<http::CurlTransport>(http::CurlOptions::of(environment_, &interrupt()));
  }
  return *parts_->transport;
}

sim::Control& Context::sim_control() {
  if (!parts_->control) {
    parts_->control = std::make_unique<sim::Control>(
        sim::Control::Needs{environment_, clock(), random_, runner_, transport(), own_executable(),
                            [this](const std::string& line) { err() << line << "\n"; }});
  }
  return *parts_->control;
}

SilenceTeller& Context::silence() {
  if (!parts_->silence) parts_->silence.emplace(err());
  return *parts_->silence;
}

Result<lifecycle::Context*> Context::cloud() {
  if (!parts_->cloud) {
    if (auto opened = open_cloud(); !opened) return pass(opened);
    if (auto settled = settle(); !settled) return pass(settled);
  }
  return &*parts_->cloud;
}

Result<lifecycle::Context*> Context::cloud_to_launch() {
  auto opened = cloud();
  if (opened && parts_->full) return std::unexpected(*parts_->full);
  return opened;
}

Result<const catalog::Catalog*> Context::catalog() {
  if (!parts_->catalog) {
    parts_->catalog = catalog::with_stored(catalog::built_in(), catalog_folder(*this),
                                           [this](const std::string& text) { tell_note(*this, text); });
  }
  return &*parts_->catalog;
}

ledger::Book* Context::book() {
  if (!parts_->book && !parts_->no_book) {
    auto opened = ledger::Book::open(folders_, [this](const std::string& text) { tell_note(*this, text); });
    parts_->no_book = !opened;
    if (opened) parts_->book = std::move(*opened);
  }
  return parts_->book ? &*parts_->book : nullptr;
}

long Context::calls() const { return parts_->session ? parts_->session->client().calls() : 0; }

Result<std::string> Context::region() const {
  if (globals_.regions.empty()) return std::string();
  if (globals_.regions.size() == 1) return globals_.regions.front();
  return fail(ErrorClass::invalid, "This command works in one region, and several were given.");
}

Result<lifecycle::Which> Context::which(const std::string& name) const {
  auto one = region();
  if (!one) return pass(one);
  return lifecycle::Which{name, *one};
}

std::string Context::cloud_mark() const {
  std::string what;
  for (const char* name : {"HOTARU_SIM_DIR", "AWS_PROFILE", "AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_EC2",
                           "AWS_ACCESS_KEY_ID", "AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE", "AWS_DEFAULT_PROFILE",
                           "AWS_ROLE_ARN", "AWS_CONTAINER_CREDENTIALS_FULL_URI"}) {
    const bool counts = !on_sim() || std::string_view(name) == "HOTARU_SIM_DIR";
    if (counts) what += environment_.get_or(name, "") + "\n";
  }
  if (!on_sim()) what += globals_.profile;
  return globals_.cloud + "-" + hex_encode(sha256(what)).substr(0, 8);
}

Result<void> Context::open_cloud() {
  Environment environment = environment_;
  if (on_sim()) {
    if (auto pointed = point_at_sim(environment); !pointed) return pointed;
  }
  auto one = globals_.regions.size() == 1 ? globals_.regions.front() : std::string();
  aws::Overrides overrides{.profile = on_sim() ? "" : globals_.profile, .region = one};
  aws::Session::Seams seams{.clock = clock(), .random = random_, .interrupt = &interrupt(), .load_ahead = true};
  seams.runner = &runner_;
  if (can_ask()) seams.ask = [this](const std::string& question) { return ask_text(*this, question); };
  if (globals_.verbose || globals_.trace || environment_.get_or("HOTARU_TRACE", "0") != "0") {
    seams.trace = [this](const std::string& line) { trace(line); };
  }
  seams.silence = [&teller = silence()](const aws::Silence& told) { teller.tell(told); };
  auto session = aws::Session::open(environment, overrides, std::move(seams));
  if (!session) return pass(session);
  parts_->session = std::move(*session);
  auto credentials = parts_->session->credentials();
  if (!credentials) return pass(credentials);

  if (auto stored = open_store(); !stored) return stored;
  const auto& settings = parts_->session->settings();
  parts_->cloud.emplace(lifecycle::Context{
      .client = parts_->session->client(),
      .transport = parts_->session->transport(),
      .runner = runner_,
      .clock = clock(),
      .random = random_,
      .journal = *parts_->journal,
      .known = *parts_->known,
      .folders = folders_,
      .environment = environment,
      .scope = lifecycle::scope_of(on_sim() ? "sim" : "", settings, *credentials),
      .region = settings.region,
      .forget_interrupt = [this] { interrupt().forget(); },
      .book = [this] { return book(); },
      .catalog = [this]() -> const catalog::Catalog& { return **catalog(); },
  });
  return {};
}

Result<void> Context::open_store() {
  Folders folders = folders_;
  if (parts_->memory) folders.state = parts_->memory->path();
  auto journal = store::Journal::open(folders, clock());
  auto known = journal
                   ? store::Known::open(folders, clock(), [this](const std::string& text) { tell_note(*this, text); })
                   : Result<store::Known>(pass(journal));
  if (known) {
    parts_->journal = std::move(*journal);
    parts_->known = std::move(*known);
    return {};
  }
  if (!is_full_disk(known.error()) || parts_->memory) return pass(known);
  parts_->full = known.error();
  parts_->memory.emplace(random_);
  tell_note(*this, "the disk of " + folders_.state.string() +
                       " is full: nothing of this is written down. If it is cut off, run it again");
  return open_store();
}

/// As `eval "$(hotaru sim env)"` would, for this process alone.
Result<void> Context::point_at_sim(Environment& environment) {
  auto info = sim_control().ensure_running();
  if (!info) return pass(info);
  auto variables = sim_control().environment(*info);
  if (!variables) return pass(variables);
  // What the user's own files say is of no use to the sim, and a line in them that makes no sense is not in its way.
  for (const char* file : {"AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"}) environment.set(file, "/dev/null");
  for (const auto& variable : *variables) {
    if (variable.value) {
      environment.set(variable.name, *variable.value);
    } else {
      environment.unset(variable.name);
    }
  }
  return {};
}

void Context::trace(const std::string& line) {
  const std::lock_guard lock(trace_mutex_);  // regions are asked on threads of their own
  err() << "  " << line << "\n" << std::flush;
}

Result<void> Context::settle() {
  auto settled = lifecycle::reconcile(*parts_->cloud);
  if (!settled) return pass(settled);
  for (const auto& one : *settled) tell_note(*this, one.text);
  return {};
}

}  // namespace hotaru::cli
