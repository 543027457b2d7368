#pragma once

#include <functional>
#include <memory>
#include <pugixml.hpp>
#include <string>
#include <utility>
#include <vector>

#include "aws/ec2.h"
#include "base/result.h"

/// EC2's XML in and its query parameters out. Only the .cpp files of the calls include this.
namespace hotaru::aws {

using Parameters = std::vector<std::pair<std::string, std::string>>;

/// The parsed answer; its root is the `…Response` element. The body is kept with the document, which points into it.
class Answer {
 public:
  static Result<Answer> parse(std::string body);
  pugi::xml_node root() const { return document_->document_element(); }

 private:
  explicit Answer(std::string body)
      : body_(std::make_unique<std::string>(std::move(body))), document_(std::make_unique<pugi::xml_document>()) {}
  std::unique_ptr<std::string> body_;
  std::unique_ptr<pugi::xml_document> document_;
};

/// The text of a child, "" if there is none.
std::string text_of(pugi::xml_node node, const char* child);
int number_of(pugi::xml_node node, const char* child);
bool is_true(pugi::xml_node node, const char* child);
/// `<tagSet><item><key/><value/></item>…`.
Tags tags_of(pugi::xml_node node);
/// The same of the `<tagSet>` itself.
Tags tags_in(pugi::xml_node tag_set);

void add_filters(Parameters& parameters, const Filters& filters);
/// `NAME.1=…&NAME.2=…`.
void add_list(Parameters& parameters, const std::string& name, const std::vector<std::string>& values);
/// `TagSpecification.N.…`; nothing without tags. Names the next free N and returns the one after.
int add_tag_specification(Parameters& parameters, int number, const std::string& resource_type, const Tags& tags);

/// Sends and parses.
Result<Answer> ask(Client& client, const Call& call);

/// The token of the next page, found without parsing; "" if there is none, or none that can be told so.
std::string next_token_in(const std::string& body);

/// Sends until there is no further page; `read` is given the root of each, while (`ahead`) the next one is fetched
/// already, and `done` is called once the page has left memory. A deadline of the call holds for the first page: who
/// has begun to answer is waited for as long as pages come.
Result<void> ask_all_pages(
    Client& client, const Call& call, const std::function<void(pugi::xml_node root)>& read,
    const std::function<void()>& done = [] {}, bool ahead = true);

}  // namespace hotaru::aws
