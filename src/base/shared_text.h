#pragma once

#include <fmt/format.h>

#include <atomic>
#include <compare>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <iosfwd>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace hotaru {

/// A text that never changes and is kept once in the process, however many have it: of the size of a pointer, copied
/// without being copied, compared for equality by its address. For values of which there are very many and that say the
/// same again and again (docs/adr/2026-11-22-texts-kept-once.md). Thread-safe as a std::string is.
class SharedText {
 public:
  SharedText() = default;
  template <class Text>
    requires std::convertible_to<const Text&, std::string_view> && (!std::same_as<Text, SharedText>)
  SharedText(const Text& text) : entry_(take(text)) {}  // implicit, so that it can stand where a std::string stood
  SharedText(const SharedText& other) : entry_(share(other.entry_)) {}
  SharedText(SharedText&& other) noexcept : entry_(std::exchange(other.entry_, nullptr)) {}
  SharedText& operator=(SharedText other) noexcept {
    std::swap(entry_, other.entry_);
    return *this;
  }
  ~SharedText() { release(entry_); }

  std::string_view view() const { return entry_ == nullptr ? std::string_view() : entry_->text(); }
  bool starts_with(std::string_view start) const { return view().starts_with(start); }
  bool empty() const { return entry_ == nullptr; }
  void clear() { *this = SharedText(); }
  operator std::string_view() const { return view(); }
  operator std::string() const { return std::string(view()); }

  friend bool operator==(const SharedText& one, const SharedText& other) { return one.entry_ == other.entry_; }
  friend std::strong_ordering operator<=>(const SharedText& one, const SharedText& other) {
    return one.entry_ == other.entry_ ? std::strong_ordering::equal : one.view() <=> other.view();
  }
  template <class Text>
    requires std::convertible_to<const Text&, std::string_view> && (!std::same_as<Text, SharedText>)
  friend bool operator==(const SharedText& one, const Text& other) {
    return one.view() == std::string_view(other);
  }
  template <class Text>
    requires std::convertible_to<const Text&, std::string_view> && (!std::same_as<Text, SharedText>)
  friend std::strong_ordering operator<=>(const SharedText& one, const Text& other) {
    return one.view() <=> std::string_view(other);
  }
  friend std::string operator+(const SharedText& one, std::string_view other) {
    return std::string(one.view()).append(other);
  }
  friend std::string operator+(std::string_view one, const SharedText& other) {
    return std::string(one).append(other.view());
  }
  friend std::ostream& operator<<(std::ostream& out, const SharedText& text);

  /// How many texts are kept now.
  static std::size_t kept();

 private:
  /// In front of its characters, in one block.
  struct Entry {
    std::atomic<std::uint32_t> uses;
    std::uint32_t size;
    std::string_view text() const { return {reinterpret_cast<const char*>(this + 1), size}; }
  };
  class Pool;
  static Pool& pool();
  static Entry* take(std::string_view text);
  static Entry* share(Entry* entry) {
    if (entry != nullptr) entry->uses.fetch_add(1, std::memory_order_relaxed);
    return entry;
  }
  static void release(Entry* entry);

  Entry* entry_ = nullptr;  ///< nullptr: ""
};

}  // namespace hotaru

template <>
struct fmt::formatter<hotaru::SharedText> : fmt::formatter<fmt::string_view> {
  template <class Context>
  auto format(const hotaru::SharedText& text, Context& context) const {
    const std::string_view view = text.view();
    return fmt::formatter<fmt::string_view>::format(fmt::string_view(view.data(), view.size()), context);
  }
};
