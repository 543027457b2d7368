#pragma once

#include <optional>
#include <string>

#include "lifecycle/lifecycle.h"

namespace hotaru::lifecycle {

/// The key pair that instances are launched with.
struct PublicKey {
  std::string name;  ///< in EC2
  std::string public_text;
  std::string identity;             ///< as ssh::Target has it
  std::optional<Error> locked_out;  ///< why no session could be opened with it from here
};

/// Ours (made at first use), or the one of a file. `invalid` for a kind of key that EC2 does not import.
Result<PublicKey> public_key_for(const Context& context, const std::string& key_file);
/// The same without making one: nullopt if ours has yet to be made.
Result<std::optional<PublicKey>> present_public_key(const Context& context, const std::string& key_file);

/// Whether the key pair has been imported into the region, as far as is known.
bool is_key_imported(Context& context, const std::string& region, const std::string& name);
void set_key_imported(Context& context, const std::string& region, const std::string& name);
void forget_key_imported(Context& context, const std::string& region, const std::string& name);

/// Closes the shared connection to an instance of which the address is remembered.
void close_connection(Context& context, const std::string& name, const std::string& id);
/// What this machine keeps of an instance (cache, alias, host keys, shared connection) is removed.
void forget_instance(Context& context, const std::string& name, const std::string& id);

}  // namespace hotaru::lifecycle
