#include "market/refresh.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <map>
#include <mutex>
#include <set>
#include <thread>

#include "base/file.h"
#include "base/text.h"
#include "catalog/stored.h"
#include "market/ask_catalog.h"

namespace hotaru::market {

namespace {

using catalog::StoredRegion;
using catalog::StoredRegions;
using Names = std::vector<std::string>;

/// So many questions at a time: AWS answers each region apart, but our link and the price list are one.
constexpr std::size_t most_at_once = 12;
/// DescribeInstanceTypes takes so many names.
constexpr std::size_t names_at_once = 100;
/// From so many types on that are not known it is quicker to ask for all of a region's.
constexpr std::size_t many_types = 500;

struct PartState {
  std::string_view name;
  Result<StoredRegion> (*ask)(aws::Client&, const Clock&, const std::string& region);
  StoredRegions stored = {};
  RefreshedPart outcome = {};
};

/// One question: a part of a region.
struct Question {
  PartState* part;
  std::string region;
};

/// One refresh: what its threads share.
class Refresh {
 public:
  Refresh(const RefreshSeams& seams, const RefreshRequest& request) : seams_(seams), request_(request) {}
  Result<Refreshed> run();

 private:
  Result<void> find_regions();
  void load(PartState& part);
  bool is_new(const StoredRegion& region) const;
  void ask_parts();
  void answer(const Question& question);
  Result<void> keep(PartState& part, const std::string& region, StoredRegion told);
  void note_failure(PartState& part, Error error);
  void ask_types();
  void ask_types_of(const std::string& region, bool all);
  Names missing_types(const std::string& region);
  Result<void> keep_types(const std::vector<aws::TypeInfo>& infos, bool all);
  Result<Refreshed> finish();

  const RefreshSeams& seams_;
  const RefreshRequest& request_;
  Names regions_;
  PartState types_{catalog::part::types, nullptr};
  PartState parts_[4] = {{catalog::part::offerings, ask_offerings},
                         {catalog::part::prices, ask_prices},
                         {catalog::part::spot, ask_spot},
                         {catalog::part::storage, ask_storage}};
  std::mutex mutex_;  ///< of what the parts have
  std::size_t questions_ = 0;
  std::size_t answered_ = 0;
  std::atomic<bool> interrupted_{false};
  std::set<std::string> known_types_;
};

Result<void> Refresh::find_regions() {
  regions_ = request_.regions;
  if (!regions_.empty()) return {};
  auto enabled = aws::Ec2(seams_.client, request_.home).describe_regions();
  if (!enabled) return pass(enabled);
  for (const aws::RegionInfo& region : *enabled) regions_.push_back(region.name);
  std::ranges::sort(regions_);
  return {};
}

/// What was kept; nothing of a damaged file, which is written anew.
void Refresh::load(PartState& part) {
  part.outcome.name = part.name;
  if (auto stored = catalog::read_stored_part(seams_.folder, part.name)) part.stored = std::move(*stored);
}

bool Refresh::is_new(const StoredRegion& region) const {
  const auto asked = parse_iso8601(region.asked);
  const TimePoint now = seams_.clock.now();
  return !request_.fresh && asked && *asked <= now && now - *asked < refresh_age;
}

Result<void> Refresh::keep(PartState& part, const std::string& region, StoredRegion told) {
  part.stored[region] = std::move(told);
  return catalog::write_stored_part(seams_.folder, part.name, part.stored);
}

void Refresh::note_failure(PartState& part, Error error) {
  if (error.kind == ErrorClass::interrupted) interrupted_ = true;
  ++part.outcome.failed;
  if (!part.outcome.error) part.outcome.error = std::move(error);
}

void Refresh::answer(const Question& question) {
  auto told = question.part->ask(seams_.client, seams_.clock, question.region);
  const std::lock_guard lock(mutex_);
  ++answered_;
  PartState& part = *question.part;
  if (!told) {
    note_failure(part, std::move(told).error());
  } else if (auto kept = keep(part, question.region, std::move(*told)); !kept) {
    note_failure(part, std::move(kept).error());
  } else {
    ++part.outcome.asked;
  }
  seams_.progress(fmt::format("Reading {} region{}: {} of {} answers ({} of {})", regions_.size(),
                              regions_.size() == 1 ? "" : "s", answered_, questions_, part.name, question.region));
}

void Refresh::ask_parts() {
  std::vector<Question> questions;
  for (PartState& part : parts_) {
    for (const std::string& region : regions_) {
      const auto stored = part.stored.find(region);
      if (stored != part.stored.end() && is_new(stored->second)) {
        ++part.outcome.kept;
      } else {
        questions.push_back({&part, region});
      }
    }
  }
  questions_ = questions.size();
  std::atomic<std::size_t> next{0};
  const auto work = [&] {
    for (std::size_t index = next++; index < questions.size() && !interrupted_; index = next++) {
      answer(questions[index]);
    }
  };
  std::vector<std::jthread> threads;
  for (std::size_t count = 1; count < std::min(questions.size(), most_at_once); ++count) threads.emplace_back(work);
  work();
}

/// Types that the region offers and nobody has told yet.
Names Refresh::missing_types(const std::string& region) {
  Names missing;
  for (std::string& name : names_in(parts_[0].stored[region].rows)) {
    if (!known_types_.contains(name)) missing.push_back(std::move(name));
  }
  return missing;
}

Result<void> Refresh::keep_types(const std::vector<aws::TypeInfo>& infos, bool all) {
  const std::string key(catalog::everywhere);
  const StoredRegion& before = types_.stored[key];
  const std::string now = iso8601(seams_.clock.now(), false);
  StoredRegion told{now, now.substr(0, 10), merge_types(before.rows, infos)};
  // Some types more do not make the others newer.
  if (!all && !before.asked.empty()) {
    told.asked = before.asked;
    told.as_of = before.as_of;
  }
  for (const aws::TypeInfo& info : infos) known_types_.insert(info.name);
  return keep(types_, key, std::move(told));
}

/// All of the region's types, or those that are missing.
void Refresh::ask_types_of(const std::string& region, bool all) {
  const Names missing = missing_types(region);
  all = all || missing.size() > many_types;
  if (!all && missing.empty()) return;
  seams_.progress(fmt::format("Reading types in {}", region));
  for (std::size_t begin = 0; begin < missing.size() || all; begin += names_at_once) {
    const auto end = std::min(begin + names_at_once, missing.size());
    const Names names = all ? Names{}
                            : Names(missing.begin() + static_cast<std::ptrdiff_t>(begin),
                                    missing.begin() + static_cast<std::ptrdiff_t>(end));
    const auto infos = aws::Ec2(seams_.client, region).describe_instance_types(names);
    if (!infos) return note_failure(types_, infos.error());
    if (auto kept = keep_types(*infos, all); !kept) return note_failure(types_, std::move(kept).error());
    if (all) break;
  }
  ++types_.outcome.asked;
}

/// Types are the same everywhere: one region tells nearly all of them, the others what it does not have.
void Refresh::ask_types() {
  const auto stored = types_.stored.find(std::string(catalog::everywhere));
  const bool is_kept = stored != types_.stored.end() && is_new(stored->second);
  if (is_kept) {
    types_.outcome.kept = 1;
    for (std::string& name : names_in(stored->second.rows)) known_types_.insert(std::move(name));
  }
  Names order = regions_;
  const auto home = std::ranges::find(order, request_.home);
  if (home != order.end()) std::rotate(order.begin(), home, home + 1);
  bool all = !is_kept;
  for (const std::string& region : order) {
    if (interrupted_) return;
    ask_types_of(region, all);
    all = all && types_.outcome.asked == 0;
  }
}

Result<Refreshed> Refresh::finish() {
  Refreshed refreshed{regions_, {}};
  bool any = false;
  std::optional<Error> first;
  for (PartState* part : {&types_, &parts_[0], &parts_[1], &parts_[2], &parts_[3]}) {
    for (const auto& [name, region] : part->stored) part->outcome.rows += std::ranges::count(region.rows, '\n');
    any = any || part->outcome.asked > 0 || part->outcome.kept > 0;
    if (!first) first = part->outcome.error;
    refreshed.parts.push_back(part->outcome);
  }
  if (interrupted_) {
    return fail(ErrorClass::interrupted, "Interrupted.", "What was read is kept: the next refresh goes on from there.");
  }
  if (!any && first) return std::unexpected(std::move(*first));
  return refreshed;
}

Result<Refreshed> Refresh::run() {
  if (auto found = find_regions(); !found) return pass(found);
  load(types_);
  for (PartState& part : parts_) load(part);
  ask_parts();
  if (!interrupted_) ask_types();
  return finish();
}

}  // namespace

Result<Refreshed> refresh(const RefreshSeams& seams, const RefreshRequest& request) {
  if (auto made = make_folder(seams.folder); !made) return pass(made);
  auto lock = FileLock::acquire(seams.folder / "refresh.lock", seams.clock, Duration{0});
  if (!lock) return pass(lock);
  if (!*lock) {
    return fail(ErrorClass::conflict, "Another hotaru is refreshing the catalogue.", "Wait until it is done.");
  }
  return Refresh(seams, request).run();
}

}  // namespace hotaru::market
