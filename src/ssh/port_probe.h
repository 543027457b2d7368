#pragma once

#include <string>
#include <vector>

#include "base/clock.h"

namespace hotaru::ssh {

/// Finds out when a TCP port opens, without waiting: an instance's address first swallows packets, then refuses, then
/// accepts. Attempts that are swallowed are left in flight (the kernel would send their packet again only after a
/// second) while new ones are made beside them.
class PortProbe {
 public:
  enum class Answer {
    open,
    refused,  ///< somebody answered: the port may open any moment
    silent,   ///< nobody answered yet
    unknown,  ///< the address is not a numeric one: it cannot be probed
  };
  PortProbe(const std::string& address, int port);
  ~PortProbe();
  PortProbe(const PortProbe&) = delete;
  PortProbe& operator=(const PortProbe&) = delete;

  /// Looks at the attempts in flight and makes a new one if it is time for it. Never blocks.
  Answer look(Duration now);
  /// After `open`: the connection that was made, non-blocking; it is closed with this object.
  int connection() const { return connection_; }

 private:
  struct Attempt {
    int descriptor;
    Duration since;
  };
  Answer begin(Duration now);
  void keep(int descriptor);
  Answer look_at(Attempt& attempt, Duration now);

  std::string address_;
  int port_;
  std::vector<Attempt> attempts_;
  Answer last_ = Answer::silent;
  int connection_ = -1;
};

/// How long to pause before the next look after so long a wait: what a look is late by stays below a percent of the
/// wait, and many that wait at once do not use up the processor that they wait for.
Duration pause_after(Duration waited);

/// True for IPv4 and IPv6 addresses in numbers.
bool is_numeric_address(const std::string& text);

}  // namespace hotaru::ssh
