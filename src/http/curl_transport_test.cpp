#include "http/curl_transport.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <future>
#include <stdexcept>
#include <thread>

#include "http/server.h"

namespace hotaru::http {
namespace {

std::unique_ptr<Server> serve_or_die(Handler handler) {
  auto server = serve("127.0.0.1", 0, std::move(handler));
  if (!server) throw std::runtime_error(server.error().message);
  return std::move(*server);
}

std::string url_of(const Server& server, const std::string& path = "/") {
  return fmt::format("http://127.0.0.1:{}{}", server.port(), path);
}

/// A listener whose one peer is handled by hand.
class RawServer {
 public:
  RawServer() : listener_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    if (bind(listener_, reinterpret_cast<sockaddr*>(&address), size) != 0 || listen(listener_, 4) != 0 ||
        getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
      throw std::runtime_error("cannot listen");
    }
    port_ = ntohs(address.sin_port);
  }
  RawServer(const RawServer&) = delete;
  ~RawServer() { close(listener_); }
  std::string url() const { return fmt::format("http://127.0.0.1:{}/", port_); }
  int descriptor() const { return listener_; }
  int accept_one() const { return accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC); }

 private:
  int listener_;
  int port_ = 0;
};

std::string read_head(int peer) {
  std::string text;
  char byte = 0;
  while (!text.ends_with("\r\n\r\n") && recv(peer, &byte, 1, 0) == 1) text += byte;
  return text;
}

TEST(CurlTransport, SendsMethodHeadersAndBodyAndGivesBackAll) {
  const auto server = serve_or_die([](const ServerRequest& request) {
    return Response{418,
                    {{"X-Told", header(request.headers, "x-asked")}},
                    fmt::format("{} {}?{} [{}] {}", request.method, request.path, request.query,
                                header(request.headers, "content-type"), request.body)};
  });
  CurlTransport transport({});
  const auto answer = transport.send(
      {"POST", url_of(*server, "/a%20b?c=%2F"), {{"X-Asked", "why"}, {"Content-Type", "text/x"}}, "body"});
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ(answer->status, 418);
  EXPECT_EQ(header(answer->headers, "X-Told"), "why");
  EXPECT_EQ(answer->body, "POST /a%20b?c=%2F [text/x] body");
}

TEST(CurlTransport, TellsWhileAServerTakesTheRequestAndDoesNotAnswer) {
  const RawServer server;
  CurlTransport transport({});
  int told = 0;
  Request request{.url = server.url(), .timeout = Duration{2'500}, .waiting = [&] { ++told; }};
  const auto answer = transport.send(request);
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().kind, ErrorClass::unknown_outcome);
  EXPECT_NE(answer.error().message.find("did not answer within 2.5 s"), std::string::npos) << answer.error().message;
  EXPECT_GE(told, 1);
}

TEST(CurlTransport, SpeaksTheOtherMethodsToo) {
  const auto server = serve_or_die(
      [](const ServerRequest& request) { return Response{200, {{"X-Method", request.method}}, request.body}; });
  CurlTransport transport({});
  for (const char* method : {"GET", "HEAD", "PUT", "DELETE", "POST"}) {
    const auto answer = transport.send({method, url_of(*server)});
    ASSERT_TRUE(answer) << answer.error().message;
    EXPECT_EQ(header(answer->headers, "x-method"), method);
  }
  const auto put = transport.send({"PUT", url_of(*server), {}, "content"});
  ASSERT_TRUE(put);
  EXPECT_EQ(put->body, "content");
}

TEST(CurlTransport, CarriesALargeBodyBothWays) {
  const auto server = serve_or_die([](const ServerRequest& request) { return Response{200, {}, request.body}; });
  CurlTransport transport({});
  const std::string large(2'000'000, 'x');
  const auto answer = transport.send({"POST", url_of(*server), {}, large});
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ(answer->body, large);
}

TEST(CurlTransport, KeepsTheConnectionForTheNextRequest) {
  const RawServer server;
  auto served = std::async(std::launch::async, [&] {
    const int peer = server.accept_one();
    for (int i = 0; i < 2; ++i) {
      read_head(peer);
      const std::string answer = fmt::format("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n{}", i);
      send(peer, answer.data(), answer.size(), MSG_NOSIGNAL);
    }
    close(peer);
  });
  CurlTransport transport({});
  EXPECT_EQ(transport.send({"GET", server.url()}).value().body, "0");
  EXPECT_EQ(transport.send({"GET", server.url()}).value().body, "1");
}

TEST(CurlTransport, KeepsTheConnectionsToSeveralServersApart) {
  const RawServer first;
  const RawServer second;
  std::promise<void> second_done;
  const auto serve = [](const RawServer& server, const std::shared_future<void>& before) {
    const int peer = server.accept_one();
    for (int i = 0; i < 2; ++i) {
      read_head(peer);
      if (before.valid()) before.wait();
      const std::string answer = fmt::format("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n{}", i);
      send(peer, answer.data(), answer.size(), MSG_NOSIGNAL);
    }
    close(peer);
  };
  const std::shared_future<void> wait_for_second = second_done.get_future().share();
  auto at_first = std::async(std::launch::async, serve, std::cref(first), wait_for_second);
  auto at_second = std::async(std::launch::async, serve, std::cref(second), std::shared_future<void>());
  CurlTransport transport({});
  auto to_first = std::async(std::launch::async, [&] { return transport.send({"GET", first.url()}).value().body; });
  EXPECT_EQ(transport.send({"GET", second.url()}).value().body, "0");
  second_done.set_value();
  EXPECT_EQ(to_first.get(), "0");
  // Nobody would accept another connection.
  EXPECT_EQ(transport.send({"GET", second.url()}).value().body, "1");
  EXPECT_EQ(transport.send({"GET", first.url()}).value().body, "1");
}

/// Answers one request, and closes the kept connection when a second comes on it; counts the requests until one on
/// another connection has been answered.
int requests_until_answered(const RawServer& server) {
  const auto answer = [](int peer) {
    const std::string text = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
    send(peer, text.data(), text.size(), MSG_NOSIGNAL);
  };
  const int kept = server.accept_one();
  read_head(kept);
  answer(kept);
  int requests = 1;
  pollfd either[] = {{kept, POLLIN, 0}, {server.descriptor(), POLLIN, 0}};
  poll(either, 2, 10'000);
  if ((either[0].revents & POLLIN) != 0 && !read_head(kept).empty()) ++requests;
  close(kept);
  const int other = server.accept_one();
  read_head(other);
  answer(other);
  close(other);
  return requests + 1;
}

TEST(CurlTransport, SendsARequestTwiceOnAConnectionThatDiedUnlessAFreshOneIsAskedFor) {
  for (const bool fresh : {false, true}) {
    const RawServer server;
    auto served = std::async(std::launch::async, [&] { return requests_until_answered(server); });
    CurlTransport transport({});
    ASSERT_TRUE(transport.send({"GET", server.url()}));
    Request second{.method = "POST", .url = server.url(), .fresh_connection = fresh};
    EXPECT_TRUE(transport.send(second));
    EXPECT_EQ(served.get(), fresh ? 2 : 3);
  }
}

TEST(CurlTransport, NothingWasSentWhenTheConnectionIsRefused) {
  auto server = serve_or_die([](const ServerRequest&) { return Response{}; });
  const std::string url = url_of(*server);
  server->stop();
  CurlTransport transport({});
  const auto answer = transport.send({"POST", url, {}, "x"});
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().kind, ErrorClass::unavailable);
  EXPECT_EQ(answer.error().code, "CannotConnect");
}

TEST(CurlTransport, TheOutcomeIsUnknownWhenTheConnectionBreaksAfterTheRequest) {
  const RawServer server;
  auto served = std::async(std::launch::async, [&] {
    const int peer = server.accept_one();
    read_head(peer);
    const std::string_view half = "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf";
    send(peer, half.data(), half.size(), MSG_NOSIGNAL);
    close(peer);
  });
  CurlTransport transport({});
  const auto answer = transport.send({"GET", server.url()});
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().kind, ErrorClass::unknown_outcome);
}

TEST(CurlTransport, TheOutcomeIsUnknownWhenTheAnswerIsNotHttp) {
  const RawServer server;
  auto served = std::async(std::launch::async, [&] {
    const int peer = server.accept_one();
    read_head(peer);
    const std::string_view noise = "+PONG hello\r\n\r\n";
    send(peer, noise.data(), noise.size(), MSG_NOSIGNAL);
    close(peer);
  });
  CurlTransport transport({});
  const auto answer = transport.send({"GET", server.url()});
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().kind, ErrorClass::unknown_outcome);
  EXPECT_NE(answer.error().message.find("not HTTP"), std::string::npos) << answer.error().message;
}

TEST(CurlTransport, TheOutcomeIsUnknownWhenNoAnswerComesInTime) {
  const RawServer server;  // accepts in the kernel, and never answers
  CurlTransport transport({});
  Request request{"POST", server.url(), {}, "x"};
  request.timeout = Duration{50};
  const auto answer = transport.send(request);
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().kind, ErrorClass::unknown_outcome);
  EXPECT_EQ(answer.error().code, "TimedOut");
}

TEST(CurlTransport, CtrlCEndsARequestThatWaits) {
  const Interrupt interrupt;
  const RawServer server;
  auto served = std::async(std::launch::async, [&] {
    const int peer = server.accept_one();
    read_head(peer);
    raise(SIGINT);
    return peer;
  });
  CurlTransport transport({.interrupt = &interrupt});
  const auto answer = transport.send({"GET", server.url()});
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().kind, ErrorClass::interrupted);
  close(served.get());
  EXPECT_EQ(transport.send({"GET", server.url()}).error().kind, ErrorClass::interrupted) << "not even begun";
}

TEST(CurlTransport, ARedirectIsData) {
  const auto server =
      serve_or_die([](const ServerRequest&) { return Response{302, {{"Location", "http://127.0.0.1:1/"}}, ""}; });
  CurlTransport transport({});
  EXPECT_EQ(transport.send({"GET", url_of(*server)}).value().status, 302);
}

TEST(CurlTransport, RefusesWhatIsNotHttpAndHeadersWithLineBreaks) {
  CurlTransport transport({});
  EXPECT_EQ(transport.send({"GET", "file:///etc/passwd"}).error().kind, ErrorClass::invalid);
  EXPECT_EQ(transport.send({"GET", "http://127.0.0.1:1/", {{"X", "a\r\nY: b"}}}).error().kind, ErrorClass::invalid);
}

TEST(CurlTransport, GoesThroughTheProxyButNotToLoopback) {
  const auto proxy = serve_or_die([](const ServerRequest& request) {
    return Response{200, {}, "proxied " + header(request.headers, "host") + request.path};
  });
  const auto server = serve_or_die([](const ServerRequest&) { return Response{200, {}, "direct"}; });
  const Environment environment({{"http_proxy", url_of(*proxy)}, {"HTTP_PROXY", "http://127.0.0.1:1"}});
  CurlTransport transport(CurlOptions::of(environment, nullptr));
  EXPECT_EQ(transport.send({"GET", "http://ec2.example.invalid/x"}).value().body, "proxied ec2.example.invalid/x");
  EXPECT_EQ(transport.send({"GET", url_of(*server)}).value().body, "direct");
}

TEST(CurlTransport, ServesManyThreadsAtOnce) {
  const auto server = serve_or_die([](const ServerRequest& request) { return Response{200, {}, request.query}; });
  CurlTransport transport({});
  std::atomic<int> right{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 8; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 20; ++i) {
        const std::string query = fmt::format("{}-{}", t, i);
        const auto answer = transport.send({"GET", url_of(*server, "/?" + query)});
        if (answer && answer->body == query) ++right;
      }
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(right, 160);
}

}  // namespace
}  // namespace hotaru::http
