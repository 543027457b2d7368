#include "cli/connection.h"

#include <istream>
#include <ostream>

#include "base/file.h"
#include "base/text.h"
#include "cli/talk.h"

namespace hotaru::cli {

std::string remembered_name(const Context& context, const std::string& name) {
  return name + "@" + context.cloud_mark();
}

void remember_connection(Context& context, const ssh::Target& target) {
  if (target.address.empty() || target.host_key_alias.empty()) return;
  ssh::Target kept = target;
  kept.name = remembered_name(context, target.name);
  if (auto remembered = ssh::remember_target(context.folders(), kept); !remembered) {
    tell_note(context, remembered.error().message);
  }
}

void follow_connection(Context& context, const lifecycle::Launched& launched) {
  if (launched.ready) {
    remember_connection(context, launched.target);
  } else {
    ssh::forget_target(context.folders(), remembered_name(context, launched.facts.name));
  }
}

void forget_connection(Context& context, const std::string& name) {
  const std::string key = remembered_name(context, name);
  if (auto target = ssh::remembered_target(context.folders(), key)) ssh::close_shared(*target, context.runner());
  ssh::forget_target(context.folders(), key);
}

void offer_alias(Context& context, const ssh::Target& target) {
  const auto declined = context.folders().state / "ssh" / "include-declined";
  if (!context.can_ask() || context.json() || context.globals().yes || ssh::is_included(context.folders())) return;
  std::error_code ignored;
  if (std::filesystem::exists(declined, ignored)) return;
  context.err() << "May ~/.ssh/config include hotaru's aliases, so that `ssh " << target.name
                << "`, scp, rsync and editors work? [y/N] " << std::flush;
  const auto typed = read_answer(context);
  if (!typed || !*typed) return;  // no answer is none to remember
  const std::string answer = to_lower(trim(**typed));
  const auto done = answer == "y" || answer == "yes" ? ssh::include_in_user_config(context.folders())
                                                     : write_file(declined, "", 0600);
  if (!done) tell_note(context, done.error().message);
}

}  // namespace hotaru::cli
