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

 private:
  struct Attempt {
    int descriptor;
    Duration since;
  };
  Answer begin(Duration now);
  static Answer look_at(Attempt& attempt, Duration now);

  std::string address_;
  int port_;
  std::vector<Attempt> attempts_;
  Answer last_ = Answer::silent;
};

}  // namespace hotaru::ssh
