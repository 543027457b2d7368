#include "catalog/quotas.h"

#include <algorithm>
#include <string>

namespace hotaru::catalog {

namespace {

constexpr std::string_view running_p = "Running On-Demand P instances";
constexpr std::string_view running_p_code = "L-417A185B";

// Codes: Service Quotas' own; where none stands here, the name decides (they are the same in all regions).
constexpr QuotaFamily family_table[] = {
    {"g", "Running On-Demand G and VT instances", "L-DB2E81BA", "All G and VT Spot Instance Requests", "L-3819A6DF",
     true},
    {"p", running_p, running_p_code, "All P4, P3 and P2 Spot Instance Requests", "L-7212CCBC", true},
    {"p5", running_p, running_p_code, "All P5 Spot Instance Requests", "L-C4BD4855", true},
    {"p6", running_p, running_p_code, "All P6 Spot Instance Requests", "", true},
    {"standard", "Running On-Demand Standard (A, C, D, H, I, M, R, T, Z) instances", "L-1216C47A",
     "All Standard (A, C, D, H, I, M, R, T, Z) Spot Instance Requests", "L-34B43A08", false},
    {"dl", "Running On-Demand DL instances", "", "All DL Spot Instance Requests", "", false},
    {"f", "Running On-Demand F instances", "", "All F Spot Instance Requests", "", false},
    {"hpc", "Running On-Demand HPC instances", "", "", "", false},
    {"inf", "Running On-Demand Inf instances", "", "All Inf Spot Instance Requests", "", false},
    {"trn", "Running On-Demand Trn instances", "", "All Trn Spot Instance Requests", "", false},
    {"u", "Running On-Demand High Memory instances", "", "", "", false},
    {"x", "Running On-Demand X instances", "", "All X Spot Instance Requests", "", false},
};

const QuotaFamily* find(std::string_view name) {
  const auto found = std::ranges::find(family_table, name, &QuotaFamily::name);
  return found != std::end(family_table) ? &*found : nullptr;
}

}  // namespace

std::span<const QuotaFamily> quota_families() { return family_table; }

const QuotaFamily* quota_family_of(std::string_view type) {
  const std::string_view family = type.substr(0, type.find('.'));
  const auto generation = family.find_first_of("0123456789-");
  const std::string_view letters = family.substr(0, generation);
  if (letters.empty()) return nullptr;
  // "gr6" is a G with more memory; "im4gn", "is4gen" are I; "cg1" was a C.
  if (letters == "vt" || letters == "gr") return find("g");
  if (letters == "p") {
    const std::string_view digits = generation == std::string_view::npos ? "" : family.substr(generation, 1);
    return find(digits == "5" ? "p5" : digits == "6" ? "p6" : "p");
  }
  if (const QuotaFamily* same = find(letters)) return same;
  if (std::string_view("acdhimrtz").find(letters.front()) != std::string_view::npos) return find("standard");
  return nullptr;
}

}  // namespace hotaru::catalog
