#pragma once

#include <sys/types.h>

#include <filesystem>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/environment.h"
#include "base/result.h"
#include "base/sqlite.h"

/// What we have seen of a cloud: a cache, never the truth. Losing it loses nothing that bills.
namespace hotaru::store {

/// An instance of ours as it was last seen. With it `ssh NAME` needs no API call.
struct KnownInstance {
  std::string name;
  std::string region;
  std::string id;
  std::string type;
  std::string zone;
  std::string state;     ///< as EC2 last told
  std::string address;   ///< public; "" while it has none
  std::string user;      ///< login
  std::string identity;  ///< private key file; "": ssh's own defaults
  std::string group_id;
  std::string from;  ///< CIDRs let in to port 22, comma-separated
  std::string operation;
  bool host_key_renewed = false;  ///< the key from the user data has been replaced
};

/// state/known.db (0600). Everything is kept per scope (which cloud and account). For one thread. A damaged file is set
/// aside (known.db.damaged) and a new one begun: `note` is told so in a sentence.
class Known {
 public:
  using Note = std::function<void(const std::string& sentence)>;
  static Result<Known> open(const Folders& folders, Clock& clock, Note note = {});

  Result<void> put(const std::string& scope, const KnownInstance& instance);
  /// All of them or none.
  Result<void> put_all(const std::string& scope, const std::vector<KnownInstance>& instances);
  Result<void> remove(const std::string& scope, const std::string& id);
  /// All with that name (one, unless the same name was used in two regions).
  Result<std::vector<KnownInstance>> find(const std::string& scope, const std::string& name);
  Result<std::vector<KnownInstance>> all(const std::string& scope);
  /// All of the sim's, or of all other clouds and accounts: for completions, which ask nobody who one is.
  Result<std::vector<KnownInstance>> of_clouds(bool sim);
  /// Those that have one of these ids.
  Result<std::vector<KnownInstance>> among(const std::string& scope, const std::vector<std::string>& ids);
  /// All of a region, one at a time. `take` leaves this object alone.
  Result<void> each(const std::string& scope, const std::string& region,
                    const std::function<void(const KnownInstance& instance)>& take);
  using TakeSeen = std::function<void(const std::string& id, const std::string& state, const std::string& address)>;
  /// The same, but only what changes during a life: many times as fast.
  Result<void> each_seen(const std::string& scope, const std::string& region, const TakeSeen& take);
  /// The regions of all.
  Result<std::set<std::string>> regions(const std::string& scope);

  /// Facts of a region (images, subnets, imported keys …): nullopt if unknown or older than `max_age`.
  Result<std::optional<std::string>> fact(const std::string& scope, const std::string& region, const std::string& key,
                                          Duration max_age);
  Result<void> set_fact(const std::string& scope, const std::string& region, const std::string& key,
                        const std::string& value);
  Result<void> forget_fact(const std::string& scope, const std::string& region, const std::string& key);

 private:
  Known(std::filesystem::path file, Clock& clock, Note note)
      : file_(std::move(file)), clock_(&clock), note_(std::move(note)) {}
  Result<void> open_file();
  Result<void> begin_anew();
  /// Works on the database; once more on a new one where it turns out to be damaged.
  template <class Work>
  auto with_database(const Work& work);

  std::filesystem::path file_;
  Clock* clock_;
  Note note_;
  std::optional<Database> database_;
  ino_t inode_ = 0;  ///< of the file that is open
};

}  // namespace hotaru::store
