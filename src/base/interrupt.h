#pragma once

#include <csignal>

namespace hotaru {

/// SIGINT and SIGTERM as a value that can be asked and waited for. One per program, made by main: a signal handler is
/// global by its nature, so a second Interrupt in the same process is a bug (asserted).
class Interrupt {
 public:
  Interrupt();  ///< installs the handlers
  ~Interrupt();
  Interrupt(const Interrupt&) = delete;
  Interrupt& operator=(const Interrupt&) = delete;

  /// How many times the user has asked since the last `forget()`.
  int count() const;
  bool requested() const { return count() > 0; }
  /// Forgets what was asked so far, so that an undoing can run (and be interrupted in turn).
  void forget();
  /// Becomes readable at the first request; for poll(2). Never read from it.
  int descriptor() const;

 private:
  struct sigaction previous_int_{};
  struct sigaction previous_term_{};
};

}  // namespace hotaru
