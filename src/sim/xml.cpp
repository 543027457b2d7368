#include "sim/xml.h"

#include "base/text.h"

namespace hotaru::sim {

std::string escape_xml(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (const char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\'':
        out += "&apos;";
        break;
      case '\r':
        out += "&#13;";
        break;
      default:
        // XML 1.0, production 2 (Char): of the control characters only tab, newline and return exist.
        if (static_cast<unsigned char>(c) >= 0x20 || c == '\t' || c == '\n') out += c;
    }
  }
  return out;
}

Xml& Xml::text(std::string_view name, std::string_view value) {
  out_.append("<").append(name).append(">").append(escape_xml(value)).append("</").append(name).append(">");
  return *this;
}

Xml& Xml::text_unless_empty(std::string_view name, std::string_view value) {
  return value.empty() ? *this : text(name, value);
}

Xml& Xml::number(std::string_view name, std::int64_t value) { return text(name, std::to_string(value)); }

Xml& Xml::flag(std::string_view name, bool value) { return text(name, value ? "true" : "false"); }

Xml& Xml::time(std::string_view name, TimePoint value) { return text(name, iso8601(value)); }

Xml& Xml::element(std::string_view name, const Xml& inside) {
  if (inside.out_.empty()) {
    out_.append("<").append(name).append("/>");
  } else {
    out_.append("<").append(name).append(">").append(inside.out_).append("</").append(name).append(">");
  }
  return *this;
}

Xml& Xml::append(const Xml& other) {
  out_ += other.out_;
  return *this;
}

}  // namespace hotaru::sim
