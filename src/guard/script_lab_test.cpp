#include "guard/script_lab_test.h"

#include <fmt/format.h>

#include <fstream>

#include "base/text.h"
#include "guard/script.h"

namespace hotaru::guard::lab {
namespace {

using namespace std::chrono_literals;

// What the script calls, in its own shell. `sleep` is where the test takes over: once nothing runs beside the keeper
// any more it says what the keeper thinks, and waits for a line.
constexpr std::string_view kStandIns = R"~~(
[ -n "$HOTARU_ROOT" ] || exit 9
exec 3<&0
fin=0
kill() { [ "$1" = -USR1 ] || command kill "$@"; }
date() {
  case $* in
    +%s) read -r t <$O/clock; echo $t ;;
    *) command date "$@" ;;
  esac
}
stat() { read -r t <$O/typed; echo $t; }
curl() {
  case $* in
    *PUT*) echo token ;;
    *169.254*) cat $O/metadata ;;
    *) cat >$O/asked; cat $O/kernels ;;
  esac
}
[ ! -e $O/no-curl ] || unset -f curl
poweroff() { echo "$@" >>$O/poweroffs; }
sleep() {
  # Until all that was begun is done: what is left is this nap, and a probe that is to hang.
  n=$1
  read -r hang <$O/hang
  while { read -r line || [ "$line" ]; } </proc/$$/task/$$/children && set -- $line && [ $# -gt $((1 + hang)) ]; do :; done
  [ $fin = 1 ] || why=-
  read -r line <$R/state || line="hotaru: nothing yet"
  echo "NAP $n $why $line"
  read -r line <&3 || command kill -9 $$
}
[ "$1" = run ] || sleep() { exit 0; }
)~~";

std::string device_numbers(const World& world) {
  return fmt::format(
      "Inter-|   Receive                    |  Transmit\n face |bytes    packets errs|bytes    packets\n"
      "    lo: 99999999999 1 0 0 0 0 0 0 99999999999 1 0 0 0 0 0 0\n"
      "  eth0: {} 1 0 0 0 0 0 0 {} 1 0 0 0 0 0 0\ndocker0: 7777777777 1 0 0 0 0 0 0 7777777777 1 0\n",
      world.received, world.sent);
}

}  // namespace

Shells shells() {
  Shells all;
  for (const char* name : {"dash", "busybox", "bash"}) {
    if (!find_program(name)) {
      all.missing += std::string(name) + " ";
    } else if (std::string_view(name) == "busybox") {
      all.found.push_back({"busybox", "sh"});
    } else {
      all.found.push_back({name});
    }
    if (std::string_view(name) == "bash") {
      // As /bin/sh, which it is on Amazon Linux.
      all.found.back().push_back("--posix");
    }
  }
  return all;
}

Instance::Instance(std::vector<std::string> shell, std::string id) : shell_(std::move(shell)), id_(std::move(id)) {
  for (const char* name : {"proc/1", "proc/net", "dev/pts", "bin", "sys/fs/cgroup", "var/lib", "etc/hotaru", "run"})
    EXPECT_TRUE(make_folder(root() / name, 0755));
  write("lab", std::string(kStandIns) + std::string(script()));
  write("dev/console", "");
  write("metadata", "");
  write("kernels", "[]");
  write("hang", "0");
  write("gpu", "");
  // Not in the shell itself: its name is none for a function.
  program("bin/nvidia-smi", "case $* in *compute*) cat $HOTARU_ROOT/processes ;; *) cat $HOTARU_ROOT/gpu ;; esac");
  program("bin/poweroff", "exit 1");
  write("processes", "");
}

Instance::~Instance() { kill(); }

void Instance::write(const std::string& path, const std::string& text) const {
  std::filesystem::create_directories((root() / path).parent_path());
  std::ofstream(root() / path) << text;
}

void Instance::have_wget_alone() {
  for (const char* name : {"sh", "cat", "date", "sed", "grep", "mkdir", "mv", "rm"})
    std::filesystem::create_symlink(find_program(name).value_or("/none"), root() / "bin" / name);
  // Headers go to standard error, as wget's do.
  program("bin/wget",
          "case $* in *PUT*) echo token ;; *'token: token'*) sed '$d' $HOTARU_ROOT/metadata >&2\n"
          "sed -n '$p' $HOTARU_ROOT/metadata ;; esac");
  write("no-curl", "");
  path_ = "";
}

std::string Instance::read(const std::string& path) const { return read_file(root() / path).value_or(""); }

void Instance::program(const std::string& path, const std::string& text) {
  write(path, "#!/bin/sh\n" + text + "\n");
  std::filesystem::permissions(root() / path, std::filesystem::perms(0755));
}

void Instance::show(const World& world) {
  write("proc/uptime", fmt::format("{}.50 1.00\n", world.uptime));
  write("proc/1/stat",
        fmt::format("1 (a b) c) S 0 1 1 0 -1 4194560 1 1 1 1 1 1 1 1 20 0 1 0 {} 1 1\n", world.init_started * 100));
  write("clock", fmt::format("{}\n", world.clock));
  write("typed", fmt::format("{}\n", world.typed));
  write("sys/fs/cgroup/cpu.stat", fmt::format("usage_usec {}\nuser_usec 1\n", world.cpu * 10'000));
  write("proc/diskstats", fmt::format("   7 0 loop0 1 2 9999999999 4 5 6 9999999999 8\n"
                                      " 259 0 nvme0n1 1 2 {} 4 5 6 0 8 9 10\n 259 1 nvme0n1p1 1 2 {} 4 5 6 0 8 9 10\n",
                                      world.sectors, world.sectors));
  write("proc/net/dev", device_numbers(world));
  write("gpu", world.gpu ? "1024, 93\n" : "1024, 0\n");
  write("kernels", world.notebook ? R"([{"id": "1", "execution_state": "busy"}])" : R"([{"execution_state": "idle"}])");
  const std::string server = "root/.local/share/jupyter/runtime/jpserver-12.json";
  if (world.notebook || read(server).empty())
    write(
        server,
        "{\n  \"password\": false,\n  \"token\": \"s3cret\",\n  \"url\": \"http://localhost:8888/\",\n \"v\": 2\n}\n");
  if (std::filesystem::exists(root() / "run/hotaru/jobs"))
    write("run/hotaru/jobs/train", world.job ? "1\n" : "999999999\n");
  const auto answer = [&](std::int64_t time) {
    return fmt::format("HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nDate: {}\r\nServer: EC2ws\r\n\r\n{}",
                       http_date(TimePoint(std::chrono::seconds(time))), world.type);
  };
  write("metadata", world.metadata_time ? answer(*world.metadata_time) : "");
}

Command Instance::command(const std::string& words) const {
  Command command;
  command.argv = shell_;
  command.argv.front() = find_program(shell_.front()).value_or(shell_.front()).string();
  command.argv.push_back((root() / "lab").string());
  for (const std::string& word : split(words, ' ')) command.argv.push_back(word);
  command.environment = {{"HOTARU_ROOT", root().string()},
                         {"INSTANCE_ID", id_},
                         {"PATH", (root() / "bin").string() + path_},
                         {"NOTIFY_SOCKET", ""},
                         {"LC_ALL", "C"}};
  command.timeout = 60s;
  return command;
}

Exit Instance::guard(const std::string& words, const std::string& input) {
  Command asked = command(words);
  asked.input = input;
  const auto done = runner_.run(asked);
  EXPECT_TRUE(done) << done.error().message;
  return done.value_or(Exit{-1, "", ""});
}

void Instance::boot(const Orders& user_data) {
  kill();
  std::filesystem::remove_all(root() / "run/hotaru");
  EXPECT_TRUE(make_folder(root() / "run/hotaru", 0755));
  // No systemd here; setsid would start a keeper of its own.
  program("bin/setsid", "exit 0");
  guard("boot", orders_text(user_data));
}

Nap Instance::start() {
  auto child = runner_.spawn(command("run"));
  EXPECT_TRUE(child) << child.error().message;
  keeper_ = std::move(*child);
  return next();
}

Nap Instance::go_on() {
  EXPECT_TRUE(keeper_->write("\n"));
  return next();
}

Nap Instance::next() {
  while (true) {
    const auto line = keeper_->read_line(20s);
    if (!line || !*line) {
      const auto exit = line ? keeper_->wait() : Result<Exit>(fail(ErrorClass::io, "silent"));
      ADD_FAILURE() << "the keeper ended: " << (exit ? exit->err : exit.error().message);
      return {};
    }
    const auto words = split(**line, ' ');
    if (words.size() < 4 || words[0] != "NAP") continue;
    Nap nap;
    nap.seconds = parse_integer(words[1]).value_or(-1);
    nap.status = parse_status((*line)->substr((*line)->find("hotaru")));
    if (words[2] != "-") nap.end = words[2];
    nap.line = **line;
    return nap;
  }
}

void Instance::kill() { keeper_.reset(); }

void Instance::change(const Orders& orders) { guard("orders", orders_text(orders)); }

void Instance::keep(Duration time) {
  guard(fmt::format("keep {}", std::chrono::duration_cast<std::chrono::seconds>(time).count()));
}

}  // namespace hotaru::guard::lab
