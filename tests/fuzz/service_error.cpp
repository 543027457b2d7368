// What a service, or something in between, answers in place of an answer. The first byte chooses the status.
#include "aws/errors.h"
#include "base/text.h"
#include "fuzz/fuzz.h"

namespace hotaru::aws {

HOTARU_FUZZ(input) {
  using fuzz::require;
  constexpr int statuses[] = {400, 401, 403, 404, 429, 500, 502, 503, 302, 200};
  const int status = statuses[fuzz::take_byte(input) % std::size(statuses)];
  const Error error = error_of({"ec2", "us-east-1", "RunInstances", {}, true}, {status, {}, std::string(input)});
  require(!error.message.empty(), "there is always something to say");
  std::vector<std::string> shown = lines(error.context);  // one below the other
  shown.insert(shown.end(), {error.message, error.hint, error.code});
  for (const std::string& text : shown) {
    require(fuzz::is_plain(text), "what is shown moves no cursor and breaks no line");
    require(!fuzz::is_utf8(input) || fuzz::is_utf8(text), "what is shortened is not cut within a character");
  }
  may_be_clock_skew(error.code);
}

}  // namespace hotaru::aws
