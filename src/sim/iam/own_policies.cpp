#include <fmt/format.h>

#include <algorithm>

#include "sim/iam/form.h"
#include "sim/iam/holders.h"
#include "sim/iam/policy_grammar.h"

namespace hotaru::sim::iam {

namespace {

constexpr std::size_t longest_name = 128;

template <class T>
ApiError no_own_policy(const Holder<T>& holder, const std::string& policy) {
  return no_such(fmt::format("The {} policy with name {} cannot be found.", holder.noun, policy));
}

template <class T>
ApiResult<Xml> put(Context& context, const Parameters& parameters, const Holder<T>& holder) {
  const std::string name = read_name(parameters, holder.parameter, 64);
  const std::string policy = read_name(parameters, "PolicyName", longest_name);
  const std::string document = parameters.required("PolicyDocument");
  if (auto no = parameters.finish()) return std::unexpected(*no);
  const auto found = find_holder(context, holder, name);
  if (!found) return std::unexpected(found.error());
  if (auto no = check_policy(document, PolicyUse::own)) return std::unexpected(*no);
  std::size_t size = document.size();
  for (const auto& [other, text] : (*found)->policies.own) size += other == policy ? 0 : text.size();
  if (const std::size_t most = std::string_view(holder.noun) == "role" ? 10'240 : 2'048; size > most)
    return refuse("LimitExceeded",
                  fmt::format("Maximum policy size of {} bytes exceeded for {} {}", most, holder.noun, name), 409);
  change_holder(context, holder, name, [&](PolicySet& set) { set.own[policy] = document; });
  return Xml{};
}

template <class T>
ApiResult<Xml> get(Context& context, const Parameters& parameters, const Holder<T>& holder) {
  const std::string name = read_name(parameters, holder.parameter, 64);
  const std::string policy = read_name(parameters, "PolicyName", longest_name);
  if (auto no = parameters.finish()) return std::unexpected(*no);
  const auto found = find_holder(context, holder, name);
  if (!found) return std::unexpected(found.error());
  const auto document = (*found)->policies.own.find(policy);
  if (document == (*found)->policies.own.end()) return std::unexpected(no_own_policy(holder, policy));
  Xml xml;
  xml.text(holder.parameter, name).text("PolicyName", policy);
  write_document(xml, "PolicyDocument", document->second);
  return xml;
}

template <class T>
ApiResult<Xml> list(Context& context, const Parameters& parameters, const Holder<T>& holder) {
  const std::string name = read_name(parameters, holder.parameter, 64);
  const ListRequest request = read_list(parameters);
  if (auto no = parameters.finish()) return std::unexpected(*no);
  const auto found = find_holder(context, holder, name);
  if (!found) return std::unexpected(found.error());
  std::vector<std::string> names;
  for (const auto& [policy, document] : (*found)->policies.own) names.push_back(policy);
  const ListRequest& asked = request;
  if (!asked.after.empty()) std::erase_if(names, [&](const std::string& one) { return one <= asked.after; });
  const bool truncated = names.size() > asked.most;
  if (truncated) names.resize(asked.most);
  Xml xml;
  xml.element("PolicyNames", [&](Xml& all) {
    for (const std::string& one : names) all.text("member", one);
  });
  xml.flag("IsTruncated", truncated);
  if (truncated) xml.text("Marker", next_marker(names.back()));
  return xml;
}

template <class T>
ApiResult<Xml> remove(Context& context, const Parameters& parameters, const Holder<T>& holder) {
  const std::string name = read_name(parameters, holder.parameter, 64);
  const std::string policy = read_name(parameters, "PolicyName", longest_name);
  if (auto no = parameters.finish()) return std::unexpected(*no);
  const auto found = find_holder(context, holder, name);
  if (!found) return std::unexpected(found.error());
  if (!(*found)->policies.own.contains(policy)) return std::unexpected(no_own_policy(holder, policy));
  change_holder(context, holder, name, [&](PolicySet& set) { set.own.erase(policy); });
  return Xml{};
}

}  // namespace

ApiResult<Xml> put_role_policy(Context& context, const Parameters& parameters) {
  return put(context, parameters, role_holder);
}
ApiResult<Xml> get_role_policy(Context& context, const Parameters& parameters) {
  return get(context, parameters, role_holder);
}
ApiResult<Xml> list_role_policies(Context& context, const Parameters& parameters) {
  return list(context, parameters, role_holder);
}
ApiResult<Xml> delete_role_policy(Context& context, const Parameters& parameters) {
  return remove(context, parameters, role_holder);
}

ApiResult<Xml> put_user_policy(Context& context, const Parameters& parameters) {
  return put(context, parameters, user_holder);
}
ApiResult<Xml> get_user_policy(Context& context, const Parameters& parameters) {
  return get(context, parameters, user_holder);
}
ApiResult<Xml> list_user_policies(Context& context, const Parameters& parameters) {
  return list(context, parameters, user_holder);
}
ApiResult<Xml> delete_user_policy(Context& context, const Parameters& parameters) {
  return remove(context, parameters, user_holder);
}

}  // namespace hotaru::sim::iam
