#include "aws/xml.h"

#include <fmt/format.h>

#include <future>
#include <optional>
#include <string_view>

#include "base/text.h"

namespace hotaru::aws {

Result<Answer> Answer::parse(std::string body) {
  Answer answer(std::move(body));
  // Texts in their elements, not in nodes of their own: nearly half the memory of a long list.
  constexpr unsigned how = pugi::parse_default | pugi::parse_embed_pcdata;
  if (!answer.document_->load_buffer_inplace(answer.body_->data(), answer.body_->size(), how)) {
    return fail(ErrorClass::unknown_outcome, "The answer is no XML, so it is not EC2's.", "Check the endpoint.");
  }
  return answer;
}

std::string text_of(pugi::xml_node node, const char* child) { return node.child_value(child); }

int number_of(pugi::xml_node node, const char* child) {
  const auto number = parse_integer(trim(node.child_value(child)));
  return number && *number >= 0 && *number <= 1'000'000'000 ? static_cast<int>(*number) : 0;
}

bool is_true(pugi::xml_node node, const char* child) { return to_lower(node.child_value(child)) == "true"; }

Tags tags_of(pugi::xml_node node) { return tags_in(node.child("tagSet")); }

Tags tags_in(pugi::xml_node tag_set) {
  Tags tags;
  for (const auto item : tag_set.children("item")) {
    tags.push_back({text_of(item, "key"), text_of(item, "value")});
  }
  return tags;
}

void add_filters(Parameters& parameters, const Filters& filters) {
  int number = 1;
  for (const auto& filter : filters) {
    const std::string prefix = fmt::format("Filter.{}.", number++);
    parameters.emplace_back(prefix + "Name", filter.name);
    add_list(parameters, prefix + "Value", filter.values);
  }
}

void add_list(Parameters& parameters, const std::string& name, const std::vector<std::string>& values) {
  int number = 1;
  for (const auto& value : values) parameters.emplace_back(fmt::format("{}.{}", name, number++), value);
}

int add_tag_specification(Parameters& parameters, int number, const std::string& resource_type, const Tags& tags) {
  if (tags.empty()) return number;
  const std::string prefix = fmt::format("TagSpecification.{}.", number);
  parameters.emplace_back(prefix + "ResourceType", resource_type);
  int tag_number = 1;
  for (const auto& tag : tags) {
    const std::string tag_prefix = fmt::format("{}Tag.{}.", prefix, tag_number++);
    parameters.emplace_back(tag_prefix + "Key", tag.key);
    parameters.emplace_back(tag_prefix + "Value", tag.value);
  }
  return number + 1;
}

Result<Answer> ask(Client& client, const Call& call) {
  auto body = client.send(call);
  if (!body) return pass(body);
  return Answer::parse(std::move(*body));
}

std::string next_token_in(const std::string& body) {
  constexpr std::string_view opening = "<nextToken>";
  const auto found = body.rfind(opening);
  if (found == std::string::npos) return "";
  const auto begin = found + opening.size();
  const std::string token = body.substr(begin, body.find('<', begin) - begin);
  // One with entities in it is left to the parser.
  return token.find('&') == std::string::npos ? token : "";
}

namespace {

/// A page on its way.
class Ahead {
 public:
  Ahead(Client& client, Call call, const std::string& token) : token_(token) {
    call.deadline.reset();
    call.parameters.emplace_back("NextToken", token);
    body_ = std::async(std::launch::async, [&client, call = std::move(call)] { return client.send(call); });
  }
  const std::string& token() const { return token_; }
  Result<std::string> body() { return body_.get(); }

 private:
  std::string token_;
  std::future<Result<std::string>> body_;
};

}  // namespace

Result<void> ask_all_pages(Client& client, const Call& call, const std::function<void(pugi::xml_node root)>& read,
                           const std::function<void()>& done, bool ahead) {
  constexpr int most_pages = 10'000;  // an endpoint that turns in circles is not followed for ever
  std::string token;
  auto body = client.send(call);
  for (int page = 0; page < most_pages; ++page) {
    if (!body) return pass(body);
    std::optional<Ahead> next;
    if (const std::string seen = ahead ? next_token_in(*body) : ""; !seen.empty() && seen != token)
      next.emplace(client, call, seen);
    std::string following;
    {
      auto answer = Answer::parse(std::move(*body));
      if (!answer) return pass(answer);
      read(answer->root());
      following = text_of(answer->root(), "nextToken");
    }
    done();
    if (following.empty() || following == token) return {};
    // What was asked for ahead is taken if the parsed page says the same.
    if (!next || next->token() != following) next.emplace(client, call, following);
    body = next->body();
    token = std::move(following);
  }
  return fail(ErrorClass::unavailable, "EC2 answered with pages without end.");
}

}  // namespace hotaru::aws
