#include "cli/exit_code.h"

namespace hotaru::cli {

ExitCode exit_code_of(ErrorClass kind) {
  switch (kind) {
    case ErrorClass::invalid:
      return exit_invalid;
    case ErrorClass::not_found:
      return exit_not_found;
    case ErrorClass::conflict:
      return exit_conflict;
    case ErrorClass::unauthorized:
      return exit_unauthorized;
    case ErrorClass::quota:
      return exit_quota;
    case ErrorClass::capacity:
      return exit_capacity;
    case ErrorClass::throttled:
    case ErrorClass::unavailable:
    case ErrorClass::unknown_outcome:
      return exit_unavailable;
    case ErrorClass::interrupted:
      return exit_interrupted;
    case ErrorClass::declined:
      return exit_declined;
    case ErrorClass::unsupported:
    case ErrorClass::io:
      return exit_local;
    case ErrorClass::internal:
      break;
  }
  return exit_internal;
}

const char* exit_code_help() {
  return "Exit codes:\n"
         "    0  done\n"
         "    1  nothing was done: the answer to a question was no\n"
         "    2  wrong use: an option, a name, a value\n"
         "    3  not found: no such instance, image, region\n"
         "    4  unauthorized: credentials missing, wrong, without permission; a wrong host key\n"
         "    5  quota: the account may not have that much\n"
         "    6  capacity: EC2 has none at the moment\n"
         "    7  conflict: it exists already, or its state forbids this\n"
         "    8  unavailable: no network, no answer, throttled; may be tried again\n"
         "    9  this machine failed or cannot do that: disk full, a program missing\n"
         "   70  a bug of hotaru's\n"
         "  130  interrupted\n"
         "  `hotaru ssh` passes the command's own code through; 255 when the connection failed.\n";
}

}  // namespace hotaru::cli
