#pragma once

#include <expected>
#include <string>
#include <utility>

namespace hotaru {

/// What kind of failure it is; decides the exit code (cli/exit_code.h) and whether a caller may try again.
enum class ErrorClass {
  invalid,          ///< what was asked for makes no sense: a bad name, option, parameter
  not_found,        ///< it does not exist (and may be eventually consistent on EC2)
  conflict,         ///< it exists already, or is in a state that forbids this
  unauthorized,     ///< credentials missing, wrong or without permission
  quota,            ///< the account may not have that much
  capacity,         ///< EC2 has none at the moment: the next offer may do
  throttled,        ///< asked too often: may be retried, same token
  unavailable,      ///< definitely not done (connection refused, 5xx answered, no network): may be retried
  unknown_outcome,  ///< sent, no answer: may or may not have been done; retry only with the same client token
  interrupted,      ///< the user pressed Ctrl-C
  declined,         ///< the user was asked, and said no: nothing was done
  unsupported,      ///< this machine, region or endpoint cannot do that
  io,               ///< the local machine failed: disk full, no permission on a file, program missing
  internal,         ///< a bug of ours
};

/// The stable lower-case name of a class, as in JSON output.
const char* to_string(ErrorClass kind);

/// A failure as a value. `message` is one sentence for the user; `hint` says what to do next (may be empty).
struct Error {
  ErrorClass kind = ErrorClass::internal;
  std::string message;
  std::string hint = {};
  std::string code = {};     ///< the service's own code (`InvalidInstanceID.NotFound`) or errno's name; may be empty
  std::string context = {};  ///< where it happened: region, action, request id, file; for -v and logs, without secrets
};

template <class T>
using Result = std::expected<T, Error>;

/// `return fail(ErrorClass::invalid, "…", "…");`
inline std::unexpected<Error> fail(ErrorClass kind, std::string message, std::string hint = {}) {
  return std::unexpected(Error{kind, std::move(message), std::move(hint)});
}

/// An errno as an `io` error (`unauthorized` never: EACCES on a local file is `io`). `what` reads "cannot write /x/y".
Error system_error(std::string what, int number);

inline std::unexpected<Error> fail_errno(std::string what, int number) {
  return std::unexpected(system_error(std::move(what), number));
}

/// Passes an error on: `if (!x) return pass(x);`
template <class T>
std::unexpected<Error> pass(Result<T>& result) {
  return std::unexpected(std::move(result).error());
}
template <class T>
std::unexpected<Error> pass(Result<T>&& result) {
  return std::unexpected(std::move(result).error());
}

}  // namespace hotaru
