#pragma once

#include <string>
#include <vector>

/// Getting through a port that is not open yet, for ssh(1).
namespace hotaru::ssh {

/// Run by ssh as its ProxyCommand with ProxyUseFdpass (ssh_config(5)): waits until the port accepts a connection and
/// hands that connection over by standard output. So ssh has started and read its keys when the port opens, the
/// instance sees one connection and no probes that its sshd would fork for, and the handshake does not wait for
/// delayed acknowledgements (TCP_NODELAY, which ssh itself sets only once a session begins: 40 ms).
/// Returns an exit code: 0 when it was handed over; 1 when the port did not open in ten seconds, or ssh has gone.
int door_main(const std::string& address, int port);

/// The options that make ssh use it: empty where this executable cannot be run again, or the address is not numeric.
std::vector<std::string> door_options(const std::string& address, int port);

/// What ssh says when `door_main` did not hand over a connection.
inline constexpr const char* no_connection = "did not pass back a connection";

}  // namespace hotaru::ssh
