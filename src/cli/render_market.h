#pragma once

#include <string>
#include <vector>

#include "catalog/catalog.h"
#include "market/refresh.h"

/// What is known of the market as JSON, one object and a newline (docs/json.md).
namespace hotaru::cli {

/// A part of the catalogue as `catalog show` tells it.
struct PartFacts {
  std::string name;
  long rows = 0;
  std::string as_of;
  std::string age;  ///< for people: "3 d"; "" where the date is no day
  std::string source;
};

std::string json_text(const std::vector<PartFacts>& parts, const std::string& folder);
std::string json_text(const market::Refreshed& refreshed);

}  // namespace hotaru::cli
