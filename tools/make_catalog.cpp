// Turns data/*.csv into constant C++ tables, included by src/catalog/catalog.cpp. Runs at build time only.
// usage: make-catalog DATA_FOLDER OUTPUT
#include <algorithm>
#include <fstream>
#include <iostream>
#include <map>
#include <set>
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

using Names = std::vector<std::string>;

Names names_of(const std::vector<Row>& rows, const std::string& column) {
  std::set<std::string> names;
  for (const Row& row : rows) names.insert(row.at(column));
  return {names.begin(), names.end()};
}

std::size_t index_in(const Names& names, const std::string& name) {
  const auto found = std::ranges::lower_bound(names, name);
  if (found == names.end() || *found != name) throw std::runtime_error("no such type or region: " + name);
  return static_cast<std::size_t>(found - names.begin());
}

void write_names(std::ostream& out, const std::string& table, const Names& names) {
  out << "constexpr std::string_view " << table << "[] = {\n";
  for (const std::string& name : names) out << '"' << name << "\",\n";
  out << "};\n";
}

/// A table by region and type, sorted so: catalog.cpp searches it by bisection. Names are places in tables of names, so
/// that the executable has nothing in it that must be relocated at each start. `column` is the value, or its place in
/// `values`.
void write_by_region(std::ostream& out, std::vector<Row> rows, const std::string& head, const Names& types,
                     const Names& regions, const std::string& column, const Names* values, const std::string& more) {
  std::ranges::sort(rows, {}, [](const Row& row) { return std::pair(row.at("region"), row.at("instance_type")); });
  out << head << " = {\n";
  for (const Row& row : rows) {
    out << '{' << index_in(regions, row.at("region")) << ", " << index_in(types, row.at("instance_type")) << ", ";
    if (values != nullptr)
      out << index_in(*values, row.at(column));
    else
      out << number(row.at(column));
    if (!more.empty()) out << ", " << row.at(more);
    out << "},\n";
  }
  out << "};\n";
}

Names join(Names names, const Names& others) {
  names.insert(names.end(), others.begin(), others.end());
  std::ranges::sort(names);
  names.erase(std::ranges::unique(names).begin(), names.end());
  return names;
}

/// All that is told by region and type.
void write_regions(std::ostream& out, const std::string& data, const Names& types) {
  const auto offerings = read(data + "/offerings.csv");
  auto prices = read(data + "/prices_on_demand_linux.csv");
  auto advice = read(data + "/spot_advisor.csv");
  const Names regions =
      join(join(names_of(offerings, "region"), names_of(prices, "region")), names_of(advice, "region"));
  const Names zones = names_of(offerings, "zone_ids");
  const Names dates = names_of(prices, "as_of");
  const Names bands = names_of(advice, "interruption");
  for (Row& row : prices) row["date"] = std::to_string(index_in(dates, row.at("as_of")));
  for (Row& row : advice) row["band"] = std::to_string(index_in(bands, row.at("interruption")));
  write_names(out, "region_names", regions);
  write_names(out, "zone_sets", zones);
  write_names(out, "price_dates", dates);
  write_names(out, "interruption_bands", bands);
  write_by_region(out, offerings, "constexpr PackedOffering packed_offerings[]", types, regions, "zone_ids", &zones, "");
  write_by_region(out, prices, "constexpr PackedPrice packed_prices[]", types, regions, "usd_per_hour", nullptr, "date");
  write_by_region(out, advice, "constexpr PackedAdvice packed_advice[]", types, regions, "savings_percent", nullptr,
                  "band");
}

}  // namespace

int main(int count, char** arguments) try {
  if (count != 3) throw std::runtime_error("usage: make-catalog DATA_FOLDER OUTPUT");
  const std::string data = arguments[1];
  std::ofstream out(arguments[2]);
  out << "// Made by tools/make_catalog.cpp from data/; do not edit.\n";
  const auto types = read(data + "/instance_types.csv");
  write_types(out, types);
  write_regions(out, data, names_of(types, "instance_type"));
  out.flush();
  if (!out) throw std::runtime_error(std::string("cannot write ") + arguments[2]);
  return 0;
} catch (const std::exception& problem) {
  std::cerr << "make-catalog: " << problem.what() << '\n';
  return 1;
}
