#include "sim/metadata/metadata.h"

#include <gtest/gtest.h>

#include <deque>
#include <nlohmann/json.hpp>

#include "base/text.h"

namespace hotaru::sim {
namespace {

MachineSpec a_spec() {
  MachineSpec spec;
  spec.instance_id = "i-0123456789abcdef0";
  spec.region = "us-east-1";
  spec.zone = "us-east-1a";
  spec.zone_id = "use1-az1";
  spec.account_id = "123456789012";
  spec.vpc_id = "vpc-1";
  spec.vpc_cidr = "172.31.0.0/16";
  spec.subnet_id = "subnet-1";
  spec.subnet_cidr = "172.31.0.0/20";
  spec.network_interface_id = "eni-1";
  spec.mac = "0a:00:00:00:00:01";
  spec.private_ip = "172.31.5.20";
  spec.private_dns = "ip-172-31-5-20.ec2.internal";
  spec.public_ip = "198.18.4.10";
  spec.public_dns = "ec2-198-18-4-10.compute-1.amazonaws.com";
  spec.reservation_id = "r-1";
  spec.image_id = "ami-1";
  spec.instance_type = "g4dn.xlarge";
  spec.architecture = "x86_64";
  spec.root_device_name = "/dev/sda1";
  spec.local_nvme_gb = 125;
  spec.key_name = "mine";
  spec.public_key = "ssh-ed25519 AAAA me";
  spec.user_data = std::string("#!/bin/sh\n\0raw", 14);
  spec.security_groups = {"one", "two"};
  spec.security_group_ids = {"sg-1", "sg-2"};
  spec.tags = {{"Name", "mine"}, {"a/b", "no path"}};
  spec.lifecycle = "on-demand";
  return spec;
}

class MetadataTest : public testing::Test {
 protected:
  http::Response ask(const std::string& method, const std::string& path, http::Headers headers = {}) {
    return metadata.handle({method, path, "", std::move(headers), "", "172.31.5.20"});
  }
  http::Response get(const std::string& path) { return ask("GET", path); }
  std::string new_token(int seconds) {
    return ask("PUT", "/latest/api/token", {{"X-aws-ec2-metadata-token-ttl-seconds", std::to_string(seconds)}}).body;
  }
  http::Response get_with(const std::string& token, const std::string& path) {
    return ask("GET", path, {{"x-aws-ec2-metadata-token", token}});
  }

  MachineSpec spec = a_spec();
  FakeClock clock;
  SeededRandom random{7};
  Metadata metadata{[this] { return spec; }, clock, random};
};

TEST_F(MetadataTest, ListsItsVersionsAtTheTop) {
  const auto versions = lines(get("/").body);
  EXPECT_EQ(versions.front(), "1.0");
  EXPECT_EQ(versions.back(), "latest");
  EXPECT_NE(std::ranges::find(versions, "2009-04-04"), versions.end());
  EXPECT_NE(std::ranges::find(versions, "2021-03-23"), versions.end());
}

TEST_F(MetadataTest, ListsFoldersWithASlashAndLeavesWithout) {
  EXPECT_EQ(get("/latest/").body, "dynamic\nmeta-data\nuser-data");
  EXPECT_EQ(get("/latest/meta-data/placement/").body, "availability-zone\navailability-zone-id\nregion");
  EXPECT_EQ(get("/latest/meta-data/network/").body, "interfaces/");
  EXPECT_EQ(get("/latest/meta-data/network/interfaces/macs/").body, "0a:00:00:00:00:01/");
}

TEST_F(MetadataTest, AnswersAFolderWithAndWithoutATrailingSlash) {
  const auto with = get("/latest/meta-data/"), without = get("/latest/meta-data");
  EXPECT_EQ(with.status, 200);
  EXPECT_EQ(without.status, 200);
  EXPECT_EQ(with.body, without.body);
}

TEST_F(MetadataTest, CanReadEverythingThatItLists) {
  std::deque<std::string> folders = {"/2021-03-23/meta-data/", "/latest/dynamic/"};
  int leaves = 0;
  for (; !folders.empty(); folders.pop_front()) {
    for (const std::string& name : lines(get(folders.front()).body)) {
      const bool key = name.starts_with("0=");
      const std::string path = folders.front() + (key ? "0/" : name);
      ASSERT_EQ(get(path).status, 200) << path;
      if (key || name.ends_with("/"))
        folders.push_back(path);
      else
        ++leaves;
    }
  }
  EXPECT_GT(leaves, 35);
}

TEST_F(MetadataTest, KnowsTheInstance) {
  const std::string m = "/latest/meta-data/";
  EXPECT_EQ(get(m + "instance-id").body, "i-0123456789abcdef0");
  EXPECT_EQ(get(m + "local-hostname").body, "ip-172-31-5-20.ec2.internal");
  EXPECT_EQ(get(m + "public-ipv4").body, "198.18.4.10");
  EXPECT_EQ(get(m + "security-groups").body, "one\ntwo");
  EXPECT_EQ(get(m + "block-device-mapping/root").body, "/dev/sda1");
  EXPECT_EQ(get(m + "block-device-mapping/ephemeral0").body, "sdb");
  EXPECT_EQ(get(m + "network/interfaces/macs/0a:00:00:00:00:01/ipv4-associations/198.18.4.10").body, "172.31.5.20");
  EXPECT_EQ(get(m + "network/interfaces/macs/0a%3A00%3A00%3A00%3A00%3A01/vpc-ipv4-cidr-block").body, "172.31.0.0/16");
  EXPECT_EQ(get(m + "services/domain").body, "amazonaws.com");
}

TEST_F(MetadataTest, ListsKeysByNumberAndName) {
  EXPECT_EQ(get("/latest/meta-data/public-keys/").body, "0=mine");
  EXPECT_EQ(get("/latest/meta-data/public-keys/0/").body, "openssh-key");
  EXPECT_EQ(get("/latest/meta-data/public-keys/0/openssh-key").body, "ssh-ed25519 AAAA me\n");
  EXPECT_EQ(get("/latest/meta-data/public-keys/0=").status, 404);
  spec.public_key.clear();
  EXPECT_EQ(get("/latest/meta-data/public-keys/").status, 404);
}

TEST_F(MetadataTest, OmitsWhatTheInstanceDoesNotHave) {
  spec.public_ip.clear();
  for (const std::string leaf : {"public-ipv4", "public-hostname", "iam/", "iam/info", "spot/instance-action",
                                 "events/recommendations/rebalance", "tags/", "tags/instance/Name",
                                 "identity-credentials/", "iam/security-credentials/", "nonsense"}) {
    EXPECT_EQ(get("/latest/meta-data/" + leaf).status, 404) << leaf;
  }
  EXPECT_EQ(get("/1999-01-01/meta-data/instance-id").status, 404);
}

TEST_F(MetadataTest, SaysTheTime) {
  EXPECT_EQ(http::header(get("/latest/meta-data/instance-type").headers, "Date"), http_date(clock.now()));
}

TEST_F(MetadataTest, AnswersAnErrorWithThePageThatEc2Sends) {
  const auto missing = get("/latest/meta-data/nonsense");
  EXPECT_NE(missing.body.find("<title>404 - Not Found</title>"), std::string::npos);
  EXPECT_EQ(http::header(missing.headers, "content-type"), "text/html");
}

TEST_F(MetadataTest, ShowsAProfileOnlyIfThereIsOne) {
  spec.iam_profile_arn = "arn:aws:iam::123456789012:instance-profile/work";
  const auto info = nlohmann::json::parse(get("/latest/meta-data/iam/info").body);
  EXPECT_EQ(info["Code"], "Success");
  EXPECT_EQ(info["InstanceProfileArn"], spec.iam_profile_arn);
}

TEST_F(MetadataTest, ShowsTagsOnlyIfAllowed) {
  spec.metadata_tags = true;
  EXPECT_EQ(get("/latest/meta-data/tags/instance/").body, "Name");
  EXPECT_EQ(get("/latest/meta-data/tags/instance/Name").body, "mine");
  spec.tags[0].second = "changed while it runs";
  EXPECT_EQ(get("/latest/meta-data/tags/instance/Name").body, "changed while it runs");
}

TEST_F(MetadataTest, GivesUserDataAsItIs) {
  EXPECT_EQ(get("/latest/user-data").body, spec.user_data);
  spec.user_data.clear();
  EXPECT_EQ(get("/latest/user-data").status, 404);
  EXPECT_EQ(get("/latest/").body, "dynamic\nmeta-data");
}

TEST_F(MetadataTest, GivesTheIdentityDocument) {
  const auto document = nlohmann::json::parse(get("/latest/dynamic/instance-identity/document").body);
  EXPECT_EQ(document["instanceId"], "i-0123456789abcdef0");
  EXPECT_EQ(document["region"], "us-east-1");
  EXPECT_EQ(document["pendingTime"], "2023-11-14T22:13:20Z");
  EXPECT_TRUE(document["kernelId"].is_null());
}

TEST_F(MetadataTest, AcceptsATokenUntilItExpires) {
  spec.metadata_tokens_required = true;
  const std::string token = new_token(60);
  clock.advance(std::chrono::seconds(20));
  const auto answer = get_with(token, "/latest/meta-data/instance-id");
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(http::header(answer.headers, "X-aws-ec2-metadata-token-ttl-seconds"), "40");
  clock.advance(std::chrono::seconds(40));
  EXPECT_EQ(get_with(token, "/latest/meta-data/instance-id").status, 401);
}

TEST_F(MetadataTest, RefusesVersionOneWhereTokensAreRequired) {
  EXPECT_EQ(get("/latest/meta-data/").status, 200);
  spec.metadata_tokens_required = true;
  EXPECT_EQ(get("/latest/meta-data/").status, 401);
  EXPECT_EQ(get("/").status, 401);
}

TEST_F(MetadataTest, RefusesAWrongTokenEvenWhereNoneIsNeeded) {
  std::string forged = new_token(60);
  forged[3] = forged[3] == 'A' ? 'B' : 'A';
  for (const std::string& token : {forged, std::string("nonsense"), std::string("=")}) {
    EXPECT_EQ(get_with(token, "/latest/meta-data/").status, 401);
  }
  Metadata other{[this] { return spec; }, clock, random};
  EXPECT_EQ(other.handle({"GET", "/latest/", "", {{"X-aws-ec2-metadata-token", new_token(60)}}, "", ""}).status, 401);
}

TEST_F(MetadataTest, GivesNoTokenForAMissingOrWrongLifetime) {
  for (const std::string seconds : {"", "0", "-1", "21601", "an hour"}) {
    const auto answer = ask("PUT", "/latest/api/token", {{"X-aws-ec2-metadata-token-ttl-seconds", seconds}});
    EXPECT_EQ(answer.status, 400) << seconds;
  }
  EXPECT_EQ(ask("PUT", "/latest/api/token").status, 400);
  const auto longest = ask("PUT", "/latest/api/token", {{"x-aws-ec2-metadata-token-ttl-seconds", "21600"}});
  EXPECT_EQ(longest.status, 200);
  EXPECT_EQ(http::header(longest.headers, "X-aws-ec2-metadata-token-ttl-seconds"), "21600");
}

TEST_F(MetadataTest, GivesNoTokenThroughAProxy) {
  const auto answer = ask("PUT", "/latest/api/token",
                          {{"X-aws-ec2-metadata-token-ttl-seconds", "60"}, {"x-forwarded-for", "10.0.0.1"}});
  EXPECT_EQ(answer.status, 403);
}

TEST_F(MetadataTest, RefusesOtherMethods) {
  EXPECT_EQ(ask("POST", "/latest/meta-data/").status, 405);
  EXPECT_EQ(ask("PUT", "/latest/meta-data/").status, 405);
  EXPECT_EQ(ask("GET", "/latest/api/token").status, 405);
  EXPECT_EQ(ask("HEAD", "/latest/meta-data/").status, 200);
}

TEST_F(MetadataTest, IsForbiddenWhereItIsSwitchedOff) {
  const std::string token = new_token(60);
  spec.metadata_enabled = false;
  EXPECT_EQ(get("/latest/meta-data/").status, 403);
  EXPECT_EQ(get_with(token, "/latest/meta-data/").status, 403);
  EXPECT_EQ(ask("PUT", "/latest/api/token", {{"X-aws-ec2-metadata-token-ttl-seconds", "60"}}).status, 403);
}

TEST_F(MetadataTest, SaysThatItIsSimulated) {
  EXPECT_EQ(http::header(get("/").headers, "Server"), "EC2ws (simulated)");
}

}  // namespace
}  // namespace hotaru::sim
