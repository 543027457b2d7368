#include "sim/cbor.h"

#include <gtest/gtest.h>

namespace hotaru::sim {
namespace {

using namespace std::string_literals;

TEST(Cbor, WhatTheStandardShowsIsRead) {
  // RFC 8949, appendix A.
  EXPECT_EQ(json_of_cbor("\x18\x64"s), "100");
  EXPECT_EQ(json_of_cbor("\x39\x03\xe7"s), "-1000");
  EXPECT_EQ(json_of_cbor("\xf9\x3e\x00"s), "1.5");
  EXPECT_EQ(json_of_cbor("\xfa\x47\xc3\x50\x00"s), "100000.0");
  EXPECT_EQ(json_of_cbor("\xfb\x3f\xf1\x99\x99\x99\x99\x99\x9a"s), "1.1");
  EXPECT_EQ(json_of_cbor("\xc1\x1a\x51\x4b\x67\xb0"s), "1363896240") << "a time is its number";
  EXPECT_EQ(json_of_cbor("\xa2\x61\x61\x01\x61\x62\x82\x02\x03"s), R"({"a":1,"b":[2,3]})");
  EXPECT_EQ(json_of_cbor("\xbf\x63\x46\x75\x6e\xf5\x63\x41\x6d\x74\x21\xff"s), R"({"Amt":-2,"Fun":true})");
  EXPECT_EQ(json_of_cbor("\x7f\x65strea\x64ming\xff"s), R"("streaming")");
  EXPECT_EQ(json_of_cbor(""), "{}");
}

TEST(Cbor, WhatIsNoneIsRefused) {
  for (const std::string& wrong :
       {"\xa1"s, "\x9f\x01"s, "\x62\x61"s, "\xa1\x01\x01"s, "\x01\x01"s, "\xff"s, "\xfc"s,
        "\x7b\xff\xff\xff\xff\xff\xff\xff\xff"s, "\x3b\xff\xff\xff\xff\xff\xff\xff\xff"s, std::string(100'000, '\x81')})
    EXPECT_EQ(json_of_cbor(wrong), std::nullopt) << wrong.substr(0, 20);
}

TEST(Cbor, WhatIsWrittenReadsAsItWas) {
  const std::string json = R"({"A":[1,-2,"x",true,null,1.5],"B":{"C":"ü"},"StateUpdatedTimestamp":1700000000.25})";
  const std::string bytes = cbor_of_json(json);
  EXPECT_EQ(json_of_cbor(bytes), json);
  EXPECT_NE(bytes.find("StateUpdatedTimestamp\xc1"), std::string::npos) << "a time has its tag";
}

TEST(Cbor, TheOperationStandsInThePath) {
  http::ServerRequest request;
  request.path = "/service/Granite/operation/DeleteAlarms";
  EXPECT_EQ(cbor_operation(request, "Granite"), "DeleteAlarms");
  EXPECT_EQ(cbor_operation(request, "Other"), "");
  request.path = "/service/Granite";
  EXPECT_EQ(cbor_operation(request, "Granite"), "");
}

}  // namespace
}  // namespace hotaru::sim
