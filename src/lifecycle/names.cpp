#include "lifecycle/names.h"

#include <pwd.h>
#include <unistd.h>

#include <algorithm>
#include <array>

#include "base/digest.h"
#include "base/text.h"
#include "lifecycle/lifecycle.h"

namespace hotaru::lifecycle {
namespace {

constexpr std::array kAdjectives{"amber", "bold",   "bright", "calm",  "clear", "deft",  "early",  "eager",
                                 "fleet", "gentle", "glad",   "keen",  "kind",  "light", "lively", "lucid",
                                 "mild",  "neat",   "nimble", "quick", "quiet", "ready", "silver", "still",
                                 "sunny", "swift",  "tidy",   "warm",  "wild",  "wise",  "witty",  "young"};
constexpr std::array kNouns{"brook", "cedar", "cloud", "comet",  "coral", "dawn",  "delta", "ember",
                            "fern",  "field", "finch", "flame",  "glade", "glow",  "heron", "lake",
                            "lark",  "leaf",  "maple", "meadow", "moon",  "moss",  "otter", "pine",
                            "reed",  "river", "robin", "spark",  "star",  "stone", "tide",  "wren"};

template <std::size_t size>
std::string one_of(const std::array<const char*, size>& words, Random& random) {
  return words[random.next() % size];
}

}  // namespace

Result<void> check_name(const std::string& name) {
  constexpr std::size_t longest = 40;
  const bool letters =
      std::ranges::all_of(name, [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'; });
  if (!name.empty() && name.size() <= longest && letters && name[0] >= 'a' && name[0] <= 'z' && name.back() != '-' &&
      !name.starts_with("i-"))
    return {};
  return fail(ErrorClass::invalid, "\"" + name + "\" cannot be a name.",
              "A name has up to 40 of the characters a-z, 0-9 and -, begins with a letter, does not end with - and "
              "does not begin with i-.");
}

std::string made_up_name(Random& random, const std::vector<std::string>& taken) {
  while (true) {
    std::string name = one_of(kAdjectives, random) + "-" + one_of(kNouns, random);
    if (!taken.empty()) name += "-" + std::to_string(random.next() % 90 + 10);
    if (std::ranges::find(taken, name) == taken.end()) return name;
  }
}

std::string group_name(std::string_view name) { return "hotaru-" + std::string(name); }

std::string key_pair_name(std::string_view public_text) {
  const auto words = split(trim(public_text), ' ');
  const std::string bare = words.size() >= 2 ? words[0] + " " + words[1] : std::string(public_text);
  return "hotaru-" + hex_encode(sha256(bare)).substr(0, 16);
}

std::string owner_of(const Environment& environment) {
  std::array<char, 256> host{};
  if (::gethostname(host.data(), host.size() - 1) != 0) host[0] = '\0';
  const struct passwd* entry = ::getpwuid(::geteuid());
  const std::string login = entry != nullptr ? entry->pw_name : "unknown";
  const std::string user = environment.get_or("USER", environment.get_or("LOGNAME", login));
  return user + "@" + (host[0] != '\0' ? host.data() : "unknown");
}

aws::Tags common_tags(const std::string& name, const std::string& owner, const std::string& operation) {
  return {{"Name", name}, {tag::name, name}, {tag::owner, owner}, {tag::operation, operation}};
}

}  // namespace hotaru::lifecycle
