// The client's reading of what Systems Manager, Service Quotas and the price list answer. The first byte chooses the
// call.
#include <cmath>

#include "aws/pricing.h"
#include "aws/quotas.h"
#include "aws/ssm.h"
#include "fuzz/fuzz.h"
#include "http/fake_transport.h"

namespace hotaru::aws {
namespace {

using fuzz::require;

void check(const OnDemandPrice& price) {
  require(!price.region.empty() && !price.type.empty(), "a price belongs to a type in a region");
  require(std::isfinite(price.usd_per_hour) && price.usd_per_hour > 0, "a price is one");
}

constexpr void (*readers[])(Client& client) = {
    [](Client& client) { (void)get_parameters(client, "us-east-1", {"a"}); },
    [](Client& client) { (void)get_quota(client, "us-east-1", "L-1"); },
    [](Client& client) {
      const auto quotas = list_quotas(client, "us-east-1");
      if (!quotas) return;
      for (const Quota& quota : *quotas) require(std::isfinite(quota.value), "a limit is a number");
    },
    [](Client& client) { (void)request_quota_increase(client, "us-east-1", "L-1", 4); },
    [](Client& client) { (void)quota_changes(client, "us-east-1", ""); },
    [](Client& client) {
      const auto prices = on_demand_prices_in(client, "us-east-1");
      if (!prices) return;
      for (const OnDemandPrice& price : *prices) check(price);
    },
};

}  // namespace

HOTARU_FUZZ(input) {
  const unsigned choice = fuzz::take_byte(input);
  if (choice >= 128) {
    std::vector<OnDemandPrice> prices;
    read_product(std::string(input), prices);
    for (const OnDemandPrice& price : prices) check(price);
    return;
  }
  http::FakeTransport transport;
  transport.answer(200, std::string(input));
  transport.answer(200, std::string(input));  // a second page
  FakeClock clock;
  SeededRandom random(1);
  Settings settings;
  settings.max_attempts = 1;
  Client client(settings,
                {transport, clock, random, [] { return Result<Credentials>(Credentials{"AK", "s", "", {}, ""}); }});
  readers[choice % std::size(readers)](client);
}

}  // namespace hotaru::aws
