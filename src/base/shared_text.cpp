#include "base/shared_text.h"

#include <algorithm>
#include <cstring>
#include <functional>
#include <mutex>
#include <new>
#include <ostream>
#include <vector>

namespace hotaru {

/// A table of pointers with open addressing: a node for each text would cost more than most texts do.
class SharedText::Pool {
 public:
  Entry* take(std::string_view text) {
    const std::lock_guard lock(mutex_);
    if (4 * (count_ + 1) > 3 * slots_.size()) grow();
    const std::size_t at = slot_of(text);
    if (slots_[at] != nullptr) {
      slots_[at]->uses.fetch_add(1, std::memory_order_relaxed);
      return slots_[at];
    }
    ++count_;
    return slots_[at] = make(text);
  }

  /// Gives up what may be the last use: only here, under the lock, does a count become zero, so that `take` never finds
  /// an entry that is about to go.
  void release(Entry* entry) {
    const std::lock_guard lock(mutex_);
    if (entry->uses.fetch_sub(1, std::memory_order_acq_rel) != 1) return;
    remove(slot_of(entry->text()));
    --count_;
    entry->~Entry();
    ::operator delete(entry);
  }

  std::size_t count() {
    const std::lock_guard lock(mutex_);
    return count_;
  }

 private:
  static Entry* make(std::string_view text) {
    auto* entry = new (::operator new(sizeof(Entry) + text.size())) Entry{1, static_cast<std::uint32_t>(text.size())};
    std::memcpy(reinterpret_cast<char*>(entry + 1), text.data(), text.size());
    return entry;
  }

  std::size_t home_of(std::string_view text) const { return std::hash<std::string_view>{}(text) & (slots_.size() - 1); }
  std::size_t after(std::size_t at) const { return (at + 1) & (slots_.size() - 1); }

  /// Where the text is, or would be.
  std::size_t slot_of(std::string_view text) const {
    std::size_t at = home_of(text);
    while (slots_[at] != nullptr && slots_[at]->text() != text) at = after(at);
    return at;
  }

  void grow() {
    std::vector<Entry*> before(std::max<std::size_t>(64, 2 * slots_.size()));
    before.swap(slots_);
    for (Entry* entry : before)
      if (entry != nullptr) slots_[slot_of(entry->text())] = entry;
  }

  /// Closes the gap: whoever follows without one moves up if its home is not behind the gap.
  void remove(std::size_t gap) {
    for (std::size_t at = after(gap); slots_[at] != nullptr; at = after(at)) {
      const std::size_t home = home_of(slots_[at]->text());
      const bool stays = gap <= at ? gap < home && home <= at : gap < home || home <= at;
      if (stays) continue;
      slots_[gap] = slots_[at];
      gap = at;
    }
    slots_[gap] = nullptr;
  }

  std::mutex mutex_;
  std::vector<Entry*> slots_;  ///< a power of two
  std::size_t count_ = 0;
};

/// Never destroyed: texts may outlive everything else.
SharedText::Pool& SharedText::pool() {
  static auto* const one = new Pool;
  return *one;
}

SharedText::Entry* SharedText::take(std::string_view text) { return text.empty() ? nullptr : pool().take(text); }

void SharedText::release(Entry* entry) {
  if (entry == nullptr) return;
  std::uint32_t uses = entry->uses.load(std::memory_order_relaxed);
  while (uses > 1)
    if (entry->uses.compare_exchange_weak(uses, uses - 1, std::memory_order_release)) return;
  pool().release(entry);
}

std::size_t SharedText::kept() { return pool().count(); }

std::ostream& operator<<(std::ostream& out, const SharedText& text) { return out << text.view(); }

}  // namespace hotaru
