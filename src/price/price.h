#pragma once

#include <optional>
#include <string>
#include <vector>

#include "catalog/catalog.h"

/// What something costs in full, by EC2's rules. Pure. All amounts are US dollars before tax.
namespace hotaru::price {

/// One line of a bill.
struct Item {
  std::string what;                        ///< "instance g4dn.xlarge", "disk of 64 GiB (gp3)", "public IPv4 address"
  std::optional<double> usd_per_hour;      ///< while the instance runs; nullopt: not known
  std::optional<double> usd_when_stopped;  ///< an hour, while it is stopped
  std::string as_of;                       ///< "2025"; "" if the price is not known
  bool estimated = false;
};

struct FullPrice {
  std::vector<Item> items;
  /// What is known of it, together.
  double running() const;
  double stopped() const;
  /// No item is without a price.
  bool complete() const;
  std::vector<std::string> unknown() const;
};

struct Purchase {
  std::string type;
  std::string region;
  std::optional<double> usd_per_hour;  ///< of the instance
  std::string price_as_of;
  bool estimated = false;
  bool spot = false;  ///< one time: there is no stopping it
  int disk_gib = 0;   ///< gp3
  bool public_address = true;
  bool product = false;  ///< of the Marketplace: its software bills besides, and EC2 does not tell how much
};

/// Instance, disk and public address. The disk bills when stopped, too; the address does not, since it goes back.
/// What storage costs is the catalogue's.
FullPrice full_price(const Purchase& purchase, const catalog::Catalog& catalog = catalog::built_in());

/// An hour of a public IPv4 address, in every region; as of 2025.
inline constexpr double address_rate = 0.005;
/// A month as EBS counts it for prices per GB-month, and AWS's own calculator.
inline constexpr double hours_per_month = 730;

/// How a user wants to see amounts.
struct Taste {
  double tax_percent = 0;
  std::string currency = "usd";
  double rate = 1;              ///< units of the currency for a dollar
  std::string rate_as_of = {};  ///< the day on which the user gave it
};

/// "$0.538", "$392", "¥83"; with tax where it is wanted, three decimals below 100 dollars.
std::string amount_text(double usd, const Taste& taste);
/// "before tax", "with 10 % tax", ", ¥155 to the dollar as of 2026-11-22".
std::string taste_text(const Taste& taste);

}  // namespace hotaru::price
