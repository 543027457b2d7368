#include "sim/xml.h"

#include <algorithm>

#include "base/text.h"

namespace hotaru::sim {

namespace {

/// Whether a character may stand in text as it is. Of the control characters only tab,
/// newline and return exist (XML 1.0, production 2, Char).
bool is_plain(char c) {
  const auto byte = static_cast<unsigned char>(c);
  if (byte < 0x20) return c == '\t' || c == '\n';
  return c != '&' && c != '<' && c != '>' && c != '"' && c != '\'';
}

std::string_view escaped(char c) {
  switch (c) {
    case '&':
      return "&amp;";
    case '<':
      return "&lt;";
    case '>':
      return "&gt;";
    case '"':
      return "&quot;";
    case '\'':
      return "&apos;";
    case '\r':
      return "&#13;";
    default:
      return "";
  }
}

void append_escaped(std::string& out, std::string_view text) {
  while (!text.empty()) {
    const auto special = std::ranges::find_if_not(text, is_plain);
    const auto plain = static_cast<std::size_t>(special - text.begin());
    out.append(text.substr(0, plain));
    if (special == text.end()) return;
    out.append(escaped(*special));
    text.remove_prefix(plain + 1);
  }
}

}  // namespace

std::string escape_xml(std::string_view text) {
  std::string out;
  append_escaped(out, text);
  return out;
}

Xml& Xml::text(std::string_view name, std::string_view value) {
  out_.append("<").append(name).append(">");
  append_escaped(out_, value);
  out_.append("</").append(name).append(">");
  return *this;
}

Xml& Xml::text_unless_empty(std::string_view name, std::string_view value) {
  return value.empty() ? *this : text(name, value);
}

Xml& Xml::number(std::string_view name, std::int64_t value) { return text(name, std::to_string(value)); }

Xml& Xml::flag(std::string_view name, bool value) { return text(name, value ? "true" : "false"); }

Xml& Xml::time(std::string_view name, TimePoint value) { return text(name, iso8601(value)); }

std::size_t Xml::begin(std::string_view name) {
  out_.append("<").append(name).append(">");
  return out_.size();
}

Xml& Xml::end(std::string_view name, std::size_t inside) {
  if (out_.size() == inside) {
    out_.insert(out_.size() - 1, "/");
  } else {
    out_.append("</").append(name).append(">");
  }
  return *this;
}

Xml& Xml::element(std::string_view name, const Xml& inside) {
  const std::size_t begun = begin(name);
  out_ += inside.out_;
  return end(name, begun);
}

Xml& Xml::append(const Xml& other) {
  out_ += other.out_;
  return *this;
}

}  // namespace hotaru::sim
