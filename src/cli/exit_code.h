#pragma once

#include "base/result.h"

namespace hotaru::cli {

/// What hotaru's exit codes mean. `hotaru ssh NAME -- COMMAND` passes COMMAND's own code through, and ends with 255, as
/// ssh does, when the connection failed.
enum ExitCode {
  exit_ok = 0,
  exit_declined = 1,       ///< asked, and answered no: nothing was done
  exit_invalid = 2,        ///< wrong use: an option, a name, a value
  exit_not_found = 3,      ///< no such instance, image, region …
  exit_unauthorized = 4,   ///< credentials missing, wrong, or without permission; a wrong host key
  exit_quota = 5,          ///< the account may not have that much
  exit_capacity = 6,       ///< EC2 has none at the moment
  exit_conflict = 7,       ///< it exists already, or its state forbids this
  exit_unavailable = 8,    ///< no network, no answer, throttled: may be tried again
  exit_local = 9,          ///< this machine failed or cannot do that: disk full, a program missing
  exit_internal = 70,      ///< a bug of hotaru's (EX_SOFTWARE of sysexits.h)
  exit_connection = 255,   ///< ssh could not connect
  exit_interrupted = 130,  ///< Ctrl-C
};

/// The one place where an error becomes an exit code.
ExitCode exit_code_of(ErrorClass kind);

/// The table above for `hotaru --help`.
const char* exit_code_help();

}  // namespace hotaru::cli
