#include "base/result.h"

#include <cerrno>
#include <cstring>

namespace hotaru {

const char* to_string(ErrorClass kind) {
  switch (kind) {
    case ErrorClass::invalid:
      return "invalid";
    case ErrorClass::not_found:
      return "not_found";
    case ErrorClass::conflict:
      return "conflict";
    case ErrorClass::unauthorized:
      return "unauthorized";
    case ErrorClass::quota:
      return "quota";
    case ErrorClass::capacity:
      return "capacity";
    case ErrorClass::throttled:
      return "throttled";
    case ErrorClass::unavailable:
      return "unavailable";
    case ErrorClass::unknown_outcome:
      return "unknown_outcome";
    case ErrorClass::interrupted:
      return "interrupted";
    case ErrorClass::declined:
      return "declined";
    case ErrorClass::unsupported:
      return "unsupported";
    case ErrorClass::io:
      return "io";
    case ErrorClass::internal:
      return "internal";
  }
  return "internal";
}

Error system_error(std::string what, int number) {
  Error error{ErrorClass::io, std::move(what) + ": " + std::strerror(number)};
  const char* name = strerrorname_np(number);
  error.code = name != nullptr ? name : "";
  if (number == ENOSPC || number == EDQUOT) error.hint = "The disk is full: free some space and try again";
  if (number == EACCES || number == EPERM) error.hint = "check who owns it and its permissions";
  return error;
}

}  // namespace hotaru
