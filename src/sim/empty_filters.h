#pragma once

#include <initializer_list>

#include "sim/describe.h"

namespace hotaru::sim {

/// Filters that EC2 knows, on what nothing here has: they find nothing.
template <class T>
void add_empty_filters(FilterTable<T>& table, std::initializer_list<const char*> names) {
  for (const char* name : names) table.try_emplace(name, [](const T&) { return Values{}; });
}

/// The same on what is `false` of everything here.
template <class T>
void add_false_filters(FilterTable<T>& table, std::initializer_list<const char*> names) {
  for (const char* name : names) table.try_emplace(name, [](const T&) { return truth(false); });
}

}  // namespace hotaru::sim
