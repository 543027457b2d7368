#include "http/wire.h"

#include <gtest/gtest.h>

#include "base/random.h"

namespace hotaru::http {
namespace {

RequestHead head_of(std::string_view bytes) {
  auto head = parse_head(bytes);
  return head && *head ? **head : RequestHead{};
}

int refusal_of(std::string_view bytes) {
  auto head = parse_head(bytes);
  return head ? 0 : head.error();
}

TEST(HttpWire, ReadsAHeadAndHowLongItWas) {
  const auto head = head_of("POST /a?b=c HTTP/1.1\r\nHost: h\r\nX:\t y \r\nContent-Length: 4\r\n\r\nbody");
  EXPECT_EQ(head.method, "POST");
  EXPECT_EQ(head.path, "/a");
  EXPECT_EQ(head.query, "b=c");
  EXPECT_EQ(header(head.headers, "x"), "y");
  EXPECT_EQ(head.content_length, 4U);
  EXPECT_EQ(head.size, 60U);
  EXPECT_TRUE(head.keep_alive);
}

TEST(HttpWire, AsksForMoreWhileTheHeadIsNotWhole) {
  const std::string whole = "GET / HTTP/1.1\r\nHost: h\r\n\r\n";
  for (std::size_t size = 0; size < whole.size(); ++size) {
    const auto head = parse_head(std::string_view(whole).substr(0, size));
    ASSERT_TRUE(head) << size;
    EXPECT_FALSE(*head) << size;
  }
}

TEST(HttpWire, DropsSchemeAndHostOfAnAbsoluteTarget) {
  const auto head = head_of("GET http://169.254.169.254/latest?x HTTP/1.1\r\n\r\n");
  EXPECT_EQ(head.path, "/latest");
  EXPECT_EQ(head.query, "x");
  EXPECT_EQ(head_of("GET http://h HTTP/1.1\r\n\r\n").path, "/");
  EXPECT_EQ(head_of("GET /to?u=http://h HTTP/1.1\r\n\r\n").path, "/to");
}

TEST(HttpWire, KnowsWhenTheConnectionEnds) {
  EXPECT_FALSE(head_of("GET / HTTP/1.0\r\n\r\n").keep_alive);
  EXPECT_TRUE(head_of("GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n").keep_alive);
  EXPECT_FALSE(head_of("GET / HTTP/1.1\r\nConnection: close\r\n\r\n").keep_alive);
}

TEST(HttpWire, RefusesBodiesWhoseLengthCanBeReadInTwoWays) {
  EXPECT_EQ(refusal_of("POST / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n"), 400);
  EXPECT_EQ(refusal_of("POST / HTTP/1.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n"), 400);
  EXPECT_EQ(refusal_of("POST / HTTP/1.1\r\nTransfer-Encoding: gzip, chunked\r\n\r\n"), 400);
  EXPECT_EQ(refusal_of("POST / HTTP/1.1\r\nContent-Length: +1\r\n\r\n"), 400);
  EXPECT_EQ(refusal_of("POST / HTTP/1.1\r\nContent-Length: 99999999999999999999\r\n\r\n"), 400);
  EXPECT_EQ(refusal_of("POST / HTTP/1.1\r\nContent-Length : 1\r\n\r\n"), 400);
}

TEST(HttpWire, RefusesAHeadWithoutEnd) {
  EXPECT_EQ(refusal_of("GET / HTTP/1.1\r\nX: " + std::string(longest_head, 'a')), 431);
}

TEST(HttpWire, ReadsChunksWithExtensionsAndTrailers) {
  const std::string_view bytes = "5;x=y\r\nhello\r\n0\r\nTrailer: t\r\n\r\nnext";
  const auto body = parse_chunked(bytes, 100);
  ASSERT_TRUE(body && *body);
  EXPECT_EQ((*body)->body, "hello");
  EXPECT_EQ(bytes.substr((*body)->size), "next");
  EXPECT_FALSE(*parse_chunked("5\r\nhel", 100));
  EXPECT_EQ(parse_chunked("5\r\nhello!!", 100).error(), 400);
  EXPECT_EQ(parse_chunked("ffffffffffffffff\r\n", 100).error(), 413);
  EXPECT_EQ(parse_chunked("nonsense\r\n", 100).error(), 400);
}

TEST(HttpWire, WritesNoHeaderThatCouldSplitTheAnswer) {
  const std::string text = format_response(
      {200, {{"Good", "yes"}, {"Bad", "a\r\nSet-Cookie: b"}, {"Content-Length", "7"}}, "body"}, false, true);
  EXPECT_EQ(text, "HTTP/1.1 200 OK\r\nGood: yes\r\nContent-Length: 4\r\n\r\nbody");
  EXPECT_EQ(format_response({204, {}, "ignored"}, false, false),
            "HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n");
}

TEST(HttpWire, SurvivesAnyBytes) {
  SeededRandom random(1);
  const std::string seed =
      "POST /a?b HTTP/1.1\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n";
  for (int round = 0; round < 20'000; ++round) {
    std::string bytes = seed;
    for (int change = 0; change < 4; ++change) bytes[random.next() % bytes.size()] = static_cast<char>(random.next());
    bytes.resize(random.next() % (bytes.size() + 1));
    const auto head = parse_head(bytes);
    if (head && *head) {
      EXPECT_LE((*head)->size, bytes.size());
    }
    const auto body = parse_chunked(bytes, 1000);
    if (body && *body) {
      EXPECT_LE((*body)->size, bytes.size());
    }
  }
}

}  // namespace
}  // namespace hotaru::http
