#include "sim/test_api.h"

namespace hotaru::sim {
namespace {

class SecurityGroups : public TestApi {
 protected:
  std::string create(const std::string& name = "hotaru-a", Form more = {}) {
    more["GroupName"] = name;
    more["GroupDescription"] = "made by a test";
    const std::string answer = call("CreateSecurityGroup", more);
    const std::string id = value(answer, "groupId");
    return id.empty() ? answer : id;
  }
  static Form permission(const std::string& group, const std::string& port = "22",
                         const std::string& cidr = "198.51.100.7/32") {
    return {{"GroupId", group},
            {"IpPermissions.1.IpProtocol", "tcp"},
            {"IpPermissions.1.FromPort", port},
            {"IpPermissions.1.ToPort", port},
            {"IpPermissions.1.IpRanges.1.CidrIp", cidr}};
  }
  std::string authorize(const Form& form) { return call("AuthorizeSecurityGroupIngress", form); }
};

TEST_F(SecurityGroups, ANameIsUniqueInItsVpc) {
  EXPECT_EQ(create().substr(0, 3), "sg-");
  EXPECT_EQ(code(create()), "InvalidGroup.Duplicate");
  EXPECT_EQ(code(create("default")), "InvalidGroup.Reserved");
  EXPECT_EQ(code(create("sg-mine")), "InvalidParameterValue");
}

TEST_F(SecurityGroups, AreFoundByNameOnWhateverPageTheyWouldBe) {
  std::map<std::string, std::string> by_id;
  for (const char letter : std::string_view("abcdefgh")) {
    const std::string name(1, letter);
    by_id[create(name)] = name;
  }
  const auto& [last_id, last_name] = *by_id.rbegin();
  const std::string found = call("DescribeSecurityGroups", {{"GroupName.1", last_name}, {"MaxResults", "5"}});
  EXPECT_EQ(value(found, "groupId"), last_id);
  EXPECT_EQ(value(found, "nextToken"), "");
  EXPECT_EQ(code(call("DescribeSecurityGroups", {{"GroupName.1", "none"}})), "InvalidGroup.NotFound");
}

TEST_F(SecurityGroups, TagsAreForWhatIsMade) {
  const Form tags = {{"TagSpecification.1.ResourceType", "security-group"},
                     {"TagSpecification.1.Tag.1.Key", "k"},
                     {"TagSpecification.1.Tag.1.Value", "v"}};
  const std::string id = create("tagged", tags);
  EXPECT_EQ(value(call("DescribeSecurityGroups", {{"Filter.1.Name", "tag:k"}, {"Filter.1.Value.1", "v"}}), "groupId"),
            id);
  EXPECT_EQ(
      code(create("other", {{"TagSpecification.1.ResourceType", "instance"}, {"TagSpecification.1.Tag.1.Key", "k"}})),
      "InvalidParameterValue");
}

TEST_F(SecurityGroups, ARuleIsAddedOnceAndTakenAwayOnce) {
  const std::string id = create();
  const std::string answer = authorize(permission(id));
  EXPECT_EQ(value(answer, "cidrIpv4"), "198.51.100.7/32");
  EXPECT_EQ(value(answer, "securityGroupRuleId").substr(0, 4), "sgr-");
  EXPECT_EQ(code(authorize(permission(id))), "InvalidPermission.Duplicate");
  EXPECT_EQ(value(call("RevokeSecurityGroupIngress", permission(id)), "return"), "true");
  EXPECT_EQ(code(call("RevokeSecurityGroupIngress", permission(id))), "InvalidPermission.NotFound");
}

TEST_F(SecurityGroups, ARuleIsTakenAwayByItsId) {
  const std::string id = create();
  const std::string rule = value(authorize(permission(id)), "securityGroupRuleId");
  EXPECT_EQ(value(call("DescribeSecurityGroupRules", {{"SecurityGroupRuleId.1", rule}}), "groupId"), id);
  EXPECT_EQ(value(call("RevokeSecurityGroupIngress", {{"GroupId", id}, {"SecurityGroupRuleId.1", rule}}), "return"),
            "true");
  EXPECT_EQ(code(call("DescribeSecurityGroupRules", {{"SecurityGroupRuleId.1", rule}})),
            "InvalidSecurityGroupRuleId.NotFound");
}

TEST_F(SecurityGroups, PermissionsAreGroupedByProtocolAndPorts) {
  const std::string id = create();
  Form form = permission(id);
  form["IpPermissions.1.IpRanges.2.CidrIp"] = "10.1.2.3/8";
  form["IpPermissions.1.Ipv6Ranges.1.CidrIpv6"] = "2001:db8::1/32";
  form["IpPermissions.2.IpProtocol"] = "-1";
  form["IpPermissions.2.Groups.1.GroupId"] = id;
  EXPECT_EQ(count(authorize(form), "<securityGroupRuleId>"), 4u);
  const std::string group = call("DescribeSecurityGroups", {{"GroupId.1", id}});
  const std::string ingress = value(group, "ipPermissions");
  EXPECT_EQ(count(ingress, "<ipProtocol>"), 2u);
  EXPECT_NE(ingress.find("<cidrIp>10.0.0.0/8</cidrIp>"), std::string::npos);
  EXPECT_NE(ingress.find("<cidrIpv6>2001:db8::/32</cidrIpv6>"), std::string::npos);
  EXPECT_NE(ingress.find("<groupId>" + id + "</groupId>"), std::string::npos);
  EXPECT_EQ(value(value(group, "ipPermissionsEgress"), "cidrIp"), "0.0.0.0/0");
}

TEST_F(SecurityGroups, TheFlatFormMeansTheSame) {
  const std::string answer = authorize(
      {{"GroupName", "default"}, {"IpProtocol", "6"}, {"FromPort", "80"}, {"ToPort", "81"}, {"CidrIp", "0.0.0.0/0"}});
  EXPECT_EQ(value(answer, "ipProtocol"), "tcp");
  EXPECT_EQ(value(answer, "toPort"), "81");
}

TEST_F(SecurityGroups, WhatMakesNoSenseIsRefused) {
  const std::string id = create();
  EXPECT_EQ(code(authorize(permission(id, "70000"))), "InvalidParameterValue");
  EXPECT_EQ(code(authorize(permission(id, "22", "198.51.100.7"))), "InvalidParameterValue");
  EXPECT_EQ(code(authorize(permission(id, "22", "198.51.100.300/32"))), "InvalidParameterValue");
  EXPECT_EQ(code(authorize(permission("sg-0123456789abcdef0"))), "InvalidGroup.NotFound");
  EXPECT_EQ(code(authorize({{"GroupId", id}})), "MissingParameter");
  Form backwards = permission(id);
  backwards["IpPermissions.1.ToPort"] = "21";
  EXPECT_EQ(code(authorize(backwards)), "InvalidParameterValue");
}

TEST_F(SecurityGroups, NoMoreThanSixtyRulesFit) {
  const std::string id = create();
  for (int port = 1; port <= 60; ++port) {
    ASSERT_EQ(value(authorize(permission(id, std::to_string(port))), "return"), "true");
  }
  EXPECT_EQ(code(authorize(permission(id, "61"))), "RulesPerSecurityGroupLimitExceeded");
}

TEST_F(SecurityGroups, WhatIsNeededOrTheDefaultStays) {
  const std::string id = create();
  const std::string other = create("other");
  authorize({{"GroupId", other}, {"IpPermissions.1.IpProtocol", "-1"}, {"IpPermissions.1.Groups.1.GroupId", id}});
  EXPECT_EQ(code(call("DeleteSecurityGroup", {{"GroupId", id}})), "DependencyViolation");
  EXPECT_EQ(value(call("DeleteSecurityGroup", {{"GroupName", "other"}}), "groupId"), other);
  EXPECT_EQ(value(call("DeleteSecurityGroup", {{"GroupId", id}}), "groupId"), id);
  EXPECT_EQ(code(call("DeleteSecurityGroup", {{"GroupId", id}})), "InvalidGroup.NotFound");
  EXPECT_EQ(code(call("DeleteSecurityGroup", {{"GroupName", "default"}})), "CannotDelete");
}

TEST_F(SecurityGroups, EgressWithoutADestinationIsToAllOfThem) {
  const std::string id = create();
  const Form all = {{"GroupId", id}, {"IpPermissions.1.IpProtocol", "-1"}};
  EXPECT_EQ(code(call("AuthorizeSecurityGroupEgress", all)), "InvalidPermission.Duplicate");
  EXPECT_EQ(code(call("AuthorizeSecurityGroupIngress", all)), "MissingParameter");
}

}  // namespace
}  // namespace hotaru::sim
