#include "base/digest.h"

// The digests themselves, not EVP: EVP fetches a provider, which reads openssl.cnf and sets up all of libcrypto at the
// first call of every command (measured: 3 MiB and the larger half of the executable). They are deprecated for programs
// that let an administrator choose the algorithm; Signature V4 leaves nothing to choose.
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/md5.h>
#include <openssl/sha.h>

#include <algorithm>
#include <array>

namespace hotaru {
namespace {

constexpr std::size_t sha256_block = 64;

template <std::size_t size>
std::string text_of(const std::array<unsigned char, size>& bytes) {
  return {bytes.begin(), bytes.end()};
}

/// SHA-256 of the two, one after the other.
std::string sha256_of(std::string_view first, std::string_view second) {
  SHA256_CTX context;
  std::array<unsigned char, SHA256_DIGEST_LENGTH> out{};
  SHA256_Init(&context);
  SHA256_Update(&context, first.data(), first.size());
  SHA256_Update(&context, second.data(), second.size());
  SHA256_Final(out.data(), &context);
  return text_of(out);
}

}  // namespace

std::string sha256(std::string_view data) { return sha256_of(data, {}); }

std::string md5(std::string_view data) {
  MD5_CTX context;
  std::array<unsigned char, MD5_DIGEST_LENGTH> out{};
  MD5_Init(&context);
  MD5_Update(&context, data.data(), data.size());
  MD5_Final(out.data(), &context);
  return text_of(out);
}

std::string sha1(std::string_view data) {
  SHA_CTX context;
  std::array<unsigned char, SHA_DIGEST_LENGTH> out{};
  SHA1_Init(&context);
  SHA1_Update(&context, data.data(), data.size());
  SHA1_Final(out.data(), &context);
  return text_of(out);
}

// RFC 2104: H(key ^ opad, H(key ^ ipad, data)).
std::string hmac_sha256(std::string_view key, std::string_view data) {
  std::string inner(key.size() > sha256_block ? sha256(key) : std::string(key));
  inner.resize(sha256_block, '\0');
  std::string outer = inner;
  std::ranges::for_each(inner, [](char& byte) { byte ^= 0x36; });
  std::ranges::for_each(outer, [](char& byte) { byte ^= 0x5c; });
  return sha256_of(outer, sha256_of(inner, data));
}

}  // namespace hotaru
