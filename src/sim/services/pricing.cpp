#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "sim/services/page.h"
#include "sim/services/price_list.h"
#include "sim/services/services.h"

namespace hotaru::sim::services {

namespace {

constexpr auto bad_token = "InvalidNextTokenException";

/// The price list of all regions is told in three (AWS General Reference, "AWS Price List endpoints").
Refusal check_endpoint(const Context& context) {
  if (context.region == "us-east-1" || context.region == "eu-central-1" || context.region == "ap-south-1")
    return std::nullopt;
  return ApiError{
      400, "UnknownOperationException",
      fmt::format("There is no price list in {}: ask in us-east-1, eu-central-1 or ap-south-1.", context.region)};
}

Refusal check_service(const std::string& service) {
  if (service == "AmazonEC2") return std::nullopt;
  return ApiError{400, "NotFoundException",
                  fmt::format("The service '{}' is not found. (The simulator has the prices of AmazonEC2.)", service)};
}

struct ProductFilter {
  std::string field;
  std::string value;
};

std::vector<ProductFilter> read_filters(const JsonInput& input) {
  std::vector<ProductFilter> filters;
  for (const JsonInput& one : input.objects("Filters")) {
    const std::string type = one.required("Type");
    if (!type.empty() && type != "TERM_MATCH" && type != "EQUALS")
      one.refuse("InvalidParameterException",
                 "Input Parameters are invalid. (The simulator has filters of the types TERM_MATCH and EQUALS.)");
    filters.push_back({one.required("Field"), one.required("Value")});
  }
  return filters;
}

bool passes(const std::vector<ProductFilter>& filters, const Product& product) {
  return std::ranges::all_of(filters, [&](const ProductFilter& one) {
    // The service's code may be asked for under the name that calls have for it, too.
    return attribute_of(product, one.field == "ServiceCode" ? "servicecode" : one.field) == one.value;
  });
}

/// The text that a filter wants of a field; nullptr: none does.
const std::string* wanted(const std::vector<ProductFilter>& filters, std::string_view field) {
  const auto found = std::ranges::find(filters, field, &ProductFilter::field);
  return found == filters.end() ? nullptr : &found->value;
}

/// Those of the page and one more, if there are more.
std::vector<Product> products_of(const Context& context, const std::vector<ProductFilter>& filters,
                                 const JsonPage& page) {
  std::vector<Product> products;
  const std::string* region = wanted(filters, "regionCode");
  const std::string* type = wanted(filters, "instanceType");
  for (const catalog::PriceRow& row : catalog::built_in().tables().prices) {
    if ((region != nullptr && row.region != *region) || (type != nullptr && row.type != *type)) continue;
    const auto product = product_of(context.world, row);
    if (!product || product->key() <= page.after || !passes(filters, *product)) continue;
    products.push_back(*product);
    if (products.size() > page.most) return products;
  }
  for (const Product& product : storage_products()) {
    if (type != nullptr || product.key() <= page.after || !passes(filters, product)) continue;
    products.push_back(product);
    if (products.size() > page.most) break;
  }
  return products;
}

}  // namespace

ApiResult<JsonObject> get_products(Context& context, const JsonInput& input) {
  const std::string service = input.required("ServiceCode");
  const auto filters = read_filters(input);
  if (input.text("FormatVersion") != "aws_v1" && input.has("FormatVersion"))
    input.refuse("InvalidParameterException", "Input Parameters are invalid");
  const auto page = read_page(input, 100, 100, bad_token);
  if (auto no = input.finish()) return std::unexpected(*no);
  if (auto no = check_endpoint(context)) return std::unexpected(*no);
  if (auto no = check_service(service)) return std::unexpected(*no);
  const auto shown = cut(page, products_of(context, filters, page), [](const Product& one) { return one.key(); });
  std::vector<std::string> entries;
  for (const Product& one : shown.items) entries.push_back(price_list_entry(one));
  return JsonObject{}
      .text("FormatVersion", "aws_v1")
      .texts("PriceList", entries)
      .text_unless_empty("NextToken", shown.next_token);
}

ApiResult<JsonObject> describe_services(Context& context, const JsonInput& input) {
  const std::string service = input.text("ServiceCode");
  input.text("FormatVersion");
  read_page(input, 100, 100, bad_token);
  if (auto no = input.finish()) return std::unexpected(*no);
  if (auto no = check_endpoint(context)) return std::unexpected(*no);
  if (!service.empty())
    if (auto no = check_service(service)) return std::unexpected(*no);
  return JsonObject{}
      .text("FormatVersion", "aws_v1")
      .objects("Services", std::vector<std::string>{"AmazonEC2"}, [](const std::string& name, JsonObject& item) {
        item.text("ServiceCode", name).texts("AttributeNames", attribute_names());
      });
}

ApiResult<JsonObject> get_attribute_values(Context& context, const JsonInput& input) {
  const std::string service = input.required("ServiceCode");
  const std::string name = input.required("AttributeName");
  const auto page = read_page(input, 100, 100, bad_token);
  if (auto no = input.finish()) return std::unexpected(*no);
  if (auto no = check_endpoint(context)) return std::unexpected(*no);
  if (auto no = check_service(service)) return std::unexpected(*no);
  const auto names = attribute_names();
  if (std::ranges::find(names, name) == names.end())
    return refuse("NotFoundException", fmt::format("The attribute '{}' is not found.", name));
  std::set<std::string> values;
  for (const catalog::PriceRow& row : catalog::built_in().tables().prices) {
    const auto product = product_of(context.world, row);
    const auto value = product ? attribute_of(*product, name) : std::nullopt;
    if (value) values.insert(*value);
  }
  for (const Product& product : storage_products())
    if (const auto value = attribute_of(product, name)) values.insert(*value);
  const auto shown =
      cut(page, std::vector<std::string>(values.begin(), values.end()), [](const std::string& one) { return one; });
  return JsonObject{}
      .objects("AttributeValues", shown.items,
               [](const std::string& one, JsonObject& item) { item.text("Value", one); })
      .text_unless_empty("NextToken", shown.next_token);
}

}  // namespace hotaru::sim::services
