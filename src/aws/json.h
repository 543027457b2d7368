#pragma once

#include <functional>
#include <nlohmann/json_fwd.hpp>
#include <string>

#include "aws/client.h"
#include "base/result.h"

/// AWS JSON (1.0 of CloudWatch, 1.1 of the others) in and out. Only the .cpp files of the calls include this.
namespace hotaru::aws {

/// A call of such a service, without its body.
Call json_call(const std::string& service, const std::string& region, const std::string& action, bool idempotent);

/// Sends `body`, an object, and parses the answer. The answer is an object, whatever was sent.
Result<nlohmann::json> ask_json(Client& client, Call call, const nlohmann::json& body);

/// Sends until there is no further page (`NextToken`); `read` is given each.
Result<void> ask_json_pages(Client& client, const Call& call, nlohmann::json body,
                            const std::function<void(const nlohmann::json& page)>& read);

/// The text of a member; "" if there is none or it is none.
std::string text_in(const nlohmann::json& object, const char* member);
/// The number of a member, which may be written as text; 0 if there is none, or none that is finite.
double number_in(const nlohmann::json& object, const char* member);
/// The object of a member; an empty one if there is none.
const nlohmann::json& object_in(const nlohmann::json& object, const char* member);
/// The list of a member; an empty one if there is none.
const nlohmann::json& list_in(const nlohmann::json& object, const char* member);

}  // namespace hotaru::aws
