#pragma once

#include <string>
#include <string_view>

namespace hotaru {

/// Raw bytes (32). From OpenSSL.
std::string sha256(std::string_view data);
/// Raw bytes (32).
std::string hmac_sha256(std::string_view key, std::string_view data);
/// Raw bytes (16). For fingerprints that EC2 defines by MD5 only; never for security.
std::string md5(std::string_view data);
/// Raw bytes (20). For the names of the AWS CLI's token files only; never for security.
std::string sha1(std::string_view data);

}  // namespace hotaru
