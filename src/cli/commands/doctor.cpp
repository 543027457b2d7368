// Whether this machine and this account can do what hotaru does, and what to do where they cannot.
#include "lifecycle/doctor.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <ostream>

#include "base/text.h"
#include "cli/command.h"
#include "cli/exit_code.h"
#include "cli/talk.h"
#include "cli/watched.h"
#include "sim/sandbox/host_check.h"
#include "ssh/ssh.h"
#include "store/preferences.h"

namespace hotaru::cli {
namespace {

using Json = nlohmann::ordered_json;
using lifecycle::Finding;
using lifecycle::Health;

struct DoctorOptions {};

void declare_options(Options&, DoctorOptions&) {}

const char* word_of(Health health) {
  switch (health) {
    case Health::good:
      return "ok";
    case Health::warning:
      return "note";
    case Health::bad:
      return "bad";
    case Health::unknown:
      break;
  }
  return "?";
}

const char* colour_of(Health health) {
  if (health == Health::good) return green;
  return health == Health::bad ? bold_red : yellow;
}

Finding finding_of(const char* what, const Error& error, Health health) {
  return {what, health, error.message, error.hint, error.kind};
}

Finding look_at_settings(const Context& context) {
  const auto read = store::read_preferences(context.folders());
  if (!read) return finding_of("settings", read.error(), Health::bad);
  const std::string file = store::preferences_file(context.folders()).string();
  if (read->empty()) return {"settings", Health::good, "none yet; `hotaru init` asks for those that matter"};
  return {"settings", Health::good, fmt::format("{} in {}", read->size(), file)};
}

/// ssh tells its version on standard error: "OpenSSH_9.2p1 Debian-2+deb12u3, OpenSSL 3.0.14 4 Jun 2024".
Finding look_at_ssh(Context& context) {
  const auto said = context.runner().run({.argv = {"ssh", "-V"}, .timeout = Duration{5'000}});
  if (!said) return finding_of("ssh", said.error(), Health::bad);
  const std::string version = trim(said->err.substr(0, said->err.find(',')));
  if (!find_program("ssh-keygen"))
    return finding_of("ssh", {ErrorClass::io, "ssh-keygen is missing", "Install openssh-client."}, Health::bad);
  const bool included = ssh::is_included(context.folders());
  return {
      "ssh", Health::good,
      version + (included ? "; `ssh NAME` works, by ~/.ssh/config" : "; `hotaru ssh-config` makes `ssh NAME` work")};
}

/// What it lacks is never bad: there is the kind without sandboxes.
Finding look_at_sim() {
  const auto fit = sim::check_host();
  if (fit) return {"sim", Health::good, "this machine can run simulated instances as sandboxes"};
  Finding finding = finding_of("sim", fit.error(), Health::warning);
  finding.todo += " Without sandboxes: hotaru sim start --kind null";
  return finding;
}

/// Tells each finding as it is made: on a slow line something moves.
class Teller {
 public:
  explicit Teller(Context& context) : context_(context) {}
  void tell(const Finding& finding) {
    if (finding.health == Health::bad && code_ == exit_ok) code_ = exit_code_of(finding.kind);
    findings_.push_back(finding);
  }
  /// What has not been written yet.
  void flush() {
    if (context_.json()) return;
    for (; written_ < findings_.size(); ++written_) write(findings_[written_]);
    context_.out().flush();
  }
  std::string json() const {
    Json list = Json::array();
    for (const Finding& each : findings_)
      list.push_back({{"what", each.what},
                      {"health", word_of(each.health)},
                      {"seen", each.seen},
                      {"todo", each.todo.empty() ? Json(nullptr) : Json(each.todo)}});
    return Json{{"doctor", {{"ok", code_ == exit_ok}, {"findings", list}, {"simulated", context_.on_sim()}}}}.dump(
               2, ' ', false, Json::error_handler_t::replace) +
           "\n";
  }
  int code() const { return code_; }

 private:
  void write(const Finding& finding) {
    const auto said = [&](const std::string& text) {
      return translated(context_.language(), sentence(printable(text)));
    };
    const std::string word = fmt::format("{:<5}", word_of(finding.health));
    context_.out() << fmt::format("{} {:<12} {}\n", painted(word, colour_of(finding.health), context_.paints_out()),
                                  finding.what, said(finding.seen));
    if (!finding.todo.empty()) context_.out() << fmt::format("{:19}{}\n", "", said(finding.todo));
  }

  Context& context_;
  std::vector<Finding> findings_;
  std::size_t written_ = 0;
  ExitCode code_ = exit_ok;
};

Result<void> look_at_account(Context& context, Teller& teller) {
  auto cloud = context.cloud();
  if (!cloud && cloud.error().kind == ErrorClass::interrupted) return pass(cloud);
  if (!cloud) {
    teller.tell(finding_of(context.on_sim() ? "cloud" : "credentials", cloud.error(), Health::bad));
    return {};
  }
  auto region = context.region();
  if (!region) return pass(region);
  const std::string home = (*cloud)->region.empty() ? "us-east-1" : (*cloud)->region;
  return watched(context, **cloud, "", [&] {
    return lifecycle::examine(**cloud, region->empty() ? home : *region,
                              [&](const Finding& finding) { teller.tell(finding); });
  });
}

Result<int> run_command(const DoctorOptions&, Context& context) {
  Teller teller(context);
  teller.tell(look_at_settings(context));
  teller.tell(look_at_ssh(context));
  teller.tell(look_at_sim());
  teller.flush();
  if (auto looked = look_at_account(context, teller); !looked) return pass(looked);
  teller.flush();
  if (context.json()) context.out() << teller.json();
  if (context.on_sim() && !context.json()) context.err() << "The account is simulated.\n";
  return teller.code();
}

constexpr Example examples[] = {
    {"hotaru doctor", "this machine, and the account in the region that hotaru works in"},
    {"hotaru doctor --region ap-northeast-1", "in Tokyo"},
    {"hotaru doctor -o json | jq '.doctor.findings[] | select(.health == \"bad\")'", "for programs"},
};

}  // namespace

extern const Command doctor_command{
    .name = "doctor",
    .summary = "Look whether this machine and the account can do it, and what to do",
    .arguments = "",
    .about =
        "Looks at settings, ssh and what the sim needs; then at who you are, the clock, the region, the default VPC,\n"
        "permissions (by DryRun: nothing is made), quotas and spot. The exit code is that of the first thing that is\n"
        "bad; 0 if none is. Why something is forbidden is told where sts:DecodeAuthorizationMessage is allowed.",
    .examples = examples,
    .make = bound<DoctorOptions>,
};

}  // namespace hotaru::cli
