#pragma once

#include <string>
#include <vector>

#include "sim/services/parameters.h"

/// ParameterFilters (API Reference, "ParameterStringFilter"), and the older Filters.
namespace hotaru::sim::services {

/// Which call has them: each knows other keys.
enum class FilteredBy { describe, path };

struct ParameterFilter {
  std::string key;     ///< "Name", "tag:owner"
  std::string option;  ///< "Equals", "BeginsWith", "Contains", "Recursive", "OneLevel"
  std::vector<std::string> values;
};

/// What is wrong with them stays in the input.
std::vector<ParameterFilter> read_parameter_filters(const JsonInput& input, FilteredBy call);
bool passes_filters(const KnownParameter& one, const std::vector<ParameterFilter>& filters);

/// ValidationException for what is no path of parameters.
Refusal check_parameter_path(const std::string& path);
/// Whether it lies on the path: "/" has those without a path too. Not recursive: on its first level.
bool lies_below(const KnownParameter& one, std::string path, bool recursive);

}  // namespace hotaru::sim::services
