#pragma once

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
std::string json_text(const lifecycle::Listing& listing, bool simulated);
std::string json_text(const lifecycle::Facts& facts, bool simulated);
std::string json_text(const lifecycle::Facts& facts, const lifecycle::Access& access, bool simulated);
std::string json_text(const lifecycle::Ended& ended);
std::string json_text(const sim::SimInfo& info, bool found);
std::string json_text(const sim::SimStatus& status);
std::string json_text(const std::vector<sim::Variable>& variables);
/// A flat object of texts, in this order.
std::string json_fields(const std::vector<std::pair<std::string, std::string>>& fields);

}  // namespace hotaru::cli
