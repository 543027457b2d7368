#pragma once

#include <functional>
#include <string>

#include "base/clock.h"

namespace hotaru::aws {

/// Told one line for each exchange with a service, without secrets; may be empty. Called from the thread of the call.
using Trace = std::function<void(const std::string& line)>;

/// One attempt of a call, for people who look for what went wrong or took long.
struct TracedAttempt {
  std::string service;  ///< "ec2", "sts", "metadata"
  std::string region;   ///< "" where there is none
  std::string action;
  int attempt = 1;
  std::string result;  ///< "200, 512 bytes", "503 RequestLimitExceeded", "unavailable: …"
  Duration took{0};
};

/// "2026-11-22T01:02:03.456Z ec2 us-east-1 DescribeInstances, attempt 1: 200, 512 bytes (34 ms)".
std::string trace_line(TimePoint now, const TracedAttempt& attempt);

}  // namespace hotaru::aws
