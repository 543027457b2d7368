// The rows of the sim's database. The first byte chooses the kind.
#include "base/text.h"
#include "fuzz/fuzz.h"
#include "sim/model.h"

namespace hotaru::sim {
namespace {

using fuzz::require;

template <class Row>
void look_at(const std::string& text) {
  Row row;
  if (!decode(text, row)) return;
  Row again;
  require(decode(encode(row), again), "a row that was written can be read");
  require(encode(again) == encode(row), "a row written down reads the same");
}

constexpr void (*kinds[])(const std::string&) = {look_at<Vpc>,
                                                 look_at<Subnet>,
                                                 look_at<InternetGateway>,
                                                 look_at<RouteTable>,
                                                 look_at<SecurityGroup>,
                                                 look_at<KeyPair>,
                                                 look_at<Volume>,
                                                 look_at<NetworkInterface>,
                                                 look_at<Instance>,
                                                 look_at<ResourceTags>,
                                                 look_at<QuotaChange>,
                                                 look_at<LaunchTemplate>,
                                                 look_at<Fleet>,
                                                 look_at<ElasticAddress>,
                                                 look_at<DhcpOptions>,
                                                 look_at<PlacementGroup>,
                                                 look_at<Snapshot>,
                                                 look_at<Image>,
                                                 look_at<VolumeModification>,
                                                 look_at<Setting>};

}  // namespace

HOTARU_FUZZ(input) {
  const auto kind = kinds[fuzz::take_byte(input) % std::size(kinds)];
  kind(std::string(input));
}

}  // namespace hotaru::sim
