#pragma once

#include <algorithm>
#include <concepts>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "sim/action.h"

/// What all Describe… actions have in common: ids, filters with wildcards, tags, pages.
namespace hotaru::sim {

/// How ids of a resource look, and what EC2 says of wrong ones.
struct IdForm {
  std::string prefix;          ///< "vpc"
  std::string malformed_code;  ///< "InvalidVpcId.Malformed"
  std::string not_found_code;  ///< "InvalidVpcID.NotFound"
  std::string noun;            ///< "vpc ID", as in "The vpc ID 'vpc-…' does not exist"
  bool full_stop = false;      ///< EC2 ends that sentence with one
};
namespace id_forms {
extern const IdForm vpc, subnet, internet_gateway, route_table, security_group, security_group_rule, key_pair, image,
    launch_template, instance, volume, network_interface, snapshot, allocation, dhcp_options, network_acl,
    placement_group;
}

/// PREFIX-, then 8 or 17 hexadecimal digits.
bool is_id(const std::string& prefix, const std::string& id);
ApiError malformed_id(const IdForm& form, const std::string& id);
ApiError no_such_id(const IdForm& form, const std::vector<std::string>& ids);

/// Sorts them and keeps each once.
inline void in_order(std::vector<std::string>& ids) {
  std::ranges::sort(ids);
  ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
}

/// The object, or what EC2 says of an id that is malformed or that nothing has.
template <class T>
ApiResult<const T*> find_by_id(const Table<T>& table, const IdForm& form, const std::string& id) {
  if (!is_id(form.prefix, id)) return std::unexpected(malformed_id(form, id));
  const T* found = table.find(id);
  if (!found) return std::unexpected(no_such_id(form, {id}));
  return found;
}

struct Filter {
  std::string name;
  std::vector<std::string> values;
};

/// The values of one filter. (Two literals in braces would be taken for a range of characters: use
/// Values{std::string…}.)
using Values = std::vector<std::string>;
inline Values values_of(const std::vector<SharedText>& texts) { return Values(texts.begin(), texts.end()); }
inline Values truth(bool value) { return Values{std::string(value ? "true" : "false")}; }

/// The values that an object has for each filter: one of them must match one of the filter's.
template <class T>
using FilterTable = std::map<std::string, std::function<std::vector<std::string>(const T&)>>;

/// Filter.N.Name and Filter.N.Value.M. `known` are the filters of this action; tag:KEY, tag-key and tag-value are known
/// where `tagged`. An unknown one is InvalidParameterValue.
std::vector<Filter> read_filters(const Parameters& parameters, const std::set<std::string>& known, bool tagged = true);
/// The same; `known` is asked only if there are filters.
template <class Known>
  requires std::invocable<Known>
std::vector<Filter> read_filters(const Parameters& parameters, Known known) {
  if (!parameters.has("Filter")) return {};
  return read_filters(parameters, known());
}

/// What a filter of this name asks for, each once and in order, if there is one and its values have no wildcards.
std::optional<std::vector<std::string>> exact_values(const std::vector<Filter>& filters, const std::string& name);

/// One of the filter's values matches (with * and ?) one of the object's.
bool matches_any(const std::vector<std::string>& patterns, const std::vector<std::string>& values);
bool passes_tag_filter(const Filter& filter, const std::map<std::string, std::string>& tags);

template <class T>
std::set<std::string> names_of(const FilterTable<T>& table) {
  std::set<std::string> names;
  for (const auto& [name, values] : table) names.insert(name);
  return names;
}

template <class T>
bool passes(const std::vector<Filter>& filters, const FilterTable<T>& table, const T& object,
            const std::map<std::string, std::string>& tags) {
  return std::ranges::all_of(filters, [&](const Filter& filter) {
    const auto found = table.find(filter.name);
    return found == table.end() ? passes_tag_filter(filter, tags) : matches_any(filter.values, found->second(object));
  });
}

/// MaxResults and NextToken.
struct PageRequest {
  std::optional<std::int64_t> max_results;
  std::string after;  ///< the key after which the page begins
  std::size_t most() const { return max_results ? static_cast<std::size_t>(*max_results) : ~std::size_t{0}; }
};
PageRequest read_page(const Parameters& parameters, std::int64_t least = 5, std::int64_t most = 1000);
std::string next_token(const std::string& last_key);

template <class T>
struct Page {
  std::vector<const T*> items;
  std::string next_token;  ///< "" on the last page
  /// Writes <nextToken> if there is one.
  void write_token(Xml& xml) const { xml.text_unless_empty("nextToken", next_token); }
};

/// Cuts a page out of items that are sorted by their key.
template <class T, class KeyOf>
Page<T> cut_page(const PageRequest& request, std::vector<const T*> items, KeyOf key_of) {
  if (!request.after.empty()) std::erase_if(items, [&](const T* one) { return key_of(*one) <= request.after; });
  Page<T> page{std::move(items), ""};
  if (request.max_results && page.items.size() > static_cast<std::size_t>(*request.max_results)) {
    page.items.resize(static_cast<std::size_t>(*request.max_results));
    page.next_token = next_token(key_of(*page.items.back()));
  }
  return page;
}

/// How a kind of resource is described.
template <class T>
struct Description {
  std::string id_parameter;  ///< "VpcId"
  const IdForm& form;
  FilterTable<T> filters;
  std::int64_t least_page = 5;
  std::function<bool(const T&)> wanted = {};  ///< what else must be so of what is told; empty: nothing
  /// Ids (in any order) among which all are that may pass the filters; nullopt, or empty itself: it cannot tell.
  std::function<std::optional<std::vector<std::string>>(const std::vector<Filter>&)> narrow = {};
};

/// The ids of a call, all of which must exist; each once, in order.
template <class T>
ApiResult<std::vector<std::string>> named_ids(const Parameters& parameters, const Table<T>& table,
                                              const Description<T>& how) {
  auto ids = parameters.list(how.id_parameter);
  std::vector<std::string> missing;
  for (const auto& id : ids) {
    if (!is_id(how.form.prefix, id)) return std::unexpected(malformed_id(how.form, id));
    if (!table.find(id)) missing.push_back(id);
  }
  if (!missing.empty()) return std::unexpected(no_such_id(how.form, missing));
  in_order(ids);
  return ids;
}

/// The whole of a plain Describe…: reads ids, filters and page, finishes the parameters (read others before), selects.
/// Looks at no more than the page, and what is left out before it ends.
template <class T>
ApiResult<Page<T>> describe(Context& context, const Parameters& parameters, const Table<T>& table,
                            const Description<T>& how) {
  const bool by_id = parameters.has(how.id_parameter);
  parameters.list(how.id_parameter);
  const auto filters = read_filters(parameters, [&] { return names_of(how.filters); });
  const auto request = read_page(parameters, how.least_page);
  if (auto no = parameters.finish()) return std::unexpected(*no);
  if (auto no = dry_run(parameters)) return std::unexpected(*no);
  const auto ids = named_ids(parameters, table, how);
  if (!ids) return std::unexpected(ids.error());

  Page<T> page;
  const auto take = [&](const T& object) {
    if (how.wanted && !how.wanted(object)) return true;
    if (!filters.empty() && !passes(filters, how.filters, object, context.state.tags_of(object.id))) return true;
    if (page.items.size() == request.most()) {
      page.next_token = next_token(page.items.back()->id);
      return false;
    }
    page.items.push_back(&object);
    return true;
  };
  auto among = by_id ? std::optional(*ids) : how.narrow ? how.narrow(filters) : std::nullopt;
  if (among) {
    in_order(*among);
    for (auto id = std::ranges::upper_bound(*among, request.after); id != among->end(); ++id)
      if (const T* found = table.find(*id); found && !take(*found)) break;
    return page;
  }
  for (auto at = table.all().upper_bound(request.after); at != table.all().end() && take(at->second);) ++at;
  return page;
}

/// The same of objects that stand in no table, in the order of their ids.
template <class T>
ApiResult<Page<T>> describe_rows(Context& context, const Parameters& parameters, const std::vector<T>& rows,
                                 const Description<T>& how) {
  const auto ids = parameters.list(how.id_parameter);
  const auto filters = read_filters(parameters, [&] { return names_of(how.filters); });
  const auto request = read_page(parameters, how.least_page);
  if (auto no = parameters.finish()) return std::unexpected(*no);
  if (auto no = dry_run(parameters)) return std::unexpected(*no);
  for (const std::string& id : ids) {
    if (!is_id(how.form.prefix, id)) return std::unexpected(malformed_id(how.form, id));
    if (std::ranges::find(rows, id, &T::id) == rows.end()) return std::unexpected(no_such_id(how.form, {id}));
  }
  std::vector<const T*> items;
  for (const T& row : rows) {
    const bool named = ids.empty() || std::ranges::find(ids, row.id) != ids.end();
    if (named && passes(filters, how.filters, row, context.state.tags_of(row.id))) items.push_back(&row);
  }
  std::ranges::sort(items, {}, [](const T* one) { return one->id; });
  return cut_page(request, std::move(items), [](const T& one) { return one.id; });
}

/// <tagSet>…</tagSet>
void write_tags(Xml& xml, const std::map<std::string, std::string>& tags);
/// The same of those kinds of which EC2 leaves it out where there are none.
void write_tags_if_any(Xml& xml, const std::map<std::string, std::string>& tags);

/// TagSpecification.N of a call that makes resources of these types: tags by type. Sticky errors: a type that the call
/// does not make (InvalidParameterValue), keys and values that EC2 refuses.
std::map<std::string, std::map<std::string, std::string>> read_tag_specifications(
    const Parameters& parameters, const std::vector<std::string>& resource_types);
/// Tag.N.Key and Tag.N.Value, by EC2's rules (128 and 256 characters, no "aws:", the last of a key counts, 50 at most).
std::map<std::string, std::string> read_tags(const Parameters& parameters);
/// "i-…" → "instance"; "" for a prefix that we do not know.
std::string resource_type_of(const std::string& id);

std::string arn(const Context& context, const std::string& resource_type, const std::string& id);

}  // namespace hotaru::sim
