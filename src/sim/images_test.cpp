#include "sim/images.h"

#include "sim/scenario/script.h"
#include "sim/test_instances.h"

namespace hotaru::sim {
namespace {

class Images : public TestInstances {
 protected:
  std::string described(const std::string& family) {
    return call("DescribeImages", {{"ImageId.1", image("us-east-1", family)}});
  }
};

TEST_F(Images, OfDeepLearningAreLargeAndBootAsTheOthers) {
  const std::string shown = described("deep-learning");
  EXPECT_EQ(value(shown, "volumeSize"), "35");
  EXPECT_EQ(value(shown, "imageOwnerAlias"), "amazon");
  EXPECT_EQ(value(shown, "enaSupport"), "true");
  EXPECT_NE(value(shown, "description").find("simulated by hotaru"), std::string::npos);
  const Form small{{"ImageId", image("us-east-1", "deep-learning")},
                   {"BlockDeviceMapping.1.DeviceName", "/dev/sda1"},
                   {"BlockDeviceMapping.1.Ebs.VolumeSize", "20"}};
  EXPECT_EQ(code(call("RunInstances", launch(small))), "InvalidBlockDeviceMapping");
  EXPECT_NE(run({{"ImageId", image("us-east-1", "deep-learning")}}), "");
  EXPECT_EQ(value(described("deep-learning-al2023"), "imdsSupport"), "v2.0");
}

TEST_F(Images, OfWindowsAreShownAndNotLaunched) {
  const std::string shown = described("windows");
  EXPECT_EQ(value(shown, "platform"), "windows");
  EXPECT_EQ(value(shown, "usageOperation"), "RunInstances:0002");
  EXPECT_EQ(code(call("RunInstances", launch({{"ImageId", image("us-east-1", "windows")}}))), "UnsupportedOperation");
}

TEST_F(Images, OfTheMarketplaceWantASubscription) {
  const std::string shown = described("marketplace");
  EXPECT_EQ(value(shown, "type"), "marketplace");
  EXPECT_EQ(value(call("DescribeImages",
                       {{"Filter.1.Name", "product-code"}, {"Filter.1.Value.1", value(shown, "productCode")}}),
                  "imageId"),
            image("us-east-1", "marketplace"));
  const Form form = launch({{"ImageId", image("us-east-1", "marketplace")}});
  const std::string refused = call("RunInstances", form);
  EXPECT_EQ(code(refused), "OptInRequired");
  EXPECT_NE(refused.find("https://aws.amazon.com/marketplace/pp?sku=" + value(shown, "productCode")),
            std::string::npos);
  Script script(clock_);
  world_->follow(script);
  script.load(*parse_scenario("marketplace: subscribed", "s"), clock_.now());
  EXPECT_NE(value(call("RunInstances", form), "instanceId"), "");
}

}  // namespace
}  // namespace hotaru::sim
