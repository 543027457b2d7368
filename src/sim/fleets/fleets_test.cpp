#include "base/file.h"
#include "sim/scenario/script.h"
#include "sim/test_instances.h"

namespace hotaru::sim {
namespace {

class Fleets : public TestInstances {
 protected:
  Fleets() : script_(clock_) { world_->follow(script_); }
  void load(const std::string& yaml) {
    auto scenario = parse_scenario(yaml, "s");
    ASSERT_TRUE(scenario) << scenario.error().message;
    script_.load(*std::move(scenario), clock_.now());
  }

  Form data(const Form& more = {}) {
    Form form{{"LaunchTemplateName", "train"},
              {"LaunchTemplateData.ImageId", image()},
              {"LaunchTemplateData.InstanceInitiatedShutdownBehavior", "terminate"},
              {"LaunchTemplateData.MetadataOptions.HttpTokens", "required"},
              {"LaunchTemplateData.TagSpecification.1.ResourceType", "instance"},
              {"LaunchTemplateData.TagSpecification.1.Tag.1.Key", "owner"},
              {"LaunchTemplateData.TagSpecification.1.Tag.1.Value", "hotaru"},
              {"LaunchTemplateData.TagSpecification.2.ResourceType", "volume"},
              {"LaunchTemplateData.TagSpecification.2.Tag.1.Key", "owner"},
              {"LaunchTemplateData.TagSpecification.2.Tag.1.Value", "hotaru"}};
    for (const auto& [name, value] : more) form[name] = value;
    return form;
  }
  std::string make_template(const Form& more = {}) {
    return value(call("CreateLaunchTemplate", data(more)), "launchTemplateId");
  }
  /// A fleet of one on-demand instance, of these types in this order.
  Form fleet(const std::string& id, const std::vector<std::string>& types, const Form& more = {}) {
    const std::string config = "LaunchTemplateConfigs.1.";
    Form form{{"Type", "instant"},
              {config + "LaunchTemplateSpecification.LaunchTemplateId", id},
              {config + "LaunchTemplateSpecification.Version", "$Latest"},
              {"TargetCapacitySpecification.TotalTargetCapacity", "1"},
              {"TargetCapacitySpecification.DefaultTargetCapacityType", "on-demand"},
              {"OnDemandOptions.AllocationStrategy", "prioritized"}};
    for (std::size_t i = 0; i < types.size(); ++i) {
      const std::string offer = config + "Overrides." + std::to_string(i + 1) + ".";
      form[offer + "InstanceType"] = types[i];
      form[offer + "AvailabilityZone"] = "us-east-1a";
      form[offer + "Priority"] = std::to_string(i);
    }
    for (const auto& [name, value] : more) form[name] = value;
    return form;
  }
  const Instance& only_instance(const std::string& answer) {
    return instance(value(value(answer, "instanceIds"), "item"));
  }
  std::size_t instances() { return count(call("DescribeInstances"), "<instanceId>i-"); }

  Script script_;
};

TEST_F(Fleets, TemplatesHaveVersionsNamesAndTags) {
  const std::string id = make_template({{"TagSpecification.1.ResourceType", "launch-template"},
                                        {"TagSpecification.1.Tag.1.Key", "op"},
                                        {"TagSpecification.1.Tag.1.Value", "7"}});
  EXPECT_TRUE(id.starts_with("lt-0"));
  EXPECT_EQ(code(call("CreateLaunchTemplate", data())), "InvalidLaunchTemplateName.AlreadyExistsException");
  const std::string second =
      call("CreateLaunchTemplateVersion",
           {{"LaunchTemplateName", "train"}, {"SourceVersion", "1"}, {"LaunchTemplateData.InstanceType", "g5.xlarge"}});
  EXPECT_EQ(value(second, "versionNumber"), "2");
  EXPECT_EQ(value(second, "imageId"), image()) << "taken from its source";
  const std::string described =
      call("DescribeLaunchTemplates", {{"Filter.1.Name", "tag:op"}, {"Filter.1.Value.1", "7"}});
  EXPECT_EQ(value(described, "launchTemplateName"), "train");
  EXPECT_EQ(value(described, "latestVersionNumber"), "2");
  EXPECT_EQ(value(described, "defaultVersionNumber"), "1");
  const std::string versions = call("DescribeLaunchTemplateVersions", {{"LaunchTemplateId", id}});
  EXPECT_EQ(count(versions, "<versionNumber>"), 2u);
  EXPECT_EQ(value(value(versions, "tagSpecificationSet"), "resourceType"), "instance");
  EXPECT_EQ(value(versions, "httpTokens"), "required");
  EXPECT_EQ(
      value(call("DescribeLaunchTemplateVersions", {{"LaunchTemplateId", id}, {"LaunchTemplateVersion.1", "$Latest"}}),
            "instanceType"),
      "g5.xlarge");
  call("DeleteLaunchTemplate", {{"LaunchTemplateId", id}});
  EXPECT_EQ(code(call("DescribeLaunchTemplates", {{"LaunchTemplateId.1", id}})), "InvalidLaunchTemplateId.NotFound");
  EXPECT_EQ(code(call("DescribeLaunchTemplates", {{"LaunchTemplateName.1", "train"}})),
            "InvalidLaunchTemplateName.NotFoundException");
}

TEST_F(Fleets, TemplatesShowListsAsEc2Does) {
  const std::string id = make_template({{"LaunchTemplateData.NetworkInterface.1.DeviceIndex", "0"},
                                        {"LaunchTemplateData.NetworkInterface.1.SecurityGroupId.1", "sg-1"},
                                        {"LaunchTemplateData.NetworkPerformanceOptions.A<b>", "x"},
                                        {"LaunchTemplateData.NetworkPerformanceOptions.A.A.A.A.A.A.A.A.A", "x"}});
  const std::string shown = call("DescribeLaunchTemplateVersions", {{"LaunchTemplateId", id}});
  EXPECT_EQ(value(value(shown, "networkInterfaceSet"), "groupId"), "sg-1");
  EXPECT_EQ(shown.find("A<b>"), std::string::npos);
}

TEST_F(Fleets, TemplatesAreRefusedWhereTheyAreWrong) {
  EXPECT_EQ(code(call("CreateLaunchTemplate", data({{"LaunchTemplateName", "a b"}}))),
            "InvalidLaunchTemplateName.MalformedException");
  EXPECT_EQ(code(call("CreateLaunchTemplate", {{"LaunchTemplateName", "empty"}})), "MissingParameter");
  EXPECT_EQ(code(call("CreateLaunchTemplate", data({{"LaunchTemplateData.Colour", "red"}}))), "UnknownParameter");
  EXPECT_EQ(code(call("CreateLaunchTemplate", data({{"LaunchTemplateData.UserData", "!"}}))), "InvalidParameterValue");
  const Form first = data({{"ClientToken", "t"}});
  EXPECT_EQ(value(call("CreateLaunchTemplate", first), "launchTemplateId"),
            value(call("CreateLaunchTemplate", first), "launchTemplateId"));
  EXPECT_EQ(code(call("CreateLaunchTemplate", data({{"ClientToken", "t"}, {"LaunchTemplateName", "other"}}))),
            "IdempotentParameterMismatch");
}

TEST_F(Fleets, InstancesAreLaunchedFromATemplateToo) {
  const std::string id = make_template({{"LaunchTemplateData.InstanceType", "g5.xlarge"}});
  const std::string answer = call("RunInstances", {{"LaunchTemplate.LaunchTemplateId", id},
                                                   {"MinCount", "1"},
                                                   {"MaxCount", "1"},
                                                   {"TagSpecification.1.ResourceType", "instance"},
                                                   {"TagSpecification.1.Tag.1.Key", "more"},
                                                   {"TagSpecification.1.Tag.1.Value", "yes"}});
  const Instance& made = instance(value(answer, "instanceId"));
  EXPECT_EQ(made.instance_type, "g5.xlarge");
  EXPECT_EQ(made.shutdown_behavior, "terminate");
  const auto& tags = state_->tags_of(made.id);
  EXPECT_EQ(tags.at("owner"), "hotaru");
  EXPECT_EQ(tags.at("more"), "yes");
  EXPECT_EQ(tags.at("aws:ec2launchtemplate:version"), "1");
  EXPECT_EQ(code(call("RunInstances", {{"LaunchTemplate.LaunchTemplateId", id},
                                       {"LaunchTemplate.Version", "9"},
                                       {"MinCount", "1"},
                                       {"MaxCount", "1"}})),
            "InvalidLaunchTemplateId.VersionNotFound");
}

TEST_F(Fleets, TakeTheNextOfferWhereOneIsRefused) {
  load("capacity: [{type: g5.xlarge, instances: 0}]\nquotas: [{family: p, vcpus: 0}]");
  const std::string answer = call("CreateFleet", fleet(make_template(), {"g5.xlarge", "p5.48xlarge", "g4dn.xlarge"},
                                                       {{"TagSpecification.1.ResourceType", "instance"},
                                                        {"TagSpecification.1.Tag.1.Key", "fleet"},
                                                        {"TagSpecification.1.Tag.1.Value", "one"}}));
  EXPECT_TRUE(value(answer, "fleetId").starts_with("fleet-"));
  const std::string errors = value(answer, "errorSet");
  EXPECT_EQ(count(errors, "<errorCode>"), 2u) << answer;
  EXPECT_EQ(value(errors, "errorCode"), "InsufficientInstanceCapacity");
  EXPECT_EQ(value(errors, "instanceType"), "g5.xlarge");
  EXPECT_EQ(value(errors, "availabilityZone"), "us-east-1a");
  const Instance& made = only_instance(value(answer, "fleetInstanceSet"));
  EXPECT_EQ(made.instance_type, "g4dn.xlarge");
  EXPECT_EQ(made.zone, "us-east-1a");
  const auto& tags = state_->tags_of(made.id);
  EXPECT_EQ(tags.at("owner"), "hotaru");
  EXPECT_EQ(tags.at("fleet"), "one");
  EXPECT_EQ(tags.at("aws:ec2:fleet-id"), value(answer, "fleetId"));
  EXPECT_EQ(state_->tags_of(made.root_volume_id).at("owner"), "hotaru");
  EXPECT_EQ(state(made.id), "running") << "it was started";
}

TEST_F(Fleets, OfSpotLookAtPricesAndCapacity) {
  load("prices: [{type: g5.xlarge, spot: 0.9}, {type: g4dn.xlarge, spot: 0.1}]");
  Form form = fleet(make_template(), {"g5.xlarge", "g4dn.xlarge"},
                    {{"TargetCapacitySpecification.DefaultTargetCapacityType", "spot"},
                     {"SpotOptions.AllocationStrategy", "price-capacity-optimized"}});
  const std::string cheapest = call("CreateFleet", form);
  EXPECT_EQ(value(value(cheapest, "fleetInstanceSet"), "lifecycle"), "spot");
  EXPECT_EQ(only_instance(value(cheapest, "fleetInstanceSet")).instance_type, "g4dn.xlarge");
  form["SpotOptions.AllocationStrategy"] = "capacity-optimized-prioritized";
  EXPECT_EQ(only_instance(value(call("CreateFleet", form), "fleetInstanceSet")).instance_type, "g5.xlarge");
  form["LaunchTemplateConfigs.1.Overrides.1.MaxPrice"] = "0.5";
  const std::string dear = call("CreateFleet", form);
  EXPECT_EQ(value(dear, "errorCode"), "SpotMaxPriceTooLow");
  EXPECT_EQ(value(value(dear, "errorSet"), "maxPrice"), "0.5");
  EXPECT_EQ(only_instance(value(dear, "fleetInstanceSet")).instance_type, "g4dn.xlarge");
}

TEST_F(Fleets, WithoutAZoneTryAllOfThem) {
  load(
      "capacity: [{type: g4dn.xlarge, instances: 0, zone: us-east-1a}, {type: g4dn.xlarge, instances: 0, zone: "
      "us-east-1b}]");
  Form form = fleet(make_template(), {"g4dn.xlarge"});
  form.erase("LaunchTemplateConfigs.1.Overrides.1.AvailabilityZone");
  const std::string answer = call("CreateFleet", form);
  const Instance& made = only_instance(value(answer, "fleetInstanceSet"));
  EXPECT_GT(std::string(made.zone), "us-east-1b");
  EXPECT_EQ(count(answer, "<errorCode>InsufficientInstanceCapacity<"), 2u);
}

TEST_F(Fleets, AreFilledInPartOrNotAtAll) {
  load("capacity: [{type: g5.xlarge, instances: 2}, {type: g4dn.xlarge, instances: 0}]");
  const std::string id = make_template();
  const Form many{{"TargetCapacitySpecification.TotalTargetCapacity", "5"}};
  const std::string part = call("CreateFleet", fleet(id, {"g5.xlarge", "g4dn.xlarge"}, many));
  EXPECT_EQ(count(part, "<item>i-"), 2u);
  EXPECT_EQ(count(part, "<errorCode>"), 2u);
  for (const auto& [one, made] : state_->instances.all())
    call("TerminateInstances", {{"InstanceId.1", std::string(one)}});
  const std::size_t before = instances();
  Form least = many;
  least["OnDemandOptions.MinTargetCapacity"] = "3";
  least["OnDemandOptions.SingleInstanceType"] = "true";
  const std::string none = call("CreateFleet", fleet(id, {"g5.xlarge", "g4dn.xlarge"}, least));
  EXPECT_EQ(count(none, "<item>i-"), 0u);
  EXPECT_NE(none.find("UnfulfillableCapacity"), std::string::npos) << none;
  EXPECT_EQ(instances(), before);
}

TEST_F(Fleets, AreMadeOnceForEachToken) {
  const TemporaryFolder folder;
  open(folder.path() / "world.db");
  world_->follow(script_);
  const std::string id = make_template();
  const Form form = fleet(id, {"g4dn.xlarge"}, {{"ClientToken", "once"}});
  const std::string first = call("CreateFleet", form);
  EXPECT_EQ(call("CreateFleet", form), first);
  EXPECT_EQ(instances(), 1u);
  EXPECT_EQ(code(call("CreateFleet", fleet(id, {"g5.xlarge"}, {{"ClientToken", "once"}}))),
            "IdempotentParameterMismatch");
  open(folder.path() / "world.db");
  EXPECT_EQ(call("CreateFleet", form), first) << "after a restart too";
}

TEST_F(Fleets, AreToldToWhoNamesThemAndEndWithTheirInstances) {
  const std::string answer = call("CreateFleet", fleet(make_template(), {"g4dn.xlarge"}));
  const std::string id = value(answer, "fleetId");
  EXPECT_EQ(count(call("DescribeFleets"), "<fleetId>"), 0u);
  const std::string told = call("DescribeFleets", {{"FleetId.1", id}});
  EXPECT_EQ(value(told, "fleetState"), "active");
  EXPECT_EQ(value(told, "fulfilledCapacity"), "1.0");
  EXPECT_EQ(code(call("DeleteFleets", {{"FleetId.1", id}, {"TerminateInstances", "false"}})), "InvalidParameterValue");
  const std::string deleted = call(
      "DeleteFleets",
      {{"FleetId.1", id}, {"FleetId.2", "fleet-00000000-0000-0000-0000-000000000000"}, {"TerminateInstances", "true"}});
  EXPECT_EQ(value(value(deleted, "successfulFleetDeletionSet"), "fleetId"), id);
  EXPECT_EQ(value(value(deleted, "unsuccessfulFleetDeletionSet"), "code"), "fleetIdDoesNotExist");
  EXPECT_EQ(state(value(value(answer, "instanceIds"), "item")), "terminated");
  EXPECT_EQ(value(call("DescribeFleets", {{"FleetId.1", id}}), "fleetState"), "deleted");
  EXPECT_EQ(code(call("DescribeFleets", {{"FleetId.1", "fleet-x"}})), "InvalidFleetId.Malformed");
}

TEST_F(Fleets, AreRefusedWhereTheyAreWrong) {
  const std::string id = make_template();
  const auto refused = [&](const Form& more) { return code(call("CreateFleet", fleet(id, {"g4dn.xlarge"}, more))); };
  EXPECT_EQ(refused({{"Type", "maintain"}}), "UnsupportedOperation");
  EXPECT_EQ(refused({{"LaunchTemplateConfigs.1.LaunchTemplateSpecification.Version", "7"}}),
            "InvalidLaunchTemplateId.VersionNotFound");
  EXPECT_EQ(refused({{"LaunchTemplateConfigs.1.Overrides.1.InstanceRequirements.VCpuCount.Min", "1"}}),
            "UnsupportedOperation");
  EXPECT_EQ(refused({{"TargetCapacitySpecification.TotalTargetCapacity", "0"}}), "InvalidParameterValue");
  EXPECT_EQ(refused({{"TargetCapacitySpecification.SpotTargetCapacity", "2"}}), "InvalidParameterValue");
  EXPECT_EQ(refused({{"OnDemandOptions.MinTargetCapacity", "1"}}), "InvalidParameterCombination");
  EXPECT_EQ(refused({{"LaunchTemplateConfigs.1.Overrides.1.Priority", "-1"}}), "InvalidParameterValue");
  EXPECT_EQ(refused({{"DryRun", "true"}}), "DryRunOperation");
  EXPECT_EQ(refused({{"Colour", "red"}}), "UnknownParameter");
  const std::string spot =
      make_template({{"LaunchTemplateName", "spot"}, {"LaunchTemplateData.InstanceMarketOptions.MarketType", "spot"}});
  EXPECT_EQ(code(call("CreateFleet", fleet(spot, {"g4dn.xlarge"}))), "InvalidFleetConfig");
  EXPECT_EQ(instances(), 0u);
}

}  // namespace
}  // namespace hotaru::sim
