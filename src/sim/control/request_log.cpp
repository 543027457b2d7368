#include "sim/control/request_log.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>

#include "base/text.h"

namespace hotaru::sim {
namespace {

/// What came over the network goes into the log only as a short word.
std::string word(std::string_view text) {
  std::string result;
  for (const char c : text.substr(0, 64)) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    if (!plain && c != '-' && c != '_' && c != '.') break;
    result += c;
  }
  return result.empty() ? "-" : result;
}

std::string_view between(std::string_view text, std::string_view before, std::string_view after) {
  const std::size_t begin = text.find(before);
  if (begin == text.npos) return "";
  text.remove_prefix(begin + before.size());
  return text.substr(0, text.find(after));
}

std::string action_of(const http::ServerRequest& request) {
  const std::string target = http::header(request.headers, "X-Amz-Target");
  if (!target.empty()) return word(target.substr(target.rfind('.') + 1));
  for (const std::string_view form : {std::string_view(request.body), std::string_view(request.query)}) {
    if (form.starts_with("Action=")) return word(form.substr(7));
    if (const auto found = between(form, "&Action=", "&"); !found.empty()) return word(found);
  }
  return request.method == "GET" && request.path.size() > 1 ? word(request.path.substr(1)) : "-";
}

/// Region and service stand in the credential scope: KEY/DATE/REGION/SERVICE/aws4_request.
std::pair<std::string, std::string> scope_of(const http::ServerRequest& request) {
  std::string scope(between(http::header(request.headers, "Authorization"), "Credential=", ","));
  if (scope.empty()) scope = percent_decode(between(request.query, "X-Amz-Credential=", "&"), true);
  const auto parts = split(scope, '/');
  if (parts.size() < 4) return {"-", "-"};
  return {word(parts[2]), word(parts[3])};
}

std::string code_of(const http::Response& response) {
  if (response.status < 400) return "ok";
  if (const auto code = between(response.body, "<Code>", "<"); !code.empty()) return word(code);
  const auto type = between(response.body, "\"__type\":\"", "\"");
  return word(type.substr(type.rfind('#') + 1));
}

}  // namespace

std::string request_line(TimePoint time, const http::ServerRequest& request, const http::Response& response,
                         Duration took) {
  const auto [region, service] = scope_of(request);
  return fmt::format("{} {} {} {} {} {} {} ms", iso8601(time), service, action_of(request), region, response.status,
                     code_of(response), took.count());
}

LineLog::LineLog(std::filesystem::path path, std::uintmax_t largest) : path_(std::move(path)), largest_(largest) {
  open();
}

LineLog::~LineLog() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

void LineLog::open() {
  if (descriptor_ >= 0) ::close(descriptor_);
  descriptor_ = ::open(path_.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  struct stat facts{};
  size_ = descriptor_ >= 0 && ::fstat(descriptor_, &facts) == 0 ? static_cast<std::uintmax_t>(facts.st_size) : 0;
}

void LineLog::write(const std::string& line) {
  const std::string text = line + "\n";
  const std::lock_guard lock(mutex_);
  if (size_ + text.size() > largest_ && size_ > 0) {
    std::error_code ignored;  // then it goes on growing
    std::filesystem::rename(path_, path_.string() + ".1", ignored);
    open();
  }
  if (const auto written = ::write(descriptor_, text.data(), text.size()); written > 0) {
    size_ += static_cast<std::uintmax_t>(written);
  }
}

}  // namespace hotaru::sim
