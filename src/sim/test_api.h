#pragma once

#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <string>

#include "base/text.h"
#include "sim/endpoint.h"
#include "sim/in_memory_transport.h"
#include "sim/test_signer.h"

/// For tests: the endpoint on a world of its own, called as a client calls it, signed.
namespace hotaru::sim {

using Form = std::map<std::string, std::string>;

class TestApi : public testing::Test {
 protected:
  TestApi() { open(""); }

  void open(const std::filesystem::path& path) {
    endpoint_.reset();
    world_.reset();
    auto opened = World::open(path, clock_, random_);
    ASSERT_TRUE(opened) << opened.error().message;
    world_ = std::move(*opened);
    const TestSigner signer;
    endpoint_.emplace(Endpoint::Config{"000000000000", {{signer.key_id, signer.secret}}}, *world_, nullptr);
  }

  http::Response send(const std::string& body, const TestSigner& signer = {}) {
    return endpoint_->handle(signer.post(body, clock_.now()));
  }

  /// The answer's XML; or "CODE: message" of a refusal.
  std::string call(const std::string& action, const Form& form = {}, const TestSigner& signer = {}) {
    std::string body = "Action=" + action + "&Version=2016-11-15";
    for (const auto& [name, value] : form) body += "&" + percent_encode(name) + "=" + percent_encode(value);
    const auto response = send(body, signer);
    if (response.status == 200) return response.body;
    return value(response.body, "Code") + ": " + value(response.body, "Message");
  }

  /// The JSON of an operation ("AmazonSSM.GetParameter"), or "CODE: message" of a refusal.
  std::string ask(const std::string& service, const std::string& target, const std::string& json,
                  TestSigner signer = {}) {
    signer.service = service;
    auto request = signer.post(json, clock_.now());
    request.headers.emplace_back("X-Amz-Target", target);
    request.headers.emplace_back("Content-Type", "application/x-amz-json-1.1");
    const auto response = endpoint_->handle(request);
    if (response.status == 200) return response.body;
    const auto refusal = JsonInput::parse(response.body);
    return refusal ? refusal->text("__type") + ": " + refusal->text("message") : response.body;
  }

  /// The text of the first element of that name.
  static std::string value(const std::string& xml, const std::string& name) {
    const auto start = xml.find("<" + name + ">");
    if (start == std::string::npos) return "";
    const auto from = start + name.size() + 2;
    return xml.substr(from, xml.find("</" + name + ">", from) - from);
  }
  static std::size_t count(const std::string& xml, const std::string& text) {
    std::size_t found = 0;
    for (auto at = xml.find(text); at != std::string::npos; at = xml.find(text, at + 1)) ++found;
    return found;
  }
  static std::string code(const std::string& answer) { return answer.substr(0, answer.find(':')); }

  FakeClock clock_;
  SeededRandom random_{11};
  std::unique_ptr<World> world_;
  std::optional<Endpoint> endpoint_;
};

}  // namespace hotaru::sim
