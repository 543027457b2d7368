#pragma once

#include <string_view>

namespace hotaru::sim {

/// Whether a server is listening on a TCP port, in the calling thread's network namespace. Asks the kernel for its
/// listening sockets only: /proc/net/tcp walks the whole table of connections (measured here: 10 ms of CPU a time).
bool is_listening(int port);

/// The same out of the text of /proc/net/tcp or tcp6, for kernels that cannot be asked.
bool table_has_listener(std::string_view table, int port);

}  // namespace hotaru::sim
