#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "catalog/catalog.h"
#include "lifecycle/lifecycle.h"

/// Finds what a request left open. Reads alone, each remembered per region.
namespace hotaru::lifecycle {

/// An instance type as far as a launch needs it; the catalogue does not have every type of EC2.
struct TypeChoice {
  std::string name;
  std::string architecture;  ///< "x86_64" or "arm64"
  std::string gpu;           ///< "1 × T4 (16 GB)"; ""
  std::optional<HourlyPrice> price;
};

/// Pure: the type asked for. Retired and misspelt ones are told as such.
Result<TypeChoice> choose_type(const catalog::Catalog& catalog, const std::string& type, const std::string& region);
/// "1 × T4 (16 GB)", "" for a type without a GPU or not in the catalogue.
std::string gpu_text(std::string_view type);
std::optional<HourlyPrice> price_of(std::string_view region, std::string_view type);
/// Estimated, where no zone's price is known.
std::optional<HourlyPrice> spot_price_of(const catalog::Catalog& catalog, std::string_view region,
                                         std::string_view type);
/// `invalid` for a region that is not one of EC2's as the catalogue has them.
Result<void> check_region(const catalog::Catalog& catalog, const std::string& region);
/// The same for the endpoint in use: any will do on one of one's own, but the sim has EC2's and no others.
Result<void> check_region(const Context& context, const std::string& region);

/// The newest image of a family, the newest of the account's own with that name ('*' and '?' as wildcards), what an SSM
/// parameter names ("resolve:ssm:/aws/…", as RunInstances has it), a product of the Marketplace ("marketplace:NAME"),
/// or the one with that id. Families are found by the names that their makers give them, and where those have changed
/// by their public SSM parameters. Kept for six hours.
Result<ImageChoice> choose_image(Context& context, const std::string& region, const std::string& image,
                                 const std::string& architecture);
/// Pure: with the driver inside for NVIDIA GPUs that its open kernel modules know, else plain Ubuntu.
std::string default_image(const catalog::Catalog& catalog, const std::string& type);
/// Pure: `invalid` where EC2 would refuse the image on that type: boot mode or ENA.
Result<void> check_image_fits(const catalog::Catalog& catalog, const ImageChoice& image, const std::string& type);
void forget_image(Context& context, const std::string& region, const std::string& image,
                  const std::string& architecture);
/// Pure: the login of an image, judged by its name and description.
std::string login_of(const aws::Image& image);

/// The subnet asked for, or the default one of a zone that has the type. Kept for a day. An account without a default
/// VPC is told so; with `create_default_vpc` the choice has no id yet.
Result<SubnetChoice> choose_subnet(Context& context, const Request& request, const std::string& region,
                                   const std::string& type);
/// The zones in which a launch is tried, that of `subnet` first: all that have the type, unless one was asked for. From
/// what is remembered, without a call.
std::vector<Place> zones_to_try(Context& context, const Request& request, const TypeChoice& type,
                                const SubnetChoice& subnet);
/// "use1-az1" for "us-east-1a": each account has names of its own for the zones. A call.
Result<std::string> zone_id_of(Context& context, const std::string& region, const std::string& zone);
void forget_subnets(Context& context, const std::string& region, const std::string& subnet);

/// `invalid` unless it is an IPv4 or IPv6 range that is not the whole world; a bare address becomes /32 or /128.
Result<std::string> check_cidr(const std::string& text);

}  // namespace hotaru::lifecycle
