#include "sim/control/scenario_file.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/text.h"

namespace hotaru::sim {

void ScenarioFile::look(Script& script, const std::function<void(const std::string&)>& tell) {
  struct stat found{};
  const bool there = ::stat(path_.c_str(), &found) == 0;
  const Mark mark = there ? Mark{found.st_ino, found.st_mtim.tv_sec * 1'000'000'000LL + found.st_mtim.tv_nsec} : Mark{};
  const std::lock_guard lock(mutex_);
  if (mark == seen_) return;
  seen_ = mark;
  if (!there) {
    script.clear();
    tell("scenario: none any more");
    return;
  }
  auto text = read_file(path_);
  auto scenario = text ? parse_scenario(*text, path_.filename().string()) : Result<Scenario>(pass(text));
  if (!scenario) {
    tell("scenario: not loaded: " + scenario.error().message);
    return;
  }
  const TimePoint since{Duration{mark.nanoseconds / 1'000'000}};
  script.load(*std::move(scenario), since);
  tell(fmt::format("scenario: loaded, counting from {}", iso8601(since)));
}

}  // namespace hotaru::sim
