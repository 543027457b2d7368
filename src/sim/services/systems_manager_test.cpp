#include "sim/images.h"
#include "sim/scenario/script.h"
#include "sim/test_api.h"

namespace hotaru::sim {
namespace {

class SystemsManager : public TestApi {
 protected:
  std::string get(const std::string& name) {
    return ask("ssm", "AmazonSSM.GetParameter", R"({"Name":")" + name + "\"}");
  }
  static constexpr auto noble = "/aws/service/canonical/ubuntu/server/24.04/stable/current/amd64/hvm/ebs-gp3/ami-id";
  /// The id in a parameter's answer.
  static std::string image_in(const std::string& answer) {
    const std::string mark = "\"Value\":\"";
    const auto at = answer.find(mark);
    if (at == std::string::npos) return answer;
    return answer.substr(at + mark.size(), answer.find('"', at + mark.size()) - at - mark.size());
  }
};

TEST_F(SystemsManager, KnowsTheNewestImageOfEachKind) {
  const Image* image = find_image("us-east-1", image_in(get(noble)));
  ASSERT_NE(image, nullptr);
  EXPECT_EQ(image->name, "ubuntu/images/hvm-ssd-gp3/ubuntu-noble-24.04-amd64-server-20260710");
  const std::string deep = "/aws/service/deeplearning/ami/arm64/base-oss-nvidia-driver-gpu-ubuntu-24.04/latest/ami-id";
  image = find_image("us-east-1", image_in(get(deep)));
  ASSERT_NE(image, nullptr);
  EXPECT_EQ(image->architecture, "arm64");
  EXPECT_EQ(image->name, "Deep Learning ARM64 Base OSS Nvidia Driver GPU AMI (Ubuntu 24.04) 20260710");
  for (const char* name : {"/aws/service/canonical/ubuntu/server/22.04/stable/current/arm64/hvm/ebs-gp2/ami-id",
                           "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64",
                           "/aws/service/ami-windows-latest/Windows_Server-2022-English-Full-Base"})
    EXPECT_NE(find_image("us-east-1", image_in(get(name))), nullptr) << name;
}

TEST_F(SystemsManager, AnswersByVersionAndByArn) {
  const std::string plain = get(noble);
  EXPECT_NE(plain.find(R"("DataType":"aws:ec2:image")"), std::string::npos) << plain;
  EXPECT_EQ(image_in(get(std::string("arn:aws:ssm:us-east-1::parameter") + noble)), image_in(plain));
  EXPECT_NE(get(std::string(noble) + ":1").find(R"("Selector":":1")"), std::string::npos);
  EXPECT_EQ(code(get(std::string(noble) + ":7")), "ParameterVersionNotFound");
}

TEST_F(SystemsManager, RefusesAsTheServiceDoes) {
  EXPECT_EQ(code(get("/aws/service/canonical/none")), "ParameterNotFound");
  EXPECT_EQ(code(get("aws/service")), "ValidationException");
  EXPECT_EQ(code(get("a b")), "ValidationException");
  EXPECT_EQ(code(ask("ssm", "AmazonSSM.GetParameter", "{}")), "ValidationException");
  EXPECT_EQ(code(ask("ssm", "AmazonSSM.GetParameter", R"({"Name":1})")), "SerializationException");
  EXPECT_EQ(code(ask("ssm", "AmazonSSM.GetParameter", "{")), "SerializationException");
  EXPECT_EQ(code(ask("ssm", "AmazonSSM.SendCommand", "{}")), "UnknownOperationException");
  EXPECT_EQ(code(ask("ssm", "ServiceQuotasV20190624.GetParameter", "{}")), "UnknownOperationException");
  TestSigner signer;
  signer.secret = "wrong";
  EXPECT_EQ(code(ask("ssm", "AmazonSSM.GetParameter", "{}", signer)), "InvalidSignatureException");
  signer.key_id = "AKIDOTHER";
  EXPECT_EQ(code(ask("ssm", "AmazonSSM.GetParameter", "{}", signer)), "UnrecognizedClientException");
  signer = {};
  signer.region = "af-south-1";
  EXPECT_EQ(code(ask("ssm", "AmazonSSM.GetParameter", "{}", signer)), "UnrecognizedClientException");
}

TEST_F(SystemsManager, TellsOfSeveralWhichItHasAndWhichNot) {
  const std::string answer =
      ask("ssm", "AmazonSSM.GetParameters", std::string(R"({"Names":[")") + noble + R"(","/none"]})");
  EXPECT_NE(answer.find(R"("InvalidParameters":["/none"])"), std::string::npos) << answer;
  EXPECT_EQ(count(answer, "\"Name\""), 1u);
  EXPECT_EQ(code(ask("ssm", "AmazonSSM.GetParameters", R"({"Names":["1","2","3","4","5","6","7","8","9","10","11"]})")),
            "ValidationException");
}

TEST_F(SystemsManager, ListsAPathInPages) {
  const std::string target = "AmazonSSM.GetParametersByPath";
  const auto list = [&](const std::string& more) {
    return ask("ssm", target, R"({"Path":"/aws/service/deeplearning/","Recursive":true)" + more + "}");
  };
  const std::string all = list("");
  EXPECT_EQ(count(all, "\"Name\""), 8u) << all;
  std::string token;
  std::size_t seen = 0;
  do {
    const auto page = list(",\"MaxResults\":3" + (token.empty() ? "" : ",\"NextToken\":\"" + token + "\""));
    seen += count(page, "\"Name\"");
    const auto input = JsonInput::parse(page);
    ASSERT_TRUE(input) << page;
    token = input->text("NextToken");
  } while (!token.empty());
  EXPECT_EQ(seen, 8u);
  EXPECT_EQ(count(ask("ssm", target, R"({"Path":"/aws/service/deeplearning"})"), "\"Name\""), 0u) << "one level only";
  EXPECT_EQ(code(list(",\"MaxResults\":11")), "ValidationException");
  EXPECT_EQ(code(list(",\"NextToken\":\"?\"")), "InvalidNextToken");
  EXPECT_EQ(code(ask("ssm", target, R"({"Path":"aws"})")), "ValidationException");
}

TEST_F(SystemsManager, IsHeldToTheScenario) {
  Script script(clock_);
  world_->follow(script);
  script.load(*parse_scenario("errors: [{action: GetParameter, code: UnauthorizedOperation, times: 1}]\n"
                              "throttling: [{action: GetParameters, burst: 1, per_second: 0}]\n"
                              "lost_replies: [{action: GetParametersByPath}]\n",
                              "s"),
              clock_.now());
  EXPECT_EQ(code(get(noble)), "AccessDeniedException");
  EXPECT_EQ(code(get(noble)).find("AccessDenied"), std::string::npos);
  const std::string names = R"({"Names":["/a"]})";
  ask("ssm", "AmazonSSM.GetParameters", names);
  EXPECT_EQ(code(ask("ssm", "AmazonSSM.GetParameters", names)), "ThrottlingException");
  TestSigner signer;
  signer.service = "ssm";
  auto request = signer.post(R"({"Path":"/"})", clock_.now());
  request.headers.emplace_back("X-Amz-Target", "AmazonSSM.GetParametersByPath");
  EXPECT_TRUE(http::is_no_answer(endpoint_->handle(request)));
}

}  // namespace
}  // namespace hotaru::sim
