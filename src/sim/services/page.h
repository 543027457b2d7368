#pragma once

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "base/text.h"
#include "sim/json_input.h"

/// MaxResults and NextToken, as the services that speak JSON have them: there is always a page.
namespace hotaru::sim::services {

struct JsonPage {
  std::size_t most = 100;
  std::string after;  ///< the key after which the page begins
};

/// `invalid_code`: what the service says of a token that is none of its.
inline JsonPage read_page(const JsonInput& input, std::int64_t otherwise, std::int64_t most,
                          const std::string& invalid_code = "InvalidNextToken",
                          const std::string& size_name = "MaxResults") {
  JsonPage page;
  page.most = static_cast<std::size_t>(input.integer(size_name, otherwise, 1, most));
  const auto token = input.text("NextToken");
  const auto after = base64_decode(token);
  if (!token.empty() && (!after || after->empty())) input.refuse(invalid_code, "The specified token isn't valid.");
  page.after = after.value_or("");
  return page;
}

template <class T>
struct CutPage {
  std::vector<T> items;
  std::string next_token;  ///< "" on the last page
};

/// Cuts a page out of items that are sorted by their key.
template <class T, class KeyOf>
CutPage<T> cut(const JsonPage& page, std::vector<T> items, KeyOf key_of) {
  if (!page.after.empty()) std::erase_if(items, [&](const T& one) { return key_of(one) <= page.after; });
  CutPage<T> shown{std::move(items), ""};
  if (shown.items.size() > page.most) {
    shown.items.erase(shown.items.begin() + static_cast<std::ptrdiff_t>(page.most), shown.items.end());
    shown.next_token = base64_encode(key_of(shown.items.back()));
  }
  return shown;
}

}  // namespace hotaru::sim::services
