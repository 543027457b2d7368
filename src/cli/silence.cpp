#include "cli/silence.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"

namespace hotaru::cli {

void SilenceTeller::tell(const aws::Silence& silence) {
  const std::lock_guard lock(mutex_);
  silence.over ? ended(silence) : began(silence);
}

void SilenceTeller::use(Progress* progress) {
  const std::lock_guard lock(mutex_);
  progress_ = progress;
}

void SilenceTeller::began(const aws::Silence& silence) {
  silent_[silence.who] = silence;
  Duration longest{0};
  for (const auto& [who, each] : silent_) longest = std::max(longest, each.lasted);
  if (longest < first_word) return;
  if (progress_ != nullptr) progress_->remark(sentence_of(longest));
  for (const auto& [who, each] : silent_) told_.insert(who);
  if (longest < next_) return;
  next_ = longest * 2;
  if (progress_ == nullptr || !progress_->live()) say(sentence_of(longest));
}

void SilenceTeller::ended(const aws::Silence& silence) {
  silent_.erase(silence.who);
  if (told_.erase(silence.who) > 0) {
    if (progress_ != nullptr) progress_->remark("");
    say(fmt::format("{} answers again (after {})", silence.who, human_duration(silence.lasted)));
  }
  if (silent_.empty()) next_ = first_word;
}

void SilenceTeller::say(const std::string& line) {
  if (progress_ != nullptr) {
    progress_->say(line);
  } else {
    stream_ << line << "\n" << std::flush;
  }
}

std::string SilenceTeller::sentence_of(Duration longest) const {
  const auto& [who, first] = *silent_.begin();
  const std::string whose = silent_.size() == 1 ? fmt::format("{} {}", who, first.what)
                                                : fmt::format("{} and {} more do not answer", who, silent_.size() - 1);
  return fmt::format("{} (since {}); still trying", whose, human_duration(longest));
}

}  // namespace hotaru::cli
