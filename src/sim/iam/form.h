#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sim/action.h"

/// What IAM's actions have in common: names, tags, lists with pages, times, errors.
namespace hotaru::sim::iam {

/// "The role with name X cannot be found."
ApiError no_such(const std::string& message);
ApiError exists(const std::string& message);
ApiError conflict(const std::string& message);

/// A name of at most so many characters; ValidationError else, which stays in the parameters.
std::string read_name(const Parameters& parameters, const std::string& parameter, std::size_t longest);
/// Path, "/" if it is not given.
std::string read_path(const Parameters& parameters);
/// What IAM says of one value.
std::string constraint(const std::string& at, const std::string& value, const std::string& rule);

/// Tags.member.N, at most 50.
std::map<std::string, std::string> read_iam_tags(const Parameters& parameters);
/// TagKeys.member.N, at most 50.
std::vector<std::string> read_tag_keys(const Parameters& parameters);

/// "AROA" and 17 characters.
std::string new_unique_id(Context& context, const std::string& prefix);

/// IAM's form of times, in whole seconds.
void write_time(Xml& xml, std::string_view name, TimePoint time);
/// A document as IAM tells it: percent-encoded.
void write_document(Xml& xml, std::string_view name, const std::string& document);
/// <Tags><member>…
void write_iam_tags(Xml& xml, const std::map<std::string, std::string>& tags);

/// <NAME><member>…</member>…</NAME>
template <class Range, class Write>
void write_members(Xml& xml, std::string_view name, const Range& range, Write write) {
  xml.element(name, [&](Xml& list) {
    for (const auto& one : range) list.element("member", [&](Xml& member) { write(one, member); });
  });
}

/// MaxItems and Marker.
struct ListRequest {
  std::size_t most = 100;
  std::string after;
};
ListRequest read_list(const Parameters& parameters);
std::string next_marker(const std::string& last_key);

/// The part of a list that a call asked for, its items sorted by key, with IsTruncated and Marker.
template <class Item, class KeyOf, class Write>
Xml list_answer(const ListRequest& request, std::string_view name, std::vector<Item> items, KeyOf key_of, Write write) {
  if (!request.after.empty()) std::erase_if(items, [&](const Item& one) { return key_of(one) <= request.after; });
  const bool truncated = items.size() > request.most;
  if (truncated) items.erase(items.begin() + static_cast<std::ptrdiff_t>(request.most), items.end());
  Xml xml;
  write_members(xml, name, items, write);
  xml.flag("IsTruncated", truncated);
  if (truncated) xml.text("Marker", next_marker(key_of(items.back())));
  return xml;
}

}  // namespace hotaru::sim::iam
