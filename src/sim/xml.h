#pragma once

#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/clock.h"

namespace hotaru::sim {

/// Text that may stand between tags: markup escaped, characters that XML 1.0 cannot hold left out.
std::string escape_xml(std::string_view text);

/// The inside of an XML element, written front to back. Element names are ours and are not checked.
class Xml {
 public:
  Xml& text(std::string_view name, std::string_view value);
  /// EC2 leaves many elements out when they have no value.
  Xml& text_unless_empty(std::string_view name, std::string_view value);
  Xml& number(std::string_view name, std::int64_t value);
  Xml& flag(std::string_view name, bool value);
  /// EC2's time form, with milliseconds.
  Xml& time(std::string_view name, TimePoint value);
  Xml& element(std::string_view name, const Xml& inside);
  /// The same, its inside written in place: `element("state", [&](Xml& xml) { … })`.
  template <class Write>
    requires std::invocable<Write, Xml&>
  Xml& element(std::string_view name, Write write) {
    const std::size_t inside = begin(name);
    write(*this);
    return end(name, inside);
  }

  /// Appends what another holds.
  Xml& append(const Xml& other);

  /// EC2's lists: <name><item>…</item>…</name>. `write(item, xml)` writes the inside of one.
  template <class Range, class Write>
    requires std::invocable<Write, decltype(*std::begin(std::declval<const Range&>())), Xml&>
  Xml& set(std::string_view name, const Range& range, Write write) {
    const std::size_t inside = begin(name);
    for (const auto& one : range) element("item", [&](Xml& item) { write(one, item); });
    return end(name, inside);
  }
  /// <name><item><key>TEXT</key></item>…</name>, as EC2 lists plain values; an empty key gives <item>TEXT</item>.
  template <class Range>
  Xml& set_of_texts(std::string_view name, std::string_view key, const Range& range) {
    const std::size_t inside = begin(name);
    for (const auto& one : range) {
      if (key.empty()) {
        text("item", one);
      } else {
        element("item", [&](Xml& item) { item.text(key, one); });
      }
    }
    return end(name, inside);
  }

  const std::string& str() const { return out_; }

 private:
  /// Opens an element; where its inside begins.
  std::size_t begin(std::string_view name);
  /// Closes it: <name/> if nothing was written since.
  Xml& end(std::string_view name, std::size_t inside);

  std::string out_;
};

}  // namespace hotaru::sim
