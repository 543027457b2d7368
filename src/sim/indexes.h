#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "sim/address_set.h"
#include "sim/model.h"

/// What is kept beside the objects of a table, so that no call has to look at all of them. A Table keeps its own index
/// with every change: it cannot get stale.
namespace hotaru::sim {

/// The ids that go with a text; an empty text has none.
class Lookup {
 public:
  void add(const SharedText& text, const SharedText& id) {
    if (!text.empty()) pairs_.emplace(text, id);
  }
  void remove(const SharedText& text, const SharedText& id) { pairs_.erase({text, id}); }
  bool contains(std::string_view text) const;
  /// In order.
  std::vector<SharedText> ids(std::string_view text) const;
  bool operator==(const Lookup&) const = default;

 private:
  std::set<std::pair<SharedText, SharedText>> pairs_;
};

/// How many there are of each kind.
template <class Key>
class Tally {
 public:
  void change(const Key& key, std::int64_t by) {
    std::int64_t& count = counts_[key];
    count += by;
    if (count == 0) counts_.erase(key);
  }
  std::int64_t of(const Key& key) const {
    const auto found = counts_.find(key);
    return found == counts_.end() ? 0 : found->second;
  }
  const std::map<Key, std::int64_t>& all() const { return counts_; }
  bool operator==(const Tally&) const = default;

 private:
  std::map<Key, std::int64_t> counts_;
};

/// The index of a table; most have none.
template <class T>
class Index {
 public:
  void add(const T&) {}
  void remove(const T&) {}
  bool operator==(const Index&) const = default;
};

template <>
class Index<Instance> {
 public:
  struct Place {
    SharedText type;
    SharedText zone;
    SharedText market;  ///< "on-demand", "spot"
    auto operator<=>(const Place&) const = default;
  };
  void add(const Instance& instance) { change(instance, 1); }
  void remove(const Instance& instance) { change(instance, -1); }

  /// Those on their way to another state, or not booted yet: their machines are to be asked.
  const std::set<SharedText>& restless() const { return restless_; }
  /// Terminated, oldest first.
  const std::set<std::pair<TimePoint, SharedText>>& terminated() const { return terminated_; }
  const Lookup& by_token() const { return by_token_; }
  /// Members of security groups; terminated ones are none.
  const Lookup& by_group() const { return by_group_; }
  const Lookup& by_spot_request() const { return by_spot_request_; }
  const Tally<SharedText>& states() const { return states_; }
  /// Where capacity is taken: pending and running ones.
  const Tally<Place>& occupied() const { return occupied_; }
  bool operator==(const Index&) const = default;

 private:
  void change(const Instance& instance, int by);

  std::set<SharedText> restless_;
  std::set<std::pair<TimePoint, SharedText>> terminated_;
  Lookup by_token_;
  Lookup by_group_;
  Lookup by_spot_request_;
  Tally<SharedText> states_;
  Tally<Place> occupied_;
};

template <>
class Index<Volume> {
 public:
  void add(const Volume& volume) { change(volume, 1); }
  void remove(const Volume& volume) { change(volume, -1); }

  /// Those that are being made, attached or detached.
  const std::set<SharedText>& restless() const { return restless_; }
  const Lookup& by_token() const { return by_token_; }
  bool operator==(const Index&) const = default;

 private:
  void change(const Volume& volume, int by);

  std::set<SharedText> restless_;
  Lookup by_token_;
};

template <>
class Index<NetworkInterface> {
 public:
  void add(const NetworkInterface& one) { change(one, 1); }
  void remove(const NetworkInterface& one) { change(one, -1); }

  const AddressSet& private_ips(const SharedText& subnet_id) const;
  const AddressSet& public_ips() const { return public_ips_; }
  std::int64_t in_subnet(const SharedText& subnet_id) const { return by_subnet_.of(subnet_id); }
  std::int64_t in_group(const SharedText& group_id) const { return by_group_.of(group_id); }
  std::int64_t in_vpc(const SharedText& vpc_id) const { return by_vpc_.of(vpc_id); }
  /// Interfaces of a group that are not the first one of an instance.
  const Lookup& further_by_group() const { return further_by_group_; }
  /// Those with a public address.
  std::int64_t public_in_vpc(const SharedText& vpc_id) const { return public_by_vpc_.of(vpc_id); }
  bool operator==(const Index&) const = default;

 private:
  void change(const NetworkInterface& one, int by);

  std::map<SharedText, AddressSet> private_ips_;  ///< by subnet
  AddressSet public_ips_;
  Tally<SharedText> by_subnet_;
  Tally<SharedText> by_group_;
  Tally<SharedText> by_vpc_;
  Tally<SharedText> public_by_vpc_;
  Lookup further_by_group_;
};

template <>
class Index<ElasticAddress> {
 public:
  void add(const ElasticAddress& one) { change(one, 1); }
  void remove(const ElasticAddress& one) { change(one, -1); }

  const Lookup& by_public_ip() const { return by_public_ip_; }
  const AddressSet& public_ips() const { return public_ips_; }
  bool operator==(const Index&) const = default;

 private:
  void change(const ElasticAddress& one, int by);

  Lookup by_public_ip_;
  AddressSet public_ips_;
};

}  // namespace hotaru::sim
