#include "sim/envelope.h"

namespace hotaru::sim {

namespace {

constexpr auto declaration = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";
constexpr auto sts_namespace = "https://sts.amazonaws.com/doc/2011-06-15/";
constexpr auto ec2_namespace = "http://ec2.amazonaws.com/doc/2016-11-15/";

/// `inside` in front of `more`, which may be large and is copied only once.
http::Response xml(int status, const std::string& root, std::string_view name_space, const Xml& inside,
                   const Xml& more = {}) {
  std::string body;
  body.reserve(inside.str().size() + more.str().size() + 2 * root.size() + 160);
  body.append(declaration).append("<").append(root);
  if (!name_space.empty()) body.append(" xmlns=\"").append(name_space).append("\"");
  body.append(">").append(inside.str()).append(more.str()).append("</").append(root).append(">\n");
  return {status, {{"Content-Type", "text/xml;charset=UTF-8"}}, std::move(body)};
}

/// Code and message of ours hold no characters that JSON would have to escape, but what was sent may be quoted in them.
std::string json_text(const std::string& text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    if (static_cast<unsigned char>(c) >= 0x20) out += c;
  }
  return out + "\"";
}

bool speaks_query(const std::string& service) { return service.empty() || service == "ec2" || service == "sts"; }

}  // namespace

http::Response success(const std::string& service, const std::string& action, const Xml& inside,
                       const std::string& request_id) {
  if (service == "sts") {
    Xml all;
    all.element(action + "Result", inside).element("ResponseMetadata", Xml{}.text("RequestId", request_id));
    return xml(200, action + "Response", sts_namespace, all);
  }
  return xml(200, action + "Response", ec2_namespace, Xml{}.text("requestId", request_id), inside);
}

http::Response failure(const std::string& service, const ApiError& error, const std::string& request_id) {
  if (!speaks_query(service)) {
    return {error.status,
            {{"Content-Type", "application/x-amz-json-1.1"}},
            "{\"__type\":" + json_text(error.code) + ",\"message\":" + json_text(error.message) + "}"};
  }
  Xml what;
  if (service == "sts") what.text("Type", error.status < 500 ? "Sender" : "Receiver");
  what.text("Code", error.code).text("Message", error.message);
  if (service == "sts") {
    return xml(error.status, "ErrorResponse", sts_namespace,
               Xml{}.element("Error", what).text("RequestId", request_id));
  }
  return xml(error.status, "Response", "",
             Xml{}.element("Errors", Xml{}.element("Error", what)).text("RequestID", request_id));
}

}  // namespace hotaru::sim
