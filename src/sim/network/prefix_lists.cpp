#include <fmt/format.h>

#include "base/digest.h"
#include "base/text.h"
#include "sim/describe.h"
#include "sim/network/actions.h"

namespace hotaru::sim::actions {

namespace {

/// A list of AWS's own: of the services with gateway endpoints. Ids and addresses are made up (RFC 5737).
struct PrefixList {
  std::string id;
  std::string name;
  std::string cidr;
};

const IdForm prefix_list_form{"pl", "InvalidPrefixListID.Malformed", "InvalidPrefixListID.NotFound", "prefix list ID"};

std::vector<PrefixList> all_lists(const Context& context) {
  std::vector<PrefixList> all;
  for (const auto& [service, cidr] : {std::pair("s3", "198.51.100.0/25"), std::pair("dynamodb", "198.51.100.128/25")}) {
    const std::string name = fmt::format("com.amazonaws.{}.{}", context.region, service);
    all.push_back({"pl-" + hex_encode(sha256(name)).substr(0, 8), name, cidr});
  }
  return all;
}

Description<PrefixList> description() {
  return {"PrefixListId",
          prefix_list_form,
          {{"prefix-list-id", [](const PrefixList& one) { return Values{one.id}; }},
           {"prefix-list-name", [](const PrefixList& one) { return Values{one.name}; }},
           {"owner-id", [](const PrefixList&) { return Values{std::string("AWS")}; }}}};
}

}  // namespace

ApiResult<Xml> describe_prefix_lists(Context& context, const Parameters& parameters) {
  const auto rows = all_lists(context);
  auto page = describe_rows(context, parameters, rows, description());
  if (!page) return std::unexpected(page.error());
  Xml xml;
  xml.set("prefixListSet", page->items, [](const PrefixList* one, Xml& item) {
    item.text("prefixListId", one->id).text("prefixListName", one->name).set_of_texts("cidrSet", "", Values{one->cidr});
  });
  page->write_token(xml);
  return xml;
}

ApiResult<Xml> describe_managed_prefix_lists(Context& context, const Parameters& parameters) {
  const auto rows = all_lists(context);
  auto page = describe_rows(context, parameters, rows, description());
  if (!page) return std::unexpected(page.error());
  Xml xml;
  xml.set("prefixListSet", page->items, [&](const PrefixList* one, Xml& item) {
    item.text("prefixListId", one->id)
        .text("addressFamily", "IPv4")
        .text("state", "create-complete")
        .text("prefixListArn", fmt::format("arn:aws:ec2:{}:aws:prefix-list/{}", context.region, one->id))
        .text("prefixListName", one->name)
        .text("ownerId", "AWS");
    write_tags(item, {});
  });
  page->write_token(xml);
  return xml;
}

}  // namespace hotaru::sim::actions
