#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <set>

#include "lifecycle/access.h"
#include "lifecycle/choose.h"
#include "lifecycle/encode.h"
#include "lifecycle/lifecycle.h"
#include "lifecycle/names.h"
#include "lifecycle/user_data.h"
#include "lifecycle/wait.h"

namespace hotaru::lifecycle {
namespace {

TEST(Names, AreLowerCaseLettersDigitsAndHyphens) {
  for (const char* good : {"a", "ember", "quiet-ember-42", "x1"}) EXPECT_TRUE(check_name(good)) << good;
  for (const char* bad : {"", "Ember", "1st", "-a", "a-", "a_b", "a b", "i-0123", "ümlaut", "a/b",
                          "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"})
    EXPECT_EQ(check_name(bad).error().kind, ErrorClass::invalid) << bad;
}

TEST(Names, ThatAreMadeUpAreValidAndNotTaken) {
  SeededRandom random(1);
  std::vector<std::string> taken;
  for (int round = 0; round < 200; ++round) {
    const std::string name = made_up_name(random, taken);
    ASSERT_TRUE(check_name(name)) << name;
    taken.push_back(name);
  }
  EXPECT_EQ(std::set<std::string>(taken.begin(), taken.end()).size(), taken.size());
}

TEST(Names, OfAKeyPairDependOnTheKeyAndNotOnItsComment) {
  EXPECT_EQ(key_pair_name("ssh-ed25519 AAAA me@here\n"), key_pair_name("ssh-ed25519 AAAA"));
  EXPECT_NE(key_pair_name("ssh-ed25519 AAAA"), key_pair_name("ssh-ed25519 AAAB"));
  EXPECT_EQ(key_pair_name("ssh-ed25519 AAAA").size(), std::string("hotaru-").size() + 16);
}

TEST(Scope, TellsAccountsApartByWhatTheKeyIdCarries) {
  aws::Settings settings;
  aws::Credentials credentials;
  credentials.access_key_id = "ASIAQNZGKIQY56JQ7WML";
  EXPECT_EQ(scope_of("", settings, credentials), "aws/29608264753");
  settings.endpoint = "http://127.0.0.1:5000";
  EXPECT_EQ(scope_of("", settings, credentials), "http://127.0.0.1:5000/29608264753");
  EXPECT_EQ(scope_of("sim", settings, credentials), "sim/29608264753");
  credentials.access_key_id = "testing";
  const std::string made_up = scope_of("", {}, credentials);
  EXPECT_TRUE(made_up.starts_with("aws/"));
  EXPECT_EQ(made_up.find("testing"), std::string::npos);
}

TEST(UserData, GivesTheInstanceTheHostKeyThatWeKnow) {
  auto text = user_data({.host_key = {"-----BEGIN OPENSSH PRIVATE KEY-----\nb3Bl\n-----END OPENSSH PRIVATE KEY-----\n",
                                      "ssh-ed25519 AAAA"}});
  ASSERT_TRUE(text);
  EXPECT_EQ(*text,
            "#cloud-config\n"
            "ssh_deletekeys: true\n"
            "ssh_genkeytypes: [ed25519]\n"
            "ssh_keys:\n"
            "  ed25519_private: |\n"
            "    -----BEGIN OPENSSH PRIVATE KEY-----\n"
            "    b3Bl\n"
            "    -----END OPENSSH PRIVATE KEY-----\n"
            "  ed25519_public: ssh-ed25519 AAAA\n");
}

TEST(UserData, ThatEc2WouldRefuseIsNotMade) {
  EXPECT_FALSE(user_data({.host_key = {std::string(kUserDataLimit, 'x'), "ssh-ed25519 AAAA"}}));
}

TEST(Cidr, IsCheckedAndNeverTheWholeWorld) {
  EXPECT_EQ(*check_cidr("198.51.100.7"), "198.51.100.7/32");
  EXPECT_EQ(*check_cidr("198.51.100.0/24"), "198.51.100.0/24");
  EXPECT_EQ(*check_cidr(" 2001:db8::1\n"), "2001:db8::1/128");
  EXPECT_EQ(*check_cidr("10.1.2.3/12"), "10.0.0.0/12");
  EXPECT_EQ(*check_cidr("2001:DB8:0:0:ffff::1/64"), "2001:db8::/64");
  for (const char* bad :
       {"", "0.0.0.0/0", "::/0", "198.51.100.7/33", "198.51.100/24", "a/8", "1.2.3.4/", "1.2.3.4/-1", "1.2.3.4/8/8"})
    EXPECT_EQ(check_cidr(bad).error().kind, ErrorClass::invalid) << bad;
}

TEST(Cidr, ContainsTheAddressesOfItsRange) {
  EXPECT_TRUE(contains("198.51.100.0/24", "198.51.100.255"));
  EXPECT_FALSE(contains("198.51.100.0/24", "198.51.101.0"));
  EXPECT_TRUE(contains("198.51.100.7/32", "198.51.100.7"));
  EXPECT_FALSE(contains("198.51.100.7/32", "198.51.100.6"));
  EXPECT_TRUE(contains("2001:db8::/33", "2001:db8:7fff::1"));
  EXPECT_FALSE(contains("2001:db8::/33", "2001:db8:8000::1"));
  EXPECT_FALSE(contains("198.51.100.0/24", "2001:db8::1"));
  EXPECT_FALSE(contains("nonsense", "nonsense"));
}

Result<TypeChoice> chosen(const std::string& type, const std::string& region = "us-east-1") {
  return choose_type(catalog::built_in(), type, region);
}

/// The built-in catalogue, and a size and a region that are newer than it.
catalog::Catalog newer_catalog() {
  struct Rows {
    std::vector<catalog::InstanceType> types;
    std::vector<catalog::Offering> offerings;
    std::vector<catalog::PriceRow> prices;
  };
  const auto rows = std::make_shared<Rows>();
  const catalog::Tables& before = catalog::built_in().tables();
  rows->types.assign(before.types.begin(), before.types.end());
  catalog::InstanceType type = *catalog::find_type("g6.48xlarge");
  type.name = "g6.96xlarge";
  type.gpu_count = 16;
  rows->types.insert(std::ranges::upper_bound(rows->types, type.name, {}, &catalog::InstanceType::name), type);
  rows->offerings.push_back({"xx-north-1", "g6.96xlarge", "xxn1-az1"});
  rows->prices.push_back({"xx-north-1", "g6.96xlarge", 26.5, "2026-11-20"});
  return {{.types = rows->types, .offerings = rows->offerings, .prices = rows->prices}, {}, rows};
}

TEST(Type, IsTakenFromTheCatalogue) {
  auto type = chosen("g4dn.xlarge");
  ASSERT_TRUE(type) << type.error().message;
  EXPECT_EQ(type->gpu, "1 × T4 (16 GB)");
  EXPECT_EQ(type->architecture, "x86_64");
  EXPECT_TRUE(type->price);
}

TEST(Type, ThatOnlyARefreshedCatalogueKnowsIsTaken) {
  const catalog::Catalog newer = newer_catalog();
  auto type = choose_type(newer, "g6.96xlarge", "xx-north-1");
  ASSERT_TRUE(type) << type.error().message;
  EXPECT_EQ(type->gpu, "16 × L4 (24 GB)");
  EXPECT_EQ(type->price->usd, 26.5);
  EXPECT_EQ(default_image(newer, "g6.96xlarge"), "dlami");
  EXPECT_EQ(choose_type(newer, "g6.48xlarge", "xx-north-1").error().kind, ErrorClass::not_found);
  EXPECT_NE(chosen("g6.96xlarge").error().hint.find("catalog refresh"), std::string::npos);
}

TEST(Type, ThatIsMisspeltIsAnsweredWithTheNearest) {
  auto type = chosen("g4dn.xlrage");
  ASSERT_FALSE(type);
  EXPECT_EQ(type.error().kind, ErrorClass::not_found);
  EXPECT_NE(type.error().hint.find("g4dn.xlarge"), std::string::npos);
}

TEST(Type, ThatIsRetiredIsAnsweredWithItsSuccessor) {
  auto type = chosen("p2.xlarge");
  ASSERT_FALSE(type);
  EXPECT_EQ(type.error().kind, ErrorClass::invalid);
  EXPECT_NE(type.error().hint.find("g4dn.xlarge"), std::string::npos);
}

TEST(Type, ThatIsNotSaidIsAskedFor) { EXPECT_EQ(chosen("").error().kind, ErrorClass::invalid); }

TEST(Region, ThatDoesNotExistIsAnsweredWithTheNearest) {
  const catalog::Catalog& built_in = catalog::built_in();
  EXPECT_TRUE(check_region(built_in, "us-east-1"));
  EXPECT_NE(check_region(built_in, "us-esat-1").error().hint.find("us-east-1"), std::string::npos);
  EXPECT_EQ(check_region(built_in, "").error().kind, ErrorClass::invalid);
  EXPECT_FALSE(check_region(built_in, "xx-north-1"));
  EXPECT_TRUE(check_region(newer_catalog(), "xx-north-1"));
}

TEST(Login, IsTheImagesOwn) {
  const auto login = [](const char* name) {
    aws::Image image;
    image.name = name;
    return login_of(image);
  };
  EXPECT_EQ(login("ubuntu/images/hvm-ssd-gp3/ubuntu-noble-24.04-amd64-server-20260710"), "ubuntu");
  EXPECT_EQ(login("Deep Learning Base OSS Nvidia Driver GPU AMI (Ubuntu 22.04) 20260101"), "ubuntu");
  EXPECT_EQ(login("debian-12-amd64-20260706-2165"), "admin");
  EXPECT_EQ(login("al2023-ami-2023.8.20260713.0-kernel-6.1-x86_64"), "ec2-user");
  EXPECT_EQ(login("RHEL-9.4.0_HVM-20260101-x86_64"), "ec2-user");
}

TEST(Encode, AnImageIsReadBackAsItWas) {
  const ImageChoice image{"ami-1",  "n",      "ubuntu", "/dev/sda1", 8,   {"/dev/sda1", "/dev/sdb"},
                          "x86_64", "ubuntu", "uefi",   false,       true};
  auto back = decode_image(encode(image));
  ASSERT_TRUE(back);
  EXPECT_EQ(encode(*back), encode(image));
  EXPECT_FALSE(decode_image("not json"));
  EXPECT_FALSE(decode_image("{\"root_gib\": \"eight\"}"));
}

TEST(Encode, SubnetsAreReadBackAsTheyWere) {
  const std::vector<SubnetChoice> subnets{{"subnet-1", "vpc-1", "us-east-1a", "use1-az1"},
                                          {"subnet-2", "vpc-1", "", ""}};
  auto back = decode_subnets(encode(subnets));
  ASSERT_TRUE(back);
  EXPECT_EQ(encode(*back), encode(subnets));
  EXPECT_FALSE(decode_subnets("[{\"id\": 1}]"));
}

TEST(Encode, TextThatIsNotUtf8IsNoReasonToFail) {
  ImageChoice image;
  image.name = "n\xff";
  EXPECT_EQ(decode_image(encode(image)).value().name, "n\xef\xbf\xbd");
  EXPECT_EQ(decode_subnets(encode({{"\xff", "", "", ""}})).value().size(), 1U);
  EXPECT_EQ(parameter(encode_parameters("i-1", "\xff", ""), "instance"), "i-1");
}

TEST(Death, IsClassedByItsReason) {
  aws::Instance instance;
  instance.id = "i-1";
  instance.state = "terminated";
  instance.state_reason_code = "Server.InsufficientInstanceCapacity";
  instance.state_reason_message = "Server.InsufficientInstanceCapacity: Insufficient capacity.";
  EXPECT_EQ(death_of(instance).kind, ErrorClass::capacity);
  instance.state_reason_code = "Client.VolumeLimitExceeded";
  EXPECT_EQ(death_of(instance).kind, ErrorClass::quota);
  instance.state_reason_code = "Client.InternalError";
  EXPECT_NE(death_of(instance).hint.find("KMS"), std::string::npos);
}

}  // namespace
}  // namespace hotaru::lifecycle
