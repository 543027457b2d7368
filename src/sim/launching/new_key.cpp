#include "sim/launching/new_key.h"

#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include <memory>
#include <vector>

#include "base/digest.h"
#include "base/text.h"

namespace hotaru::sim {

namespace {

using Key = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;
using Memory = std::unique_ptr<BIO, decltype(&BIO_free)>;

constexpr std::size_t ed25519_size = 32;

std::string bytes_of(BIO* memory) {
  char* data = nullptr;
  const long size = BIO_get_mem_data(memory, &data);
  return {data, static_cast<std::size_t>(size)};
}

/// RFC 4251, "string": its length in four bytes, then itself.
std::string field(const std::string& bytes) {
  std::string out;
  for (int shift = 24; shift >= 0; shift -= 8) out += static_cast<char>(bytes.size() >> shift & 0xff);
  return out + bytes;
}

/// RFC 4251, "mpint": never negative, so a first bit that is set has a zero before it.
std::string number(const EVP_PKEY* key, const char* name) {
  BIGNUM* value = nullptr;
  EVP_PKEY_get_bn_param(key, name, &value);
  std::vector<unsigned char> bytes(static_cast<std::size_t>(BN_num_bytes(value)));
  BN_bn2bin(value, bytes.data());
  BN_free(value);
  std::string text(bytes.begin(), bytes.end());
  if (!text.empty() && (static_cast<unsigned char>(text.front()) & 0x80) != 0) text.insert(text.begin(), '\0');
  return field(text);
}

std::string with_colons(const std::string& hex) {
  std::string out;
  for (std::size_t i = 0; i < hex.size(); i += 2) out += (i == 0 ? "" : ":") + hex.substr(i, 2);
  return out;
}

/// EC2 User Guide, "Verify the fingerprint of your key pair": of a key that EC2 made, SHA-1 of PKCS #8.
std::string private_fingerprint(const EVP_PKEY* key) {
  const Memory memory(BIO_new(BIO_s_mem()), BIO_free);
  PKCS8_PRIV_KEY_INFO* info = EVP_PKEY2PKCS8(key);
  i2d_PKCS8_PRIV_KEY_INFO_bio(memory.get(), info);
  PKCS8_PRIV_KEY_INFO_free(info);
  return with_colons(hex_encode(sha1(bytes_of(memory.get()))));
}

std::string in_lines(const std::string& text) {
  constexpr std::size_t width = 70;
  std::string out;
  for (std::size_t i = 0; i < text.size(); i += width) out += text.substr(i, width) + "\n";
  return out;
}

/// OpenSSH's PROTOCOL.key, without a passphrase.
std::string openssh_private_key(const std::string& blob, const std::string& public_half, const std::string& seed,
                                Random& random) {
  std::string check;
  for (int i = 0; i < 4; ++i) check += static_cast<char>(random.next() & 0xff);
  std::string secret =
      check + check + field("ssh-ed25519") + field(public_half) + field(seed + public_half) + field("");
  for (char pad = 1; secret.size() % 8 != 0; ++pad) secret += pad;
  const std::string body = std::string("openssh-key-v1") + '\0' + field("none") + field("none") + field("") +
                           std::string("\0\0\0\1", 4) + field(blob) + field(secret);
  return "-----BEGIN OPENSSH PRIVATE KEY-----\n" + in_lines(base64_encode(body)) +
         "-----END OPENSSH PRIVATE KEY-----\n";
}

}  // namespace

NewKey new_rsa_key() {
  const Key key(EVP_RSA_gen(2048), EVP_PKEY_free);
  const Memory memory(BIO_new(BIO_s_mem()), BIO_free);
  PEM_write_bio_PrivateKey_traditional(memory.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr);
  const std::string blob =
      field("ssh-rsa") + number(key.get(), OSSL_PKEY_PARAM_RSA_E) + number(key.get(), OSSL_PKEY_PARAM_RSA_N);
  return {bytes_of(memory.get()), "ssh-rsa " + base64_encode(blob), private_fingerprint(key.get())};
}

NewKey new_ed25519_key(Random& random) {
  std::string seed;
  for (std::size_t i = 0; i < ed25519_size; ++i) seed += static_cast<char>(random.next() & 0xff);
  const auto* raw = reinterpret_cast<const unsigned char*>(seed.data());
  const Key key(EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, raw, ed25519_size), EVP_PKEY_free);
  std::string half(ed25519_size, '\0');
  std::size_t size = half.size();
  EVP_PKEY_get_raw_public_key(key.get(), reinterpret_cast<unsigned char*>(half.data()), &size);
  const std::string blob = field("ssh-ed25519") + field(half);
  return {openssh_private_key(blob, half, seed, random), "ssh-ed25519 " + base64_encode(blob),
          base64_encode(sha256(blob))};
}

}  // namespace hotaru::sim
