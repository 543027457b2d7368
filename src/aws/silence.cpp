#include "aws/silence.h"

namespace hotaru::aws {

void Silences::note(const std::string& who, Duration asked, const char* what) {
  if (!listener_) return;
  Silence silence{.who = who, .what = what};
  {
    const std::lock_guard lock(mutex_);
    silence.lasted = clock_.steady() - since_.try_emplace(who, asked).first->second;
  }
  listener_(silence);
}

void Silences::note_answer(const std::string& who) {
  Silence silence{.who = who, .what = "answers again", .over = true};
  {
    const std::lock_guard lock(mutex_);
    const auto since = since_.find(who);
    if (since == since_.end()) return;
    silence.lasted = clock_.steady() - since->second;
    since_.erase(since);
  }
  listener_(silence);
}

}  // namespace hotaru::aws
