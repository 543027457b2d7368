#include "aws/ssm.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "aws/json.h"

namespace hotaru::aws {

Result<SsmParameters> get_parameters(Client& client, const std::string& region, const std::vector<std::string>& names) {
  constexpr std::size_t most_at_once = 10;  // GetParameters, "Names: array members: maximum number of 10 items"
  SsmParameters parameters;
  for (std::size_t begin = 0; begin < names.size(); begin += most_at_once) {
    const std::size_t end = std::min(names.size(), begin + most_at_once);
    nlohmann::json body{{"Names", std::vector(names.begin() + static_cast<std::ptrdiff_t>(begin),
                                              names.begin() + static_cast<std::ptrdiff_t>(end))}};
    auto answer = ask_json(client, json_call("ssm", region, "GetParameters", true), body);
    if (!answer) return pass(answer);
    for (const auto& one : list_in(*answer, "Parameters")) {
      std::string name = text_in(one, "Name");
      if (!name.empty()) parameters.values[std::move(name)] = text_in(one, "Value");
    }
    for (const auto& one : list_in(*answer, "InvalidParameters")) {
      if (one.is_string()) parameters.unknown.push_back(one.get<std::string>());
    }
  }
  return parameters;
}

}  // namespace hotaru::aws
