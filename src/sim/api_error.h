#pragma once

#include <expected>
#include <optional>
#include <string>
#include <utility>

namespace hotaru::sim {

/// A refusal as EC2 gives it: HTTP status, code and sentence of the EC2 API Reference ("Error codes").
struct ApiError {
  int status = 400;
  std::string code;
  std::string message;
};

template <class T>
using ApiResult = std::expected<T, ApiError>;

/// What a check returns: nothing if all is well. `if (auto no = check(…)) return std::unexpected(*no);`
using Refusal = std::optional<ApiError>;

/// `return refuse("InvalidVpcID.NotFound", "…");`
inline std::unexpected<ApiError> refuse(std::string code, std::string message, int status = 400) {
  return std::unexpected(ApiError{status, std::move(code), std::move(message)});
}

}  // namespace hotaru::sim
