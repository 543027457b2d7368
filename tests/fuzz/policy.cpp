// IAM's policy documents, and what they say of a call. The first line is the action, the second the resource.
#include "sim/iam/policy.h"
#include "sim/iam/policy_grammar.h"

#include "fuzz/fuzz.h"

HOTARU_FUZZ(input) {
  using hotaru::fuzz::require;
  using namespace hotaru::sim;
  const auto first = input.find('\n');
  const auto second = first == input.npos ? input.npos : input.find('\n', first + 1);
  if (second == input.npos) return;
  const PolicyQuestion question{std::string(input.substr(0, first)),
                                std::string(input.substr(first + 1, second - first - 1)),
                                {{"aws:requestedregion", "us-east-1"}}};
  const std::string_view text = input.substr(second + 1);
  const auto document = read_policy(text);
  if (!document) {
    require(check_policy(text, PolicyUse::own).has_value(), "what cannot be read is refused");
    return;
  }
  const Verdict alone = judge({*document}, question);
  require(judge({*document, *document}, question) == alone, "said twice it is the same");
  const auto everything = read_policy(R"({"Statement":{"Effect":"Allow","Action":"*","Resource":"*"}})");
  const Verdict more = judge({*document, *everything}, question);
  require((more == Verdict::denied) == (alone == Verdict::denied), "what is denied stays so, whatever else is allowed");
  trusts(*document, {"000000000000"}, question);
}
