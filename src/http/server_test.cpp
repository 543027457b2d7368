#include "http/server.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <condition_variable>
#include <mutex>
#include <stdexcept>
#include <thread>

namespace hotaru::http {
namespace {

/// A plain socket to the server: what is sent and read is exactly what stands in the test.
class Caller {
 public:
  explicit Caller(int port) : socket_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    connected_ = connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  }
  Caller(const Caller&) = delete;
  ~Caller() { close(socket_); }
  bool connected() const { return connected_; }
  void send(std::string_view text) { ::send(socket_, text.data(), text.size(), MSG_NOSIGNAL); }
  /// Everything up to and including `end`, or to the end of the stream.
  std::string read_until(std::string_view end) {
    std::string text;
    char byte = 0;
    while (recv(socket_, &byte, 1, 0) == 1) {
      text += byte;
      if (text.ends_with(end)) break;
    }
    return text;
  }
  std::string read_all() { return read_until("\xff never"); }

 private:
  int socket_;
  bool connected_ = false;
};

std::unique_ptr<Server> serve_or_die(Handler handler, int workers = 4, Duration patience = std::chrono::minutes(5)) {
  auto server = serve("127.0.0.1", 0, std::move(handler), workers, patience);
  if (!server) throw std::runtime_error(server.error().message);
  return std::move(*server);
}

/// Answers with what it saw.
Response echo(const ServerRequest& request) {
  return {200, {{"X-Seen", request.method}}, request.path + "|" + request.query + "|" + request.body};
}

TEST(HttpServer, GivesTheHandlerPathAndQueryAsSent) {
  const auto server = serve_or_die(echo);
  Caller caller(server->port());
  caller.send("GET /a%2Fb/%20c?x=%31&y=a+b HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
  const std::string answer = caller.read_all();
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 200 OK\r\n")) << answer;
  EXPECT_TRUE(answer.ends_with("\r\n\r\n/a%2Fb/%20c|x=%31&y=a+b|")) << answer;
}

TEST(HttpServer, AnAnswerThatDoesNotFitIntoTheSocketAtOnceComesWhole) {
  std::string large;
  while (large.size() < 6'000'000) large += std::to_string(large.size()) + " ";
  const auto server = serve_or_die([&](const ServerRequest&) { return Response{200, {}, large}; });
  Caller caller(server->port());
  caller.send("GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
  caller.read_until("\r\n\r\n");
  EXPECT_TRUE(caller.read_all() == large);
}

TEST(HttpServer, KeepsTheConnectionForAnyNumberOfRequests) {
  const auto server = serve_or_die(echo);
  Caller caller(server->port());
  for (int i = 0; i < 200; ++i) {
    caller.send("POST /x HTTP/1.1\r\nContent-Length: 3\r\n\r\nend");
    ASSERT_TRUE(caller.read_until("|end").starts_with("HTTP/1.1 200")) << "request " << i;
  }
}

TEST(HttpServer, AnswersRequestsThatWereSentAtOnceInTheirOrder) {
  const auto server = serve_or_die(echo);
  Caller caller(server->port());
  caller.send("GET /1 HTTP/1.1\r\n\r\nGET /2 HTTP/1.1\r\nConnection: close\r\n\r\n");
  const std::string answer = caller.read_all();
  EXPECT_LT(answer.find("/1||"), answer.find("/2||"));
  EXPECT_NE(answer.find("/2||"), std::string::npos);
}

TEST(HttpServer, TakesAPutWithoutABody) {
  const auto server = serve_or_die(echo);
  Caller caller(server->port());
  caller.send("PUT /latest/api/token HTTP/1.1\r\nX-aws-ec2-metadata-token-ttl-seconds: 60\r\n\r\n");
  EXPECT_NE(caller.read_until("||").find("X-Seen: PUT"), std::string::npos);
}

TEST(HttpServer, AnswersHeadWithoutABodyButWithItsLength) {
  const auto server = serve_or_die([](const ServerRequest&) { return Response{200, {}, "twelve bytes"}; });
  Caller caller(server->port());
  caller.send("HEAD / HTTP/1.1\r\nConnection: close\r\n\r\n");
  const std::string answer = caller.read_all();
  EXPECT_NE(answer.find("Content-Length: 12\r\n"), std::string::npos);
  EXPECT_TRUE(answer.ends_with("\r\n\r\n"));
}

TEST(HttpServer, ReadsChunkedBodiesAndSaysContinueWhenAsked) {
  const auto server = serve_or_die(echo);
  Caller caller(server->port());
  caller.send("POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\nExpect: 100-continue\r\n\r\n");
  EXPECT_EQ(caller.read_until("\r\n\r\n"), "HTTP/1.1 100 Continue\r\n\r\n");
  caller.send("4\r\nfire\r\n3\r\nfly\r\n0\r\n\r\n");
  EXPECT_TRUE(caller.read_until("firefly").ends_with("|firefly"));
}

TEST(HttpServer, TakesABodyOfHundredsOfKilobytesAndRefusesOneOverItsLimit) {
  const auto server =
      serve_or_die([](const ServerRequest& request) { return Response{200, {}, std::to_string(request.body.size())}; });
  Caller large(server->port());
  large.send("POST / HTTP/1.1\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 300000\r\n\r\n");
  large.send(std::string(300000, 'a'));
  EXPECT_TRUE(large.read_until("300000").starts_with("HTTP/1.1 200"));
  Caller larger(server->port());
  larger.send("POST / HTTP/1.1\r\nContent-Length: 5000000\r\n\r\n");
  EXPECT_TRUE(larger.read_until("\r\n").starts_with("HTTP/1.1 413"));
}

TEST(HttpServer, TurnsAnExceptionIntoStatus500AndGoesOn) {
  const auto server = serve_or_die([](const ServerRequest& request) -> Response {
    if (request.path == "/bad") throw std::runtime_error("boom");
    return {200, {}, "fine"};
  });
  Caller caller(server->port());
  caller.send("GET /bad HTTP/1.1\r\n\r\n");
  EXPECT_TRUE(caller.read_until("bug.\n").starts_with("HTTP/1.1 500"));
  caller.send("GET / HTTP/1.1\r\n\r\n");
  EXPECT_TRUE(caller.read_until("fine").starts_with("HTTP/1.1 200"));
}

TEST(HttpServer, RefusesGarbage) {
  const auto server = serve_or_die(echo);
  for (const char* garbage : {"\x16\x03\x01 hello\r\n\r\n", "GET\r\n\r\n", "GET / HTTP/3\r\n\r\n",
                              "GET / HTTP/1.1\r\nno colon\r\n\r\n", "GET / HTTP/1.1\r\nContent-Length: -1\r\n\r\n"}) {
    Caller caller(server->port());
    caller.send(garbage);
    EXPECT_TRUE(caller.read_until("\r\n").starts_with("HTTP/1.1 400")) << garbage;
  }
}

TEST(HttpServer, ServesMoreIdleConnectionsThanItHasWorkers) {
  const auto server = serve_or_die(echo, 2);
  std::vector<std::unique_ptr<Caller>> callers;
  for (int i = 0; i < 40; ++i) callers.push_back(std::make_unique<Caller>(server->port()));
  for (auto& caller : callers) {
    caller->send("GET / HTTP/1.1\r\n\r\n");
    EXPECT_TRUE(caller->read_until("/||").starts_with("HTTP/1.1 200"));
  }
}

TEST(HttpServer, AnswersWhileManyLeaveTheirRequestsHalfSent) {
  const auto server = serve_or_die(echo, 2);
  const std::pair<const char*, const char*> halves[] = {
      {"GET /a HT", "TP/1.1\r\n\r\n"},
      {"POST /a HTTP/1.1\r\nContent-Length: 4\r\n\r\nab", "cd"},
      {"POST /a HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nab", "cd\r\n0\r\n\r\n"}};
  std::vector<std::unique_ptr<Caller>> slow;
  for (int i = 0; i < 30; ++i) slow.push_back(std::make_unique<Caller>(server->port()));
  for (std::size_t i = 0; i < slow.size(); ++i) slow[i]->send(halves[i % 3].first);
  Caller refused(server->port());
  refused.send("GARBAGE\r\n\r\n");
  EXPECT_TRUE(refused.read_until("\r\n").starts_with("HTTP/1.1 400"));
  Caller caller(server->port());
  caller.send("GET /b HTTP/1.1\r\n\r\n");
  EXPECT_TRUE(caller.read_until("/b||").starts_with("HTTP/1.1 200"));
  for (std::size_t i = 0; i < slow.size(); ++i) {
    slow[i]->send(halves[i % 3].second);
    const std::string answer = slow[i]->read_until(i % 3 == 0 ? "/a||" : "abcd");
    EXPECT_TRUE(answer.starts_with("HTTP/1.1 200")) << "number " << i << ": " << answer;
  }
}

TEST(HttpServer, EndsConnectionsWhoseRequestsAreNeverCompletedAndKeepsIdleOnes) {
  const auto server = serve_or_die(echo, 2, Duration{20});
  Caller idle(server->port());
  Caller half(server->port());
  half.send("GET / HTTP/1.1\r\n");
  Caller refused(server->port());
  refused.send("GARBAGE\r\n\r\n");
  EXPECT_TRUE(half.read_all().starts_with("HTTP/1.1 408")) << "to the end of the stream";
  EXPECT_TRUE(refused.read_all().starts_with("HTTP/1.1 400"));
  idle.send("GET /a HTTP/1.1\r\n\r\n");
  EXPECT_TRUE(idle.read_until("/a||").starts_with("HTTP/1.1 200"));
}

TEST(HttpServer, ReadsARequestThatComesByteByByte) {
  const auto server = serve_or_die(echo, 1);
  Caller caller(server->port());
  for (const char byte : std::string_view("POST /a HTTP/1.1\r\nContent-Length: 4\r\n\r\nabcdGET /b HTTP/1.1\r\n\r\n")) {
    caller.send(std::string_view(&byte, 1));
  }
  EXPECT_TRUE(caller.read_until("abcd").starts_with("HTTP/1.1 200"));
  EXPECT_NE(caller.read_until("/b||").find("HTTP/1.1 200"), std::string::npos);
}

TEST(HttpServer, AnswersManyAtOnceWhileOthersWait) {
  std::mutex mutex;
  std::condition_variable all_here;
  int here = 0;
  const auto server = serve_or_die(
      [&](const ServerRequest&) {
        std::unique_lock lock(mutex);
        ++here;
        all_here.notify_all();
        all_here.wait(lock, [&] { return here == 10; });
        return Response{200, {}, "met"};
      },
      10);
  std::vector<std::thread> callers;
  for (int i = 0; i < 10; ++i) {
    callers.emplace_back([&] {
      Caller caller(server->port());
      caller.send("GET / HTTP/1.1\r\n\r\n");
      EXPECT_TRUE(caller.read_until("met").ends_with("met"));
    });
  }
  for (auto& caller : callers) caller.join();
}

TEST(HttpServer, StopEndsIdleConnectionsAndFreesThePort) {
  auto server = serve_or_die(echo);
  const int port = server->port();
  Caller idle(port);
  idle.send("GET / HTTP/1.1\r\n\r\n");
  idle.read_until("/||");
  server->stop();
  EXPECT_EQ(idle.read_all(), "");
  EXPECT_FALSE(Caller(port).connected());
  EXPECT_TRUE(serve("127.0.0.1", port, echo).has_value());
}

TEST(HttpServer, SaysThatAPortIsTaken) {
  const auto server = serve_or_die(echo);
  const auto second = serve("127.0.0.1", server->port(), echo);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().kind, ErrorClass::conflict);
  EXPECT_EQ(serve("not an address", 0, echo).error().kind, ErrorClass::invalid);
}

TEST(HttpServer, KnowsWhoCalls) {
  const auto server =
      serve_or_die([](const ServerRequest& request) { return Response{200, {}, request.remote_address + "!"}; });
  Caller caller(server->port());
  caller.send("GET / HTTP/1.1\r\n\r\n");
  EXPECT_TRUE(caller.read_until("!").ends_with("\r\n\r\n127.0.0.1!"));
}

}  // namespace
}  // namespace hotaru::http
