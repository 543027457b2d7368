#include "sim/sandbox/image.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>

#include "base/file.h"
#include "base/text.h"
#include "sim/sandbox/image_files.h"
#include "sim/sandbox/system.h"

namespace hotaru::sim {

namespace {

constexpr int image_version = 9;  // another one when what is in the image changes
constexpr Duration build_patience = std::chrono::minutes(20);

const std::vector<std::string> packages = {
    "systemd-sysv", "udev", "dbus", "libpam-systemd", "cloud-init", "openssh-server", "sudo", "python3", "rsync",
    "curl", "tmux", "procps", "iproute2", "ca-certificates", "python3-pip", "python3-venv", "iputils-ping", "less",
    "nano", "e2fsprogs", "fuse2fs",
    // What the images on EC2 have ready, and setup scripts of others expect.
    "git", "wget", "patch", "lsof", "bc", "netcat-openbsd", "gnupg", "file", "bzip2", "xz-utils"};

std::vector<SourceFile> host_sources() {
  std::vector<SourceFile> files;
  const std::filesystem::path apt = "/etc/apt";
  if (auto text = read_file(apt / "sources.list")) files.push_back({"sources.list", std::move(*text)});
  std::vector<std::filesystem::path> paths;
  std::error_code problem;
  for (const auto& entry : std::filesystem::directory_iterator(apt / "sources.list.d", problem))
    paths.push_back(entry.path());
  std::ranges::sort(paths);
  for (const auto& path : paths)
    if (auto text = read_file(path)) files.push_back({path.filename(), std::move(*text)});
  return files;
}

/// mmdebstrap does not look into the host's apt configuration; a proxy or mirror may be reachable by it alone.
std::string host_apt(Runner& runner) {
  auto dump = runner.run({.argv = {"apt-config", "dump"}, .timeout = std::chrono::seconds(20)});
  return dump && dump->ok() ? dump->out : "";
}

/// Runs mmdebstrap, telling what it says.
Result<void> run_mmdebstrap(Runner& runner, const std::vector<std::string>& arguments, const Progress& progress) {
  Command command{.argv = {"sh", "-c", "exec mmdebstrap \"$@\" 2>&1", "sh"},
                  .environment = {{"LC_ALL", "C.UTF-8"}, {"DEBIAN_FRONTEND", "noninteractive"}}};
  command.argv.insert(command.argv.end(), arguments.begin(), arguments.end());
  auto child = runner.spawn(command);
  if (!child) return pass(child);
  std::string last;
  while (true) {
    auto line = (*child)->read_line(build_patience);
    if (!line) return pass(line);
    if (!*line) break;
    if ((*line)->starts_with("I: ")) progress((*line)->substr(3));
    if ((*line)->starts_with("E: ") || last.empty()) last = **line;
  }
  auto exit = (*child)->wait();
  if (!exit) return pass(exit);
  if (exit->ok()) return {};
  return fail(ErrorClass::unavailable, "the root file system could not be made: mmdebstrap says " + last,
              "see whether apt-get update works on this machine; then try again");
}

Result<void> unpack(const std::filesystem::path& folder, const Distribution& distribution,
                    const Environment& environment, Runner& runner, const Progress& progress) {
  const std::string dump = host_apt(runner);
  const TemporaryFolder temporary;
  const auto options = temporary.path() / "apt.conf";
  const auto sources = temporary.path() / "hotaru.list";
  if (auto written = write_file(options, apt_reach(dump, false)); !written) return written;
  const auto archive = archive_sources(distribution, host_sources());
  if (auto written = write_file(sources, join(archive, "\n") + "\n"); !written) return written;
  progress(fmt::format("{} from {}", distribution.name, archive.front()));
  // --mode=root: in a mount namespace of its own. apt's own settings come from the file; the guest gets its own later.
  if (auto made =
          run_mmdebstrap(runner,
                         {"--mode=root", "--variant=minbase", "--format=directory", "--include=" + join(packages, ","),
                          "--aptopt=" + options.string(), "--aptopt=Acquire::Languages \"none\"",
                          "--dpkgopt=force-unsafe-io", distribution.codename, folder.string(), sources.string()},
                         progress);
      !made) {
    return made;
  }
  return settle_image(folder, apt_reach(dump, true), environment, runner);
}

void remove_tree(Runner& runner, const std::filesystem::path& folder) {
  static_cast<void>(runner.run({.argv = {"rm", "-rf", "--one-file-system", folder.string()}}));
}

/// A killed builder leaves its folder; whoever holds the lock may remove it.
void remove_unfinished(Runner& runner, const std::filesystem::path& images) {
  std::vector<std::filesystem::path> unfinished;
  std::error_code problem;
  for (const auto& entry : std::filesystem::directory_iterator(images, problem))
    if (entry.path().extension() == ".building") unfinished.push_back(entry.path());
  for (const auto& folder : unfinished) remove_tree(runner, folder);
}

}  // namespace

std::filesystem::path image_folder(const std::filesystem::path& cache, const Distribution& distribution) {
  return cache / "sim/images" / fmt::format("{}-{}-v{}", distribution.id, distribution.release, image_version);
}

bool image_exists(const std::filesystem::path& cache, const Distribution& distribution) {
  return ::access((image_folder(cache, distribution) / "sbin/init").c_str(), F_OK) == 0;
}

Distribution image_distribution() {
  auto text = read_file("/etc/os-release");
  const auto found = text ? parse_os_release(*text) : std::nullopt;
  return found.value_or(Distribution{"debian", "12", "bookworm", "Debian GNU/Linux 12 (bookworm)"});
}

Result<std::filesystem::path> build_image(const std::filesystem::path& cache, const Environment& environment,
                                          Runner& runner, Clock& clock, const Progress& progress) {
  const Distribution distribution = image_distribution();
  const auto folder = image_folder(cache, distribution);
  if (image_exists(cache, distribution)) return folder;
  if (::geteuid() != 0)
    return fail(ErrorClass::unsupported, "making the root file system for simulated instances needs root",
                "run it with sudo, or use the sim without sandboxes: hotaru sim start --kind null");
  if (auto made = make_folder(folder.parent_path(), 0755); !made) return pass(made);
  progress("waiting for another builder, if there is one");
  auto lock = FileLock::acquire(folder.parent_path() / "lock", clock, build_patience);
  if (!lock) return pass(lock);
  if (!*lock) return fail(ErrorClass::conflict, "another hotaru has been making the root file system for 20 minutes");
  if (image_exists(cache, distribution)) return folder;
  remove_unfinished(runner, folder.parent_path());
  const std::filesystem::path unfinished = folder.string() + ".building";
  auto made = unpack(unfinished, distribution, environment, runner, progress);
  if (made && ::rename(unfinished.c_str(), folder.c_str()) != 0)
    made = fail_errno("cannot finish " + folder.string(), errno);
  if (!made) {
    remove_tree(runner, unfinished);
    return pass(made);
  }
  progress("done: " + folder.string());
  return folder;
}

}  // namespace hotaru::sim
