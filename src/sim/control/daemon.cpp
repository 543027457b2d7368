#include "sim/control/daemon.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <malloc.h>
#include <poll.h>
#include <unistd.h>

#include <condition_variable>
#include <mutex>
#include <nlohmann/json.hpp>
#include <thread>

#include "base/text.h"
#include "http/server.h"
#include "sim/bill/bill.h"
#include "sim/control/backend.h"
#include "sim/control/request_log.h"
#include "sim/control/scenario_file.h"
#include "sim/endpoint.h"
#include "sim/instances/life.h"

namespace hotaru::sim {
namespace {

constexpr const char* address = "127.0.0.1";

/// What `GET /` answers: who this is. `Control` knows a running sim by it.
http::Response health(const Backend& backend) {
  const nlohmann::json json = {{"service", "hotaru sim"},
                               {"simulated", true},
                               {"pid", ::getpid()},
                               {"kind", backend.machines->kind()},
                               {"public_range", backend.machines->public_range()},
                               {"instances", backend.count_instances()}};
  return {200, {{"Content-Type", "application/json"}}, json.dump() + "\n"};
}

/// What `hotaru sim bill` shows.
http::Response bill(const Backend& backend) {
  return {
      200, {{"Content-Type", "application/json"}}, bill_json(bill_of(*backend.world, backend.machines.get())) + "\n"};
}

/// Boots and deaths that the scenario puts off, and what alarms do, come about without being asked for.
std::jthread ticking(World& world, ScriptedMachines& machines) {
  return std::jthread([&world, &machines](const std::stop_token& stop) {
    std::mutex mutex;
    std::condition_variable_any wake;
    std::unique_lock lock(mutex);
    while (!wake.wait_for(lock, stop, Duration{100}, [] { return false; }) && !stop.stop_requested()) {
      machines.tick();
      advance(world, machines);
    }
  });
}

/// The API with its log around it.
http::Handler logged(Endpoint& endpoint, const Backend& backend, LineLog& log, ScenarioFile& scenario, Clock& clock) {
  return [&](const http::ServerRequest& request) {
    const bool is_signed = !http::header(request.headers, "Authorization").empty();
    if (request.method == "GET" && request.path == "/" && request.query.empty() && !is_signed) return health(backend);
    const bool asks_for_bill = request.method == "GET" && request.path == "/bill" && !is_signed;
    scenario.look(*backend.script, [&](const std::string& line) { log.write(iso8601(clock.now()) + " " + line); });
    if (asks_for_bill) return bill(backend);
    const TimePoint time = clock.now();
    const Duration begin = clock.steady();
    http::Response response = endpoint.handle(request);
    log.write(request_line(time, request, response, clock.steady() - begin));
    return response;
  };
}

/// A port that was asked for, or the last one if it is free, or any.
Result<std::unique_ptr<http::Server>> listen(int asked, int last, const http::Handler& handler) {
  if (asked != 0) return http::serve(address, asked, handler);
  if (last != 0) {
    auto server = http::serve(address, last, handler);
    if (server || server.error().kind != ErrorClass::conflict) return server;
  }
  return http::serve(address, 0, handler);
}

Result<Endpoint::Config> endpoint_config(const SimFolder& folder, Random& random) {
  const auto credentials = folder.credentials(random);
  if (!credentials) return std::unexpected(credentials.error());
  Endpoint::Config config;
  config.secrets[credentials->access_key_id] = credentials->secret_access_key;
  return config;
}

/// Descriptors that whoever started us left open (a pipe that somebody reads to its end, say). All of ours are closed
/// on exec, so they are told apart by that.
void close_inherited() {
  std::vector<int> inherited;
  std::error_code problem;
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd", problem)) {
    const int descriptor = static_cast<int>(parse_integer(entry.path().filename().string()).value_or(-1));
    const int flags = descriptor > 2 ? ::fcntl(descriptor, F_GETFD) : -1;
    if (flags >= 0 && (flags & FD_CLOEXEC) == 0) inherited.push_back(descriptor);
  }
  for (const int descriptor : inherited) ::close(descriptor);
}

/// Answers of some hundred KiB come and go all the time: kept blocks spare the kernel mapping (and zeroing) their pages
/// anew for each. Few arenas, since each would keep its own.
void keep_memory() {
  ::mallopt(M_ARENA_MAX, 2);
  ::mallopt(M_MMAP_THRESHOLD, 4 << 20);
  ::mallopt(M_TRIM_THRESHOLD, 16 << 20);
}

void await(const Interrupt& interrupt) {
  struct pollfd waiting{interrupt.descriptor(), POLLIN, 0};
  while (!interrupt.requested()) ::poll(&waiting, 1, -1);
}

/// Serves with all that it needs in place.
Result<void> serve_backend(const ServeOptions& options, const SimFolder& folder, Backend& backend, Clock& clock,
                           Random& random, Interrupt& interrupt) {
  const auto config = endpoint_config(folder, random);
  if (!config) return std::unexpected(config.error());
  LineLog log(folder.log_file());
  const auto tell = [&](const std::string& line) { log.write(iso8601(clock.now()) + " " + line); };
  backend.script->on_event(tell);
  ScenarioFile scenario(folder.scenario_file());
  scenario.look(*backend.script, tell);
  Endpoint endpoint(*config, *backend.world, backend.machines.get());
  {
    InstanceLife life(*backend.world, *backend.machines);
    if (auto recovered = life.recover(); !recovered) return recovered;
    const std::jthread ticker = ticking(*backend.world, *backend.machines);
    auto server = listen(options.port, folder.settings().port, logged(endpoint, backend, log, scenario, clock));
    if (!server) return pass(server);
    const SimInfo info{::getpid(), (*server)->port(), options.kind, clock.now()};
    if (auto kept = folder.write_settings({info.kind, info.port}); !kept) return kept;
    if (auto told = folder.write_info(info); !told) return told;
    log.write(
        fmt::format("{} serving at {}, kind {}, process {}", iso8601(info.since), info.url(), info.kind, info.pid));
    if (options.ready) options.ready(info);
    await(interrupt);
    (*server)->stop();
  }
  interrupt.forget();  // what follows waits, and must not be hurried
  auto ended = backend.end(false);
  log.write(iso8601(clock.now()) + " ended");
  // If something could not be ended, the next stop must look again.
  if (ended) folder.remove_info();
  return ended;
}

}  // namespace

Result<void> serve(const ServeOptions& options, Clock& clock, Random& random, Interrupt& interrupt) {
  if (options.detached) close_inherited();
  keep_memory();
  const SimFolder folder(options.folder);
  if (auto made = folder.make(); !made) return made;
  auto lock = folder.lock_serving(clock, Duration{5'000});
  if (!lock) return pass(lock);
  if (!*lock) {
    return fail(ErrorClass::conflict, "Another process serves the sim in " + folder.path().string() + " already.");
  }
  folder.remove_info();
  auto backend = Backend::open(options.kind, folder, options.cache, clock, random);
  if (!backend) return pass(backend);
  return serve_backend(options, folder, *backend, clock, random, interrupt);
}

}  // namespace hotaru::sim
