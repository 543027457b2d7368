#include "sim/control/folder.h"

#include <sys/stat.h>

#include "base/json.h"
#include "base/text.h"

namespace hotaru::sim {
namespace {

using Json = nlohmann::json;
namespace fs = std::filesystem;

constexpr std::string_view serving_lock = "serve.lock";
constexpr std::string_view control_lock = "control.lock";

/// An object, empty if the file is not there or holds none: everything in it can be found again or made anew.
Json read_json(const fs::path& file) {
  const auto text = read_file(file);
  if (!text) return Json::object();
  Json json = parse_own_json(*text);
  return json.is_object() ? json : Json::object();
}

std::string text_of(const Json& json, const char* name) {
  const auto found = json.find(name);
  return found != json.end() && found->is_string() ? found->get<std::string>() : "";
}

int number_of(const Json& json, const char* name) {
  const auto found = json.find(name);
  return found != json.end() && found->is_number_integer() ? found->get<int>() : 0;
}

Result<void> write_json(const fs::path& file, const Json& json) { return write_file(file, json.dump(2) + "\n", 0600); }

/// Base 32, as EC2's access key ids are written.
std::string letters(Random& random, int count) {
  std::string text;
  for (int i = 0; i < count; ++i) text += "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"[random.next() % 32];
  return text;
}

/// Octal escapes of /proc/self/mountinfo: "\040" is a space.
std::string unescape_mount(const std::string& text) {
  std::string result;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\' && i + 3 < text.size()) {
      result += static_cast<char>((text[i + 1] - '0') * 64 + (text[i + 2] - '0') * 8 + (text[i + 3] - '0'));
      i += 3;
    } else {
      result += text[i];
    }
  }
  return result;
}

std::optional<std::string> mount_below(const fs::path& folder) {
  std::error_code problem;
  const std::string prefix = fs::weakly_canonical(folder, problem).string() + "/";
  const auto mounts = read_file("/proc/self/mountinfo");
  for (const std::string& line : lines(mounts.value_or(""))) {
    const auto fields = split(line, ' ');
    if (fields.size() < 5) continue;
    const std::string point = unescape_mount(fields[4]);
    if (point.starts_with(prefix)) return point;
  }
  return std::nullopt;
}

}  // namespace

SimFolder SimFolder::of(const Environment& environment) {
  if (const auto chosen = environment.get("HOTARU_SIM_DIR")) return SimFolder(fs::absolute(*chosen));
  return SimFolder(Folders::of(environment).state / "sim");
}

Result<void> SimFolder::make() const {
  if (auto made = make_folder(path_, 0700); !made) {
    made.error().hint = "Make it writable, or choose another folder with HOTARU_SIM_DIR.";
    return made;
  }
  if (::chmod(path_.c_str(), 0700) != 0) return fail_errno("cannot keep others out of " + path_.string(), errno);
  return {};
}

Result<std::optional<FileLock>> SimFolder::lock_serving(Clock& clock, Duration patience) const {
  return FileLock::acquire(path_ / serving_lock, clock, patience);
}

Result<std::optional<FileLock>> SimFolder::lock_control(Clock& clock, Duration patience) const {
  return FileLock::acquire(path_ / control_lock, clock, patience);
}

std::optional<SimInfo> SimFolder::info() const {
  const Json json = read_json(path_ / "info.json");
  const SimInfo info{number_of(json, "pid"), number_of(json, "port"), text_of(json, "kind"),
                     parse_iso8601(text_of(json, "since")).value_or(TimePoint{})};
  if (info.pid <= 0 || info.port <= 0) return std::nullopt;
  return info;
}

Result<void> SimFolder::write_info(const SimInfo& info) const {
  return write_json(path_ / "info.json",
                    {{"pid", info.pid}, {"port", info.port}, {"kind", info.kind}, {"since", iso8601(info.since)}});
}

void SimFolder::remove_info() const {
  std::error_code ignored;  // one that stays is seen to be out of date: nobody holds the lock
  fs::remove(path_ / "info.json", ignored);
}

SimSettings SimFolder::settings() const {
  const Json json = read_json(path_ / "settings.json");
  return {text_of(json, "kind"), number_of(json, "port")};
}

Result<void> SimFolder::write_settings(const SimSettings& settings) const {
  return write_json(path_ / "settings.json", {{"kind", settings.kind}, {"port", settings.port}});
}

Result<SimCredentials> SimFolder::credentials(Random& random) const {
  const fs::path file = path_ / "credentials.json";
  const Json json = read_json(file);
  SimCredentials credentials{text_of(json, "access_key_id"), text_of(json, "secret_access_key")};
  if (!credentials.access_key_id.empty() && !credentials.secret_access_key.empty()) return credentials;
  // Of EC2's form, and never to be mistaken for a real one.
  credentials = {"AKIASIMULATED" + letters(random, 7), letters(random, 40)};
  auto written = write_json(
      file, {{"access_key_id", credentials.access_key_id}, {"secret_access_key", credentials.secret_access_key}});
  if (!written) return pass(written);
  return credentials;
}

std::uintmax_t SimFolder::disk_used() const {
  struct stat top{};
  if (::lstat(path_.c_str(), &top) != 0) return 0;
  std::uintmax_t bytes = 0;
  std::error_code problem;
  fs::recursive_directory_iterator entry(path_, fs::directory_options::skip_permission_denied, problem);
  for (; !problem && entry != fs::recursive_directory_iterator(); entry.increment(problem)) {
    struct stat facts{};
    if (::lstat(entry->path().c_str(), &facts) != 0) continue;
    if (facts.st_dev != top.st_dev) {
      entry.disable_recursion_pending();
      continue;
    }
    bytes += static_cast<std::uintmax_t>(facts.st_blocks) * 512;
  }
  return bytes;
}

Result<void> SimFolder::erase() const {
  if (const auto mount = mount_below(path_)) {
    return fail(ErrorClass::conflict, "Something is still mounted at " + *mount + ", so nothing was erased.",
                "Run 'hotaru sim stop', and try again.");
  }
  std::error_code problem;
  std::vector<fs::path> entries;
  for (fs::directory_iterator entry(path_, problem); !problem && entry != fs::directory_iterator();
       entry.increment(problem)) {
    const std::string name = entry->path().filename();
    // A lock that others wait for must stay the same file.
    if (name != serving_lock && name != control_lock) entries.push_back(entry->path());
  }
  for (const fs::path& entry : entries) {
    if (!problem) fs::remove_all(entry, problem);
  }
  if (problem && problem != std::errc::no_such_file_or_directory) {
    return fail_errno("cannot erase " + path_.string(), problem.value());
  }
  return {};
}

}  // namespace hotaru::sim
