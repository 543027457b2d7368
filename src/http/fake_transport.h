#pragma once

#include <deque>
#include <mutex>
#include <utility>
#include <vector>

#include "http/message.h"

namespace hotaru::http {

/// For tests: answers from a list, in order, and keeps what it was asked. With an empty list nothing can be reached.
class FakeTransport final : public Transport {
 public:
  void answer(int status, std::string body, Headers headers = {}) {
    const std::lock_guard lock(mutex_);
    answers_.push_back(Response{status, std::move(headers), std::move(body)});
  }
  void fail(Error error) {
    const std::lock_guard lock(mutex_);
    answers_.push_back(std::unexpected(std::move(error)));
  }
  Result<Response> send(const Request& request) override {
    const std::lock_guard lock(mutex_);
    requests_.push_back(request);
    if (answers_.empty()) return hotaru::fail(ErrorClass::unavailable, "The test gave no further answer.");
    auto next = std::move(answers_.front());
    answers_.pop_front();
    return next;
  }
  std::vector<Request> requests() const {
    const std::lock_guard lock(mutex_);
    return requests_;
  }

 private:
  mutable std::mutex mutex_;
  std::deque<Result<Response>> answers_;
  std::vector<Request> requests_;
};

}  // namespace hotaru::http
