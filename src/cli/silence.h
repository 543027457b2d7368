#pragma once

#include <map>
#include <mutex>
#include <ostream>
#include <set>
#include <string>

#include "aws/client.h"
#include "base/clock.h"
#include "cli/progress.h"

namespace hotaru::cli {

/// Says on standard error that AWS has stopped answering while a command waits for it, and that it answers again. Short
/// silences are not worth a word; long ones are told again at growing intervals. Thread-safe.
class SilenceTeller {
 public:
  explicit SilenceTeller(std::ostream& stream) : stream_(stream) {}
  void tell(const aws::Silence& silence);
  /// While there is a progress (not nullptr), the stream is its own.
  void use(Progress* progress);

 private:
  void began(const aws::Silence& silence);
  void ended(const aws::Silence& silence);
  void say(const std::string& line);
  std::string sentence_of(Duration longest) const;

  std::ostream& stream_;
  std::mutex mutex_;
  Progress* progress_ = nullptr;
  std::map<std::string, aws::Silence> silent_;  ///< by who
  std::set<std::string> told_;
  Duration next_ = first_word;  ///< how long the longest silence is when it is told (again)

  static constexpr Duration first_word{5'000};
};

}  // namespace hotaru::cli
