#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>

namespace hotaru {

/// Environment variables as a value. An empty variable counts as unset, as AWS's tools treat it.
class Environment {
 public:
  Environment() = default;
  explicit Environment(std::map<std::string, std::string> values) : values_(std::move(values)) {}
  static Environment of_process(char** environment);

  std::optional<std::string> get(const std::string& name) const;
  std::string get_or(const std::string& name, const std::string& otherwise) const;
  void set(const std::string& name, const std::string& value) { values_[name] = value; }
  void unset(const std::string& name) { values_.erase(name); }
  const std::map<std::string, std::string>& all() const { return values_; }

 private:
  std::map<std::string, std::string> values_;
};

/// Where things of ours lie, by the XDG base directory rules. Nothing is created by asking.
struct Folders {
  std::filesystem::path home;
  std::filesystem::path config;  ///< $XDG_CONFIG_HOME/hotaru
  std::filesystem::path
      state;  ///< $XDG_STATE_HOME/hotaru: journal, keys, known hosts; losing it loses nothing that bills
  std::filesystem::path cache;    ///< $XDG_CACHE_HOME/hotaru: root file systems, catalogues; may be deleted at any time
  std::filesystem::path runtime;  ///< $XDG_RUNTIME_DIR/hotaru, else state/run: sockets (kept short)

  static Folders of(const Environment& environment);
};

}  // namespace hotaru
