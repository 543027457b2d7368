#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "lifecycle/lifecycle.h"
#include "sim/control/control.h"

/// Values as JSON, one object and a newline: the stable output of `-o json` (docs/json.md). Only render.cpp knows a
/// JSON library.
namespace hotaru::cli {

std::string json_text(const Error& error);
std::string json_text(const lifecycle::LaunchPlan& plan, bool simulated);
std::string json_text(const lifecycle::Launched& launched, bool simulated);
std::string json_text(const lifecycle::Facts& facts, bool simulated);
std::string json_text(const lifecycle::Facts& facts, const std::optional<Result<guard::Status>>& guard, bool simulated);
std::string json_text(const lifecycle::Limited& limited, bool simulated);
std::string json_text(const guard::Limits& limits);
std::string json_text(const guard::Status& status);
std::string json_text(const std::vector<lifecycle::Settled>& settled,
                      const std::vector<lifecycle::RegionError>& errors);
std::string json_text(const lifecycle::Facts& facts, const lifecycle::Access& access, bool simulated);
std::string json_text(const lifecycle::Ended& ended);
std::string json_text(const sim::SimInfo& info, bool found);
std::string json_text(const sim::SimStatus& status);
std::string json_text(const std::vector<sim::Variable>& variables);
/// One step of `hotaru selftest`.
struct SelftestStep {
  std::string what;
  bool ok;
  std::string seen;
  Duration took;
};
std::string selftest_json(const std::vector<SelftestStep>& steps, long calls, bool simulated);
/// A flat object of texts, in this order.
std::string json_fields(const std::vector<std::pair<std::string, std::string>>& fields);

/// `{"instances": […], "errors": […]}` in pieces, for lists of any length.
class ListingText {
 public:
  explicit ListingText(bool simulated) : simulated_(simulated) {}
  std::string part(const std::vector<lifecycle::Facts>& instances);
  std::string end(const std::vector<lifecycle::RegionError>& errors);

 private:
  bool simulated_;
  bool begun_ = false;
};

}  // namespace hotaru::cli
