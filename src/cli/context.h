#pragma once

#include <iosfwd>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/environment.h"
#include "base/interrupt.h"
#include "base/process.h"
#include "base/random.h"
#include "base/result.h"
#include "cli/language.h"
#include "cli/run.h"

namespace hotaru::catalog {
class Catalog;
}
namespace hotaru::http {
class Transport;
}
namespace hotaru::ledger {
class Book;
}
namespace hotaru::lifecycle {
struct Context;
struct Which;
}  // namespace hotaru::lifecycle
namespace hotaru::sim {
class Control;
}

namespace hotaru::cli {

class SilenceTeller;

/// What may be said with every command.
struct Globals {
  std::string cloud;        ///< "aws" or "sim"
  bool cloud_said = false;  ///< on the command line or by HOTARU_CLOUD
  std::string profile;
  std::vector<std::string> regions;
  std::string output = "table";
  bool yes = false;
  bool verbose = false;
  bool trace = false;
};

/// What a command works with: the composition root. Everything is made at first use, so that a command pays only for
/// what it needs.
class Context {
 public:
  Context(Streams the_streams, Environment the_environment, Globals the_globals);
  ~Context();
  Context(const Context&) = delete;
  Context& operator=(const Context&) = delete;

  std::ostream& out() { return streams_.out; }
  std::ostream& err() { return streams_.err; }
  std::istream& in() { return streams_.in; }
  const Globals& globals() const { return globals_; }
  const Environment& environment() const { return environment_; }
  const Folders& folders() const { return folders_; }
  bool json() const { return globals_.output == "json"; }
  bool on_sim() const { return globals_.cloud == "sim"; }
  /// A person can be asked: standard input and standard error are a terminal.
  bool can_ask() const { return asking_; }
  /// Standard error is a terminal that understands a line being redrawn.
  bool live() const { return live_; }
  /// Colours are wanted: a terminal that knows them, and no NO_COLOR (no-color.org).
  bool paints_out() const { return paints_out_; }
  bool paints_err() const { return paints_err_; }
  /// In which people are talked to (LC_ALL, LC_MESSAGES, LANG).
  Language language() const { return language_; }
  /// Input and output are those of the process, not those of a test.
  bool owns_streams() const { return owns_streams_; }
  /// Standard input and output are a terminal.
  bool interactive() const { return interactive_; }

  /// From the first call on, Ctrl-C is a value.
  Interrupt& interrupt();
  Clock& clock();
  Random& random() { return random_; }
  Runner& runner() { return runner_; }
  http::Transport& transport();
  sim::Control& sim_control();

  /// The cloud that is meant, opened: credentials, client, journal, cache. Starts the sim with `--cloud sim`.
  /// Operations that a killed hotaru left behind are settled first, and told on standard error.
  Result<lifecycle::Context*> cloud();
  /// The same, for what begins to bill: `io` where the disk is full. Everything else then goes on without a journal,
  /// and says so: what bills must end all the same.
  Result<lifecycle::Context*> cloud_to_launch();
  /// What EC2 offers: the built-in catalogue, or what `catalog refresh` brought.
  Result<const catalog::Catalog*> catalog();
  /// Tells when AWS does not answer.
  SilenceTeller& silence();
  /// API calls made so far.
  long calls() const;

  /// The one region said with --region; "" if none; `invalid` if several were.
  Result<std::string> region() const;
  /// An instance as the command line names it.
  Result<lifecycle::Which> which(const std::string& name) const;
  /// Which cloud and account is meant, as far as can be said without looking anything up: part of the names of
  /// remembered targets.
  std::string cloud_mark() const;

  std::vector<std::string> rest;  ///< what followed "--"

 private:
  struct Parts;
  Result<void> open_cloud();
  Result<void> open_store();
  ledger::Book* book();
  Result<void> point_at_sim(Environment& environment);
  void trace(const std::string& line);
  Result<void> settle();

  Streams streams_;
  Environment environment_;
  Globals globals_;
  Folders folders_;
  bool owns_streams_ = false;
  bool asking_ = false;
  bool live_ = false;
  bool paints_out_ = false;
  bool paints_err_ = false;
  Language language_ = Language::english;
  bool interactive_ = false;
  SystemRandom random_;
  SystemRunner runner_;
  std::mutex trace_mutex_;
  std::unique_ptr<Parts> parts_;
};

}  // namespace hotaru::cli
