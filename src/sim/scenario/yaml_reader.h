#pragma once

#include <yaml-cpp/yaml.h>

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/clock.h"

/// Reading of YAML with a line number in every complaint. Only the .cpp files of the scenario include this.
namespace hotaru::sim {

/// The first complaint about a file; everything after it is read as if it were absent.
class Complaints {
 public:
  void add(const YAML::Node& where, const std::string& what);
  const std::string& first() const { return first_; }

 private:
  std::string first_;
};

/// A map whose keys are asked for one by one; `finish` complains of those that nobody knows.
class YamlMap {
 public:
  /// `what`: "errors", for the complaints.
  YamlMap(const YAML::Node& node, std::string what, Complaints& complaints);

  bool has(const std::string& key);
  YAML::Node child(const std::string& key);
  std::string text(const std::string& key, const std::string& otherwise);
  std::string required_text(const std::string& key);
  /// One of the words.
  std::string word(const std::string& key, const std::string& otherwise, const std::set<std::string>& words);
  double number(const std::string& key, double otherwise, double least, double most);
  std::optional<std::int64_t> count(const std::string& key);
  bool flag(const std::string& key);
  /// A list of plain values; also one alone.
  std::vector<std::string> texts(const std::string& key);
  std::optional<Duration> duration(const std::string& key, bool may_be_negative = false);
  int line() const { return node_.Mark().line + 1; }
  void finish();

 private:
  std::optional<std::string> scalar(const std::string& key);
  void complain(const std::string& key, const std::string& what);

  YAML::Node node_;
  std::string what_;
  Complaints& complaints_;
  std::set<std::string> asked_;
};

/// A list of maps under a key; `read` makes a rule of each.
template <class Read>
auto read_list(YamlMap& map, const std::string& key, Complaints& complaints, Read read) {
  std::vector<decltype(read(map, map.child(key)))> rules;
  const YAML::Node list = map.child(key);
  if (list.IsNull()) return rules;
  if (!list.IsSequence()) {
    complaints.add(list, key + " must be a list ('- …' under it)");
    return rules;
  }
  for (const YAML::Node& node : list) {
    YamlMap entry(node, key, complaints);
    rules.push_back(read(entry, node));
    entry.finish();
  }
  return rules;
}

}  // namespace hotaru::sim
