#pragma once

#include <string>

#include "cli/context.h"
#include "lifecycle/lifecycle.h"
#include "ssh/ssh.h"

/// What this machine keeps so that connecting is quick: the remembered target, and the offer of ssh aliases (which the
/// lifecycle keeps right).
namespace hotaru::cli {

/// The key under which a target is remembered: the name, and which cloud and account it is in.
std::string remembered_name(const Context& context, const std::string& name);
/// Remembers where to connect to, and brings the alias up to date. A failure is no more than a note: the instance is
/// up.
void remember_connection(Context& context, const ssh::Target& target);
/// After up or start: remembers a connection that works; of one that nobody has waited for the address is not known.
void follow_connection(Context& context, const lifecycle::Launched& launched);
/// Forgets it, and closes a shared connection (before stop, and whenever the address is about to change).
void forget_connection(Context& context, const std::string& name);
/// On a terminal, once: offers to include our aliases in ~/.ssh/config. A no is remembered.
void offer_alias(Context& context, const ssh::Target& target);

}  // namespace hotaru::cli
