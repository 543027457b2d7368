#include "base/interrupt.h"

#include <fcntl.h>
#include <unistd.h>

#include <atomic>
#include <cassert>
#include <cerrno>
#include <stdexcept>

namespace hotaru {

namespace {

// A signal handler can reach nothing but these.
std::atomic<int> requests{0};
std::atomic<int> pipe_end{-1};
int pipe_ends[2] = {-1, -1};

void on_signal(int /*signal*/) {
  const int saved = errno;
  requests.fetch_add(1);
  const char byte = 1;
  // A full pipe is readable already; nothing is lost.
  [[maybe_unused]] const auto written = ::write(pipe_end.load(), &byte, 1);
  errno = saved;
}

}  // namespace

Interrupt::Interrupt() {
  assert(pipe_ends[0] == -1);
  if (::pipe2(pipe_ends, O_CLOEXEC | O_NONBLOCK) != 0) throw std::runtime_error("no pipe for signals");
  pipe_end = pipe_ends[1];
  struct sigaction action{};
  action.sa_handler = on_signal;
  sigemptyset(&action.sa_mask);
  ::sigaction(SIGINT, &action, &previous_int_);
  ::sigaction(SIGTERM, &action, &previous_term_);
}

Interrupt::~Interrupt() {
  ::sigaction(SIGINT, &previous_int_, nullptr);
  ::sigaction(SIGTERM, &previous_term_, nullptr);
  pipe_end = -1;
  ::close(pipe_ends[0]);
  ::close(pipe_ends[1]);
  pipe_ends[0] = pipe_ends[1] = -1;
  requests = 0;
}

int Interrupt::count() const { return requests.load(); }

void Interrupt::forget() {
  char drained[64];
  while (::read(pipe_ends[0], drained, sizeof drained) > 0) {
  }
  requests = 0;
}

int Interrupt::descriptor() const { return pipe_ends[0]; }

}  // namespace hotaru
