#include "guard/guard.h"

#include <fmt/format.h>

#include <chrono>

#include "base/text.h"
#include "guard/script.h"

namespace hotaru::guard {
namespace {

constexpr std::string_view kFile = "/run/hotaru/guard";

std::int64_t seconds(TimePoint time) {
  return std::chrono::floor<std::chrono::seconds>(time).time_since_epoch().count();
}
std::int64_t seconds(Duration time) { return std::chrono::floor<std::chrono::seconds>(time).count(); }

/// A command of the script, or a word that there is none.
std::string command(std::string_view rest) {
  return fmt::format(
      "if [ -f {0} ]; then sh {0} {1}; else echo 'hotaru guard: none runs on this instance' >&2; exit 1; fi", kFile,
      rest);
}

}  // namespace

std::string_view script() {
  static constexpr std::string_view text =
#include "guard_script.inc"
      ;
  return text;
}

std::string orders_text(const Orders& orders) {
  const Limits& limits = orders.limits;
  const Rates& rates = orders.rates;
  std::string text = fmt::format("written {}\n", seconds(orders.written));
  if (limits.until) text += fmt::format("until {}\n", seconds(*limits.until));
  if (limits.idle) text += fmt::format("idle {}\n", seconds(*limits.idle));
  // The script keeps back a week of disks; a disk that ends with its instance needs none.
  constexpr MicroUsd week_hours = 7 * 24;
  const MicroUsd given_back = limits.then == End::terminate ? rates.disks * week_hours : 0;
  if (limits.budget) text += fmt::format("budget {}\n", *limits.budget + given_back);
  for (const auto& [type, rate] : rates.types) text += fmt::format("{} {}\n", type, rate);
  text += fmt::format("other {}\nip {}\ndisks {}\nsent {}\nspent {}\nend\n", rates.other_type, rates.address,
                      rates.disks, rates.sent, rates.spent);
  return text;
}

std::string cloud_config(const Orders& orders) {
  // The script is renamed into its place: a guard that runs still reads the old one.
  const std::string commands =
      fmt::format("mkdir -p /run/hotaru\ncd /run/hotaru\ncat >g <<'G'\n{}G\nmv g guard\nsh guard boot <<E\n{}E\n",
                  script(), orders_text(orders));
  std::string text = "bootcmd:\n- |\n";
  for (const std::string& line : lines(commands)) text += " " + line + "\n";
  return text;
}

bool says_armed(std::string_view console) { return console.find("hotaru guard: armed") != std::string_view::npos; }

std::string change_command(const Orders& orders) {
  std::string words;
  for (const std::string& line : lines(orders_text(orders))) words += " '" + line + "'";
  return "printf '%s\\n'" + words + " | { " + command("orders") + "; }";
}

std::string keep_command(Duration time) { return command(fmt::format("keep {}", seconds(time))); }

std::string status_command() { return command("status"); }

}  // namespace hotaru::guard
