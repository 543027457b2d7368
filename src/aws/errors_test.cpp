#include "aws/errors.h"

#include <gtest/gtest.h>

#include "base/random.h"

namespace hotaru::aws {
namespace {

const Call launch{"ec2", "us-east-1", "RunInstances", {}, true};

std::string ec2_error(const std::string& code, const std::string& message) {
  return "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Response><Errors><Error><Code>" + code + "</Code><Message>" +
         message + "</Message></Error></Errors><RequestID>req-1</RequestID></Response>";
}

TEST(AwsErrors, ReadEc2sForm) {
  const auto error =
      parse_service_error(ec2_error("InvalidInstanceID.NotFound", "The instance ID 'i-1' does not exist"));
  EXPECT_EQ(error.code, "InvalidInstanceID.NotFound");
  EXPECT_EQ(error.message, "The instance ID 'i-1' does not exist");
  EXPECT_EQ(error.request_id, "req-1");
}

TEST(AwsErrors, ReadStssForm) {
  const auto error = parse_service_error(
      "<ErrorResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><Error><Type>Sender</Type>"
      "<Code>InvalidClientTokenId</Code><Message>The token is invalid.</Message></Error>"
      "<RequestId>req-2</RequestId></ErrorResponse>");
  EXPECT_EQ(error.code, "InvalidClientTokenId");
  EXPECT_EQ(error.request_id, "req-2");
}

TEST(AwsErrors, ReadThatOfAwsJson) {
  const auto error = parse_service_error(R"({"__type":"com.amazonaws.ssm#ParameterNotFound:http://internal/x",)"
                                         R"("message":"no \u001b[31m such"})");
  EXPECT_EQ(error.code, "ParameterNotFound");
  EXPECT_EQ(error.message, "no \x1b[31m such");
  EXPECT_EQ(parse_service_error(R"({"__type":"NoSuchResourceException","Message":"M"})").message, "M");
  EXPECT_EQ(parse_service_error("{garbage").code, "");
}

TEST(AwsErrors, OfAwsJsonAreShownWithTheRequestAndWithoutControlCharacters) {
  Call call{"servicequotas", "us-east-1", "GetServiceQuota", {}, true};
  call.target = "ServiceQuotasV20190624";
  const Error error =
      error_of(call, {400,
                      {{"x-amzn-RequestId", "req-9"}},
                      R"({"__type":"NoSuchResourceException","message":"The quota \u001b[31m is not."})"});
  EXPECT_EQ(error.kind, ErrorClass::not_found);
  EXPECT_EQ(error.message, "The quota  [31m is not.");
  EXPECT_EQ(error.context, "servicequotas us-east-1 GetServiceQuota, HTTP status 400, request req-9");
  const Error header_only = error_of(call, {400, {{"x-amzn-ErrorType", "AccessDeniedException:http://x"}}, "{}"});
  EXPECT_EQ(header_only.code, "AccessDeniedException");
  const Error silent = error_of(call, {502, {}, "<html>"});
  EXPECT_EQ(silent.message, "Service Quotas answered GetServiceQuota with HTTP status 502 and no reason.");
}

TEST(AwsErrors, AreClassifiedByCode) {
  const std::pair<const char*, ErrorClass> expected[] = {
      {"InvalidInstanceID.NotFound", ErrorClass::not_found},
      {"InvalidGroup.NotFound", ErrorClass::not_found},
      {"InvalidAMIID.NotFound", ErrorClass::not_found},
      {"InvalidInstanceID.Malformed", ErrorClass::invalid},
      {"InvalidParameterValue", ErrorClass::invalid},
      {"MissingParameter", ErrorClass::invalid},
      {"VcpuLimitExceeded", ErrorClass::quota},
      {"MaxSpotInstanceCountExceeded", ErrorClass::quota},
      {"AddressLimitExceeded", ErrorClass::quota},
      {"RequestLimitExceeded", ErrorClass::throttled},
      {"Client.RequestLimitExceeded", ErrorClass::throttled},
      {"ThrottlingException", ErrorClass::throttled},
      {"TooManyRequestsException", ErrorClass::throttled},
      {"ParameterNotFound", ErrorClass::not_found},
      {"NoSuchResourceException", ErrorClass::not_found},
      {"AccessDeniedException", ErrorClass::unauthorized},
      {"DependencyAccessDeniedException", ErrorClass::unauthorized},
      {"QuotaExceededException", ErrorClass::quota},
      {"ResourceAlreadyExistsException", ErrorClass::conflict},
      {"InvalidNextTokenException", ErrorClass::invalid},
      {"ExpiredNextTokenException", ErrorClass::invalid},
      {"SerializationException", ErrorClass::invalid},
      {"ValidationException", ErrorClass::invalid},
      {"InternalServerError", ErrorClass::unavailable},
      {"ServiceException", ErrorClass::unavailable},
      {"UnknownOperationException", ErrorClass::unsupported},
      {"InsufficientInstanceCapacity", ErrorClass::capacity},
      {"Server.InsufficientInstanceCapacity", ErrorClass::capacity},
      {"InsufficientHostCapacity", ErrorClass::capacity},
      {"SpotMaxPriceTooLow", ErrorClass::capacity},
      {"Unsupported", ErrorClass::capacity},
      {"UnsupportedOperation", ErrorClass::unsupported},
      {"UnauthorizedOperation", ErrorClass::unauthorized},
      {"AuthFailure", ErrorClass::unauthorized},
      {"OptInRequired", ErrorClass::unauthorized},
      {"PendingVerification", ErrorClass::unauthorized},
      {"InvalidGroup.Duplicate", ErrorClass::conflict},
      {"DependencyViolation", ErrorClass::conflict},
      {"IncorrectInstanceState", ErrorClass::conflict},
      {"IdempotentParameterMismatch", ErrorClass::conflict},
      {"InternalError", ErrorClass::unavailable},
      {"Unavailable", ErrorClass::unavailable},
  };
  for (const auto& [code, kind] : expected) EXPECT_EQ(classify(code, 400), kind) << code;
}

TEST(AwsErrors, AreClassifiedByStatusWhenTheCodeSaysNothing) {
  EXPECT_EQ(classify("", 503), ErrorClass::unavailable);
  EXPECT_EQ(classify("", 429), ErrorClass::throttled);
  EXPECT_EQ(classify("", 403), ErrorClass::unauthorized);
  EXPECT_EQ(classify("", 504), ErrorClass::unknown_outcome);
  EXPECT_EQ(classify("SomethingNew", 500), ErrorClass::unavailable);
  EXPECT_EQ(classify("SomethingNew", 400), ErrorClass::invalid);
}

TEST(AwsErrors, TellTheUserWhatWhyAndWhatNext) {
  const auto error =
      error_of(launch, {400, {}, ec2_error("VcpuLimitExceeded", "You have requested more vCPU capacity")});
  EXPECT_EQ(error.message, "You have requested more vCPU capacity.");
  EXPECT_NE(error.hint.find("hotaru quota request"), std::string::npos);
  EXPECT_EQ(error.code, "VcpuLimitExceeded");
  EXPECT_EQ(error.context, "ec2 us-east-1 RunInstances, HTTP status 400, request req-1");
}

TEST(AwsErrors, NameTheActionThatIsNotPermittedAndLeaveTheEncodedMessageOut) {
  const auto error = error_of(launch, {403,
                                       {},
                                       ec2_error("UnauthorizedOperation",
                                                 "You are not authorized to perform this operation. Encoded "
                                                 "authorization failure message: abcDEF123")});
  EXPECT_NE(error.message.find("ec2:RunInstances"), std::string::npos);
  EXPECT_EQ(error.message.find("abcDEF"), std::string::npos);
  EXPECT_EQ(error.kind, ErrorClass::unauthorized);
}

TEST(AwsErrors, SayThatAPageIsNoAnswerOfAws) {
  for (const char* body : {"", "<html><body>Gateway</body></html>", "not found", "<Response/>", "\xff\xfe<<<>"}) {
    const auto error = error_of(launch, {503, {}, body});
    EXPECT_EQ(error.kind, ErrorClass::unavailable) << body;
    EXPECT_EQ(error.message, "EC2 answered RunInstances with HTTP status 503 and no reason.");
    EXPECT_NE(error.hint.find("proxy"), std::string::npos);
  }
}

TEST(AwsErrors, TakeARedirectForNoAnswerAtAll) {
  // A launch that it answers may or may not have happened: never a refusal.
  EXPECT_EQ(error_of(launch, {302, {}, ""}).kind, ErrorClass::unknown_outcome);
}

TEST(AwsErrors, KeepControlCharactersOfAServerOffTheTerminal) {
  const auto error = error_of(launch, {400, {}, ec2_error("X\x1b[2J", "red \x1b[31m text")});
  for (const auto& text : {error.message, error.code, error.context}) EXPECT_EQ(text.find('\x1b'), std::string::npos);
  const auto silent = error_of(launch, {400, {}, ec2_error("X\nY", "")});
  EXPECT_EQ(silent.message, "RunInstances was refused: X Y.");
}

TEST(AwsErrors, AreShortenedBetweenCharacters) {
  const auto error = error_of(launch, {400, {}, ec2_error("X", std::string(599, 'x') + "\xe8\x9b\x8d and more")});
  EXPECT_EQ(error.message, std::string(599, 'x') + "…");
}

TEST(AwsErrors, SurviveAnyBytes) {
  SeededRandom random(3);
  const std::string seed = ec2_error("AuthFailure", "message");
  for (int round = 0; round < 5'000; ++round) {
    std::string body = seed;
    for (int change = 0; change < 5; ++change) body[random.next() % body.size()] = static_cast<char>(random.next());
    body.resize(random.next() % (body.size() + 1));
    EXPECT_FALSE(error_of(launch, {400, {}, body}).message.empty());
  }
}

}  // namespace
}  // namespace hotaru::aws
