// Turns data/*.csv into constant C++ tables, included by src/catalog/catalog.cpp. Runs at build time only.
// usage: make-catalog DATA_FOLDER OUTPUT
#include <algorithm>
#include <fstream>
#include <iostream>
#include <map>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

namespace {

using Row = std::map<std::string, std::string>;

std::vector<std::string> cells_of(const std::string& line) {
  std::vector<std::string> cells;
  std::stringstream stream(line);
  for (std::string cell; std::getline(stream, cell, ',');) cells.push_back(cell);
  if (line.ends_with(',')) cells.emplace_back();
  return cells;
}

std::vector<Row> read(const std::string& path) {
  std::ifstream file(path);
  if (!file) throw std::runtime_error("cannot read " + path);
  std::string line;
  std::getline(file, line);
  const std::vector<std::string> names = cells_of(line);
  std::vector<Row> rows;
  while (std::getline(file, line)) {
    const std::vector<std::string> cells = cells_of(line);
    if (cells.size() != names.size()) throw std::runtime_error(path + ": a row of another length: " + line);
    Row row;
    for (std::size_t i = 0; i < cells.size(); ++i) row[names[i]] = cells[i];
    rows.push_back(std::move(row));
  }
  return rows;
}

std::string number(const std::string& text) { return text.empty() ? "0" : text; }

void write_types(std::ostream& out, std::vector<Row> rows) {
  std::ranges::sort(rows, {}, [](const Row& row) { return row.at("instance_type"); });
  out << "constexpr InstanceType type_table[] = {\n";
  for (const Row& row : rows) {
    out << "{\"" << row.at("instance_type") << "\", \"" << row.at("arch") << "\", " << row.at("vcpus") << ", "
        << row.at("memory_mib") << ", \"" << row.at("gpu_manufacturer") << "\", \"" << row.at("gpu_name") << "\", "
        << number(row.at("gpu_count")) << ", " << number(row.at("logical_gpu_count")) << ", "
        << number(row.at("gpu_partition")) << ", " << number(row.at("gpu_memory_mib")) << ", "
        << number(row.at("local_nvme_gb")) << ", \"" << row.at("network") << "\", " << row.at("efa") << ", \""
        << row.at("ena") << "\", " << row.at("bare_metal") << ", \"" << row.at("virtualization") << "\", \""
        << row.at("boot_modes") << "\", \"" << row.at("usage_classes") << "\", " << row.at("current_generation")
        << "},\n";
  }
  out << "};\n";
}

/// Both tables are sorted by region, then type: catalog.cpp searches them by bisection.
void write_by_region(std::ostream& out, std::vector<Row> rows, const std::string& head,
                     const std::vector<std::string>& numbers, const std::vector<std::string>& texts) {
  std::ranges::sort(rows, {}, [](const Row& row) { return std::pair(row.at("region"), row.at("instance_type")); });
  out << head << " = {\n";
  for (const Row& row : rows) {
    out << "{\"" << row.at("region") << "\", \"" << row.at("instance_type") << '"';
    for (const std::string& name : numbers) out << ", " << number(row.at(name));
    for (const std::string& name : texts) out << ", \"" << row.at(name) << '"';
    out << "},\n";
  }
  out << "};\n";
}

}  // namespace

int main(int count, char** arguments) try {
  if (count != 3) throw std::runtime_error("usage: make-catalog DATA_FOLDER OUTPUT");
  const std::string data = arguments[1];
  std::ofstream out(arguments[2]);
  out << "// Made by tools/make_catalog.cpp from data/; do not edit.\n";
  write_types(out, read(data + "/instance_types.csv"));
  write_by_region(out, read(data + "/offerings.csv"), "constexpr Offering offering_table[]", {}, {"zone_ids"});
  write_by_region(out, read(data + "/prices_on_demand_linux.csv"), "constexpr PriceRow price_table[]", {"usd_per_hour"},
                  {"as_of"});
  write_by_region(out, read(data + "/spot_advisor.csv"), "constexpr SpotAdvice advice_table[]", {"savings_percent"},
                  {"interruption"});
  out.flush();
  if (!out) throw std::runtime_error(std::string("cannot write ") + arguments[2]);
  return 0;
} catch (const std::exception& problem) {
  std::cerr << "make-catalog: " << problem.what() << '\n';
  return 1;
}
