#include "http/message.h"

#include <strings.h>

namespace hotaru::http {

std::string header(const Headers& headers, std::string_view name) {
  for (const auto& [key, value] : headers) {
    if (key.size() == name.size() && strncasecmp(key.data(), name.data(), name.size()) == 0) return value;
  }
  return "";
}

}  // namespace hotaru::http
