#pragma once

#include <functional>
#include <map>
#include <mutex>
#include <string>

#include "base/clock.h"

namespace hotaru::aws {

/// A service that gives no answer, or none of use: told for as long as somebody waits for it.
struct Silence {
  std::string who;     ///< "EC2 in us-east-1"
  std::string what;    ///< "does not answer", "asks for patience", …
  Duration lasted{0};  ///< since the first question that got no answer
  bool over = false;   ///< it has answered again
};

/// Told after each attempt that got no answer, about every second while one is waited for, and once it is over; may be
/// empty. Called from the thread of the call.
using SilenceListener = std::function<void(const Silence& silence)>;

/// Who has been silent, and since when. Thread-safe.
class Silences {
 public:
  Silences(SilenceListener listener, const Clock& clock) : listener_(std::move(listener)), clock_(clock) {}
  /// `asked`: when, in steady time, the question that has no answer.
  void note(const std::string& who, Duration asked, const char* what);
  void note_answer(const std::string& who);

 private:
  SilenceListener listener_;
  const Clock& clock_;
  std::mutex mutex_;
  std::map<std::string, Duration> since_;  ///< when the first unanswered question was asked
};

}  // namespace hotaru::aws
