#include "catalog/stored.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstring>
#include <tuple>

#include "base/file.h"
#include "base/text.h"
#include "catalog/stored_rows.h"

namespace hotaru::catalog {

namespace {

constexpr std::string_view title = "hotaru catalogue 1";

std::filesystem::path file_of(const std::filesystem::path& folder, std::string_view part) {
  return folder / (std::string(part) + ".txt");
}

/// What a region told, as it stands in the rows of a table.
struct Block {
  RowPlace place;
  std::string_view text;  ///< its rows
  std::size_t begin = 0;
  std::size_t end = 0;
};

template <class Row>
struct Table {
  std::vector<Block> blocks;
  std::vector<Row> rows;
};

/// Takes a line off the front, without its newline.
std::string_view take_line(std::string_view& text) {
  const void* found = std::memchr(text.data(), '\n', text.size());
  const std::size_t length =
      found != nullptr ? static_cast<std::size_t>(static_cast<const char*>(found) - text.data()) : text.size();
  const std::string_view line = text.substr(0, length);
  text.remove_prefix(std::min(length + 1, text.size()));
  return line;
}

/// "@us-east-1 …"; what is no such line has no region.
RowPlace place_of_header(std::string_view line) {
  Cells cells(line.substr(1));
  RowPlace place{cells.next(), cells.next(), cells.next()};
  if (!cells.done() || place.as_of.empty()) place.region = {};
  return place;
}

/// The rows that the title promises; nullopt if it is none.
std::optional<std::size_t> promised_rows(std::string_view line, std::string_view part) {
  Cells cells(line);
  const bool ours = cells.next() == title && cells.next() == part;
  int count = 0;
  if (!ours || !cells.number(count) || !cells.done()) return std::nullopt;
  return static_cast<std::size_t>(count);
}

/// False if it is damaged: another title, a row that makes no sense, another order, another number of rows.
template <class Row>
bool parse(std::string_view text, std::string_view part, Table<Row>& into) {
  if (!text.ends_with('\n')) return false;
  const auto promised = promised_rows(take_line(text), part);
  if (!promised || *promised > text.size()) return false;
  into.rows.reserve(*promised);
  while (!text.empty()) {
    const char* const begin = text.data();
    const std::string_view line = take_line(text);
    if (line.starts_with('@')) {
      const RowPlace place = place_of_header(line);
      const bool in_order = into.blocks.empty() || into.blocks.back().place.region < place.region;
      if (place.region.empty() || !in_order) return false;
      into.blocks.push_back({place, std::string_view(text.data(), 0), into.rows.size(), into.rows.size()});
      continue;
    }
    Row row{};
    if (into.blocks.empty() || !read_row(line, into.blocks.back().place, row)) return false;
    Block& block = into.blocks.back();
    if (block.end > block.begin && !(key_of(into.rows.back()) < key_of(row))) return false;
    into.rows.push_back(row);
    block.end = into.rows.size();
    const auto length = static_cast<std::size_t>(begin - block.text.data()) + line.size() + 1;
    block.text = std::string_view(block.text.data(), length);
  }
  return into.rows.size() == *promised;
}

template <class Row>
std::optional<StoredRegions> regions_of(std::string_view text, std::string_view part) {
  Table<Row> table;
  if (!parse(text, part, table)) return std::nullopt;
  StoredRegions regions;
  for (const Block& block : table.blocks) {
    regions[std::string(block.place.region)] = {std::string(block.place.asked), std::string(block.place.as_of),
                                                std::string(block.text)};
  }
  return regions;
}

/// Rows of both; where a region stands in `stored` those of `base` are left out.
template <class Row>
std::vector<Row> put_together(std::span<const Row> base, const Table<Row>& stored) {
  std::vector<Row> rows;
  rows.reserve(base.size() + stored.rows.size());
  auto next = base.begin();
  const auto take_until = [&](std::string_view region) {
    while (next != base.end() && next->region < region) rows.push_back(*next++);
  };
  for (const Block& block : stored.blocks) {
    take_until(block.place.region);
    while (next != base.end() && next->region == block.place.region) ++next;
    rows.insert(rows.end(), stored.rows.begin() + static_cast<std::ptrdiff_t>(block.begin),
                stored.rows.begin() + static_cast<std::ptrdiff_t>(block.end));
  }
  rows.insert(rows.end(), next, base.end());
  return rows;
}

/// Types that a refresh did not see are still there in regions that it did not ask.
std::vector<InstanceType> put_together(std::span<const InstanceType> base, const Table<InstanceType>& stored) {
  std::vector<InstanceType> rows;
  rows.reserve(base.size() + stored.rows.size());
  std::ranges::set_union(stored.rows, base, std::back_inserter(rows), {}, &InstanceType::name, &InstanceType::name);
  return rows;
}

/// All that a catalogue's rows point to.
struct Owner {
  explicit Owner(Catalog catalogue) : base(std::move(catalogue)) {}

  Catalog base;
  std::vector<InstanceType> types = {};
  std::vector<Offering> offerings = {};
  std::vector<PriceRow> prices = {};
  std::vector<SpotPrice> spot = {};
  std::vector<StoragePrice> storage = {};
  std::vector<std::unique_ptr<std::string>> texts = {};
};

/// Reads a folder's files.
class Reading {
 public:
  Reading(Owner& owner, const std::filesystem::path& folder, const StoredNote& note)
      : parts(owner.base.parts()), owner_(owner), folder_(folder), note_(note) {}

  std::vector<Part> parts;

  /// True if the folder has it.
  template <class Row>
  bool read(std::string_view part, std::string_view action, std::span<const Row> from, std::vector<Row>& into);

 private:
  void describe(std::string_view part, std::string_view action, const std::vector<Block>& blocks, bool all);
  std::string_view keep(std::string text) {
    return *owner_.texts.emplace_back(std::make_unique<std::string>(std::move(text)));
  }

  Owner& owner_;
  const std::filesystem::path& folder_;
  const StoredNote& note_;
};

template <class Row>
bool Reading::read(std::string_view part, std::string_view action, std::span<const Row> from, std::vector<Row>& into) {
  const auto file = file_of(folder_, part);
  auto text = read_file(file);
  if (!text) {
    if (text.error().kind != ErrorClass::not_found) note_(text.error().message);
    return false;
  }
  Table<Row> table;
  if (!parse(keep(std::move(*text)), part, table)) {
    note_(fmt::format("{} is damaged and was ignored; 'hotaru catalog refresh' writes it anew.", file.string()));
    return false;
  }
  if (table.blocks.empty()) return false;
  into = put_together(from, table);
  describe(part, action, table.blocks, into.size() == table.rows.size());
  return true;
}

void Reading::describe(std::string_view part, std::string_view action, const std::vector<Block>& blocks, bool all) {
  const auto oldest = [](const Block& block) { return block.place.as_of; };
  std::string source(action);
  if (part != part::types) source += fmt::format(", {} region{}", blocks.size(), blocks.size() == 1 ? "" : "s");
  if (!all) source += "; others built in";
  const Part described{part, std::ranges::min_element(blocks, {}, oldest)->place.as_of, keep(std::move(source))};
  const auto found = std::ranges::find(parts, part, &Part::name);
  if (found != parts.end()) {
    *found = described;
  } else {
    parts.push_back(described);
  }
}

}  // namespace

Result<StoredRegions> read_stored_part(const std::filesystem::path& folder, std::string_view part) {
  const auto file = file_of(folder, part);
  auto text = read_file(file);
  if (!text && text.error().kind == ErrorClass::not_found) return StoredRegions{};
  if (!text) return pass(text);
  auto regions = part == part::types       ? regions_of<InstanceType>(*text, part)
                 : part == part::offerings ? regions_of<Offering>(*text, part)
                 : part == part::prices    ? regions_of<PriceRow>(*text, part)
                 : part == part::spot      ? regions_of<SpotPrice>(*text, part)
                                           : regions_of<StoragePrice>(*text, part);
  if (!regions) return fail(ErrorClass::invalid, fmt::format("{} is damaged.", file.string()));
  return std::move(*regions);
}

Result<void> write_stored_part(const std::filesystem::path& folder, std::string_view part,
                               const StoredRegions& regions) {
  std::ptrdiff_t count = 0;
  for (const auto& [name, region] : regions) count += std::ranges::count(region.rows, '\n');
  std::string text = fmt::format("{}\t{}\t{}\n", title, part, count);
  for (const auto& [name, region] : regions) {
    text += fmt::format("@{}\t{}\t{}\n", name, region.asked, region.as_of);
    text += region.rows;
  }
  if (auto made = make_folder(folder); !made) return made;
  return write_file(file_of(folder, part), text);
}

Catalog with_stored(const Catalog& base, const std::filesystem::path& folder, const StoredNote& note) {
  auto owner = std::make_shared<Owner>(base);
  Reading reading(*owner, folder, note);
  Tables tables = base.tables();
  bool any = false;
  const auto take = [&](std::string_view part, std::string_view action, auto& rows, auto& span) {
    if (!reading.read(part, action, span, rows)) return;
    span = rows;
    any = true;
  };
  take(part::types, "DescribeInstanceTypes", owner->types, tables.types);
  take(part::offerings, "DescribeInstanceTypeOfferings", owner->offerings, tables.offerings);
  take(part::prices, "AWS Price List", owner->prices, tables.prices);
  take(part::spot, "DescribeSpotPriceHistory", owner->spot, tables.spot);
  take(part::storage, "AWS Price List", owner->storage, tables.storage);
  if (!any) return base;
  return {tables, std::move(reading.parts), std::move(owner)};
}

}  // namespace hotaru::catalog
