#include <fmt/format.h>

#include <algorithm>

#include "base/file.h"
#include "base/text.h"
#include "ssh/ssh.h"

namespace hotaru::ssh {
namespace {

namespace fs = std::filesystem;

/// "ssh-ed25519 AAAA… comment" → "ssh-ed25519 AAAA…"
std::string bare(const std::string& public_text) {
  const auto words = split(trim(public_text), ' ');
  return words.size() < 2 ? trim(public_text) : words[0] + " " + words[1];
}

bool says(const std::string& text, const char* words) { return text.find(words) != std::string::npos; }

/// What stands in the way of using a private key without anybody being asked; nullopt if nothing does.
Result<std::optional<Error>> trouble_with(const fs::path& file, const std::string& public_text, Runner& runner) {
  // An empty passphrase given keeps ssh-keygen from asking for one; the private half itself is never printed.
  auto exit = runner.run({.argv = {"ssh-keygen", "-y", "-P", "", "-f", file.string()}});
  if (!exit) return pass(exit);
  const std::string name = file.string();
  if (exit->ok() && bare(exit->out) == bare(public_text)) return std::optional<Error>{};
  if (exit->ok())
    return Error{ErrorClass::invalid, fmt::format("{} is not the private half of that public key.", name),
                 "Say the public key that belongs to it."};
  if (says(exit->err, "UNPROTECTED PRIVATE KEY"))
    return Error{ErrorClass::invalid, fmt::format("ssh does not use {}, because others may read it.", name),
                 fmt::format("Say `chmod 600 {}`.", name)};
  if (says(exit->err, "passphrase"))
    return Error{
        ErrorClass::invalid,
        fmt::format("{} has a passphrase, and no ssh-agent holds it: nobody can be asked while hotaru waits.", name),
        fmt::format("Say `ssh-add {}` first, or leave out --key.", name)};
  return Error{ErrorClass::invalid, fmt::format("{} is not a private key that ssh can read.", name)};
}

bool agent_holds(const std::string& public_text, Runner& runner) {
  const auto exit = runner.run({.argv = {"ssh-add", "-L"}, .timeout = Duration{10'000}});
  if (!exit || !exit->ok()) return false;
  const auto keys = lines(exit->out);
  return std::ranges::any_of(keys, [&](const std::string& line) { return bare(line) == bare(public_text); });
}

/// Where the private half may lie: beside the public file, or where ssh looks by itself.
std::vector<fs::path> places_of(const fs::path& public_file, const std::string& public_text, const fs::path& home) {
  std::vector<fs::path> places;
  std::error_code ignored;
  if (public_file.extension() == ".pub") places.push_back(fs::path(public_file).replace_extension());
  for (const char* name : {"id_ed25519", "id_rsa"}) {
    const fs::path usual = home / ".ssh" / name;
    const auto half = read_file(usual.string() + ".pub");
    if (half && bare(*half) == bare(public_text)) places.push_back(usual);
  }
  std::erase_if(places, [&](const fs::path& file) { return !fs::exists(file, ignored); });
  return places;
}

}  // namespace

Result<fs::path> find_identity(const fs::path& public_file, const fs::path& home, Runner& runner) {
  auto public_text = read_file(public_file);
  if (!public_text) return pass(public_text);
  std::optional<Error> first;
  for (const fs::path& place : places_of(public_file, *public_text, home)) {
    auto trouble = trouble_with(place, *public_text, runner);
    if (!trouble) return pass(trouble);
    if (!*trouble) return fs::absolute(place);
    if (!first) first = **trouble;
  }
  if (agent_holds(*public_text, runner)) {
    if (public_file.extension() == ".pub") return fs::absolute(public_file);
    return fs::path();
  }
  if (first) return std::unexpected(*first);
  return fail(ErrorClass::invalid,
              fmt::format("Nobody could log in with {}: its private half is neither beside it nor in ssh-agent.",
                          public_file.string()),
              "Put it there (its name is the same without .pub), or say `ssh-add`, or leave out --key. With --no-wait "
              "it is not needed here.");
}

}  // namespace hotaru::ssh
