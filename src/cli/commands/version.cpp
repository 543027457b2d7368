#include <fmt/format.h>
#include <openssl/opensslv.h>
#include <sqlite3.h>

#include <ostream>

#include "cli/command.h"
#include "cli/talk.h"

namespace hotaru::cli {
namespace {

struct VersionOptions {};

void declare_options(Options&, VersionOptions&) {}

Result<int> run_command(const VersionOptions&, Context& context) {
  // JSON by hand: these are texts of our own, and the quickest command loads nothing.
  const std::string openssl = OPENSSL_VERSION_STR;
  if (context.json()) {
    context.out() << fmt::format(
        "{{\n  \"version\": \"{}\",\n  \"build\": \"{}\",\n  \"sqlite\": \"{}\",\n  \"openssl\": \"{}\"\n}}\n",
        HOTARU_VERSION, HOTARU_BUILD, sqlite3_libversion(), openssl);
    return 0;
  }
  context.out() << fmt::format("hotaru {} ({}; SQLite {}, OpenSSL {})\n", HOTARU_VERSION, HOTARU_BUILD,
                               sqlite3_libversion(), openssl);
  return 0;
}

constexpr Example examples[] = {{"hotaru version", "one line"}, {"hotaru version -o json", "the same for programs"}};

}  // namespace

extern const Command version_command{
    .name = "version",
    .summary = "Say which hotaru this is",
    .arguments = "",
    .about = "Says the version of hotaru and of what is built into it. Asks nobody.",
    .examples = examples,
    .make = bound<VersionOptions>,
};

}  // namespace hotaru::cli
