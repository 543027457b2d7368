#include "base/file.h"
#include "sim/test_api.h"

namespace hotaru::sim {
namespace {

class NetworkAcls : public TestApi {
 protected:
  std::string make_vpc() { return value(call("CreateVpc", {{"CidrBlock", "10.0.0.0/16"}}), "vpcId"); }
  std::string make_acl(const std::string& vpc_id) {
    return value(call("CreateNetworkAcl", {{"VpcId", vpc_id}}), "networkAclId");
  }
  std::string acls_of(const std::string& subnet_id) {
    return call("DescribeNetworkAcls", {{"Filter.1.Name", "association.subnet-id"}, {"Filter.1.Value.1", subnet_id}});
  }
  static Form entry(const std::string& acl_id, const std::string& number) {
    return {{"NetworkAclId", acl_id}, {"RuleNumber", number},     {"Egress", "false"},      {"Protocol", "6"},
            {"RuleAction", "allow"},  {"CidrBlock", "0.0.0.0/0"}, {"PortRange.From", "22"}, {"PortRange.To", "22"}};
  }
};

TEST_F(NetworkAcls, RefuseEverythingUntilTheyAreGivenEntries) {
  const std::string acl = make_acl(make_vpc());
  const auto told = call("DescribeNetworkAcls", {{"NetworkAclId.1", acl}});
  EXPECT_EQ(value(told, "ruleNumber"), "32767");
  EXPECT_EQ(value(told, "ruleAction"), "deny");
  EXPECT_EQ(value(told, "default"), "false");
}

TEST_F(NetworkAcls, HaveEntriesByNumberAndDirection) {
  const std::string acl = make_acl(make_vpc());
  EXPECT_EQ(value(call("CreateNetworkAclEntry", entry(acl, "110")), "return"), "true");
  EXPECT_TRUE(call("CreateNetworkAclEntry", entry(acl, "110")).starts_with("NetworkAclEntryAlreadyExists"));
  auto other = entry(acl, "110");
  other["RuleAction"] = "deny";
  EXPECT_EQ(value(call("ReplaceNetworkAclEntry", other), "return"), "true");
  EXPECT_TRUE(call("ReplaceNetworkAclEntry", entry(acl, "111")).starts_with("InvalidNetworkAclEntry.NotFound"));
  const Form gone = {{"NetworkAclId", acl}, {"RuleNumber", "110"}, {"Egress", "false"}};
  EXPECT_EQ(value(call("DeleteNetworkAclEntry", gone), "return"), "true");
  EXPECT_TRUE(call("DeleteNetworkAclEntry", gone).starts_with("InvalidNetworkAclEntry.NotFound"));
}

TEST_F(NetworkAcls, AskForPortsWhereTheProtocolHasThem) {
  const std::string acl = make_acl(make_vpc());
  auto without = entry(acl, "1");
  without.erase("PortRange.From");
  EXPECT_TRUE(call("CreateNetworkAclEntry", without).starts_with("MissingParameter"));
  EXPECT_TRUE(call("CreateNetworkAclEntry", entry(acl, "32767")).starts_with("InvalidParameterValue"));
}

TEST_F(NetworkAcls, SubnetsBeginWithTheDefaultOneAndAreMoved) {
  const std::string vpc = make_vpc();
  const std::string subnet = value(call("CreateSubnet", {{"VpcId", vpc}, {"CidrBlock", "10.0.1.0/24"}}), "subnetId");
  const auto before = acls_of(subnet);
  EXPECT_EQ(value(before, "default"), "true");
  const std::string usual = value(before, "networkAclId");
  const std::string own = make_acl(vpc);
  const std::string moved =
      value(call("ReplaceNetworkAclAssociation",
                 {{"AssociationId", value(before, "networkAclAssociationId")}, {"NetworkAclId", own}}),
            "newAssociationId");
  EXPECT_EQ(value(acls_of(subnet), "networkAclId"), own);
  EXPECT_TRUE(call("DeleteNetworkAcl", {{"NetworkAclId", own}}).starts_with("DependencyViolation"));
  EXPECT_EQ(value(call("ReplaceNetworkAclAssociation", {{"AssociationId", moved}, {"NetworkAclId", usual}}),
                  "newAssociationId")
                .substr(0, 9),
            "aclassoc-");
  EXPECT_EQ(value(acls_of(subnet), "networkAclId"), usual);
  EXPECT_TRUE(call("DeleteVpc", {{"VpcId", vpc}}).starts_with("DependencyViolation"));
  EXPECT_EQ(value(call("DeleteNetworkAcl", {{"NetworkAclId", own}}), "return"), "true");
  EXPECT_TRUE(call("DeleteNetworkAcl", {{"NetworkAclId", usual}}).starts_with("InvalidParameterValue"));
}

TEST_F(NetworkAcls, OfAnotherVpcAreNotForASubnet) {
  const std::string subnet =
      value(call("CreateSubnet", {{"VpcId", make_vpc()}, {"CidrBlock", "10.0.1.0/24"}}), "subnetId");
  const Form form = {{"AssociationId", value(acls_of(subnet), "networkAclAssociationId")},
                     {"NetworkAclId", make_acl(make_vpc())}};
  EXPECT_TRUE(call("ReplaceNetworkAclAssociation", form).starts_with("InvalidParameterValue"));
}

TEST_F(NetworkAcls, OutliveTheSim) {
  const TemporaryFolder folder;
  open(folder.path() / "world.sqlite");
  const std::string acl = make_acl(make_vpc());
  call("CreateNetworkAclEntry", entry(acl, "110"));
  open(folder.path() / "world.sqlite");
  const auto told = call("DescribeNetworkAcls", {{"NetworkAclId.1", acl}});
  EXPECT_NE(told.find("<ruleNumber>110</ruleNumber>"), std::string::npos);
  EXPECT_EQ(value(told, "from"), "22");
}

}  // namespace
}  // namespace hotaru::sim
