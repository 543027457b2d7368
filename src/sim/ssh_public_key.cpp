#include "sim/ssh_public_key.h"

#include <cstdint>
#include <utility>
#include <vector>

#include "base/digest.h"
#include "base/text.h"

namespace hotaru::sim {

namespace {

/// Takes length-prefixed strings off an SSH key blob (RFC 4251, section 5).
std::optional<std::string> take_string(std::string_view& blob) {
  if (blob.size() < 4) return std::nullopt;
  std::uint32_t length = 0;
  for (int i = 0; i < 4; ++i) length = length << 8 | static_cast<unsigned char>(blob[static_cast<std::size_t>(i)]);
  if (blob.size() - 4 < length) return std::nullopt;
  std::string value(blob.substr(4, length));
  blob.remove_prefix(4 + length);
  return value;
}

std::string ssh_string(const std::string& value) {
  std::string out;
  for (int shift = 24; shift >= 0; shift -= 8) out += static_cast<char>(value.size() >> shift & 0xff);
  return out + value;
}

std::string der(unsigned char tag, const std::string& content) {
  std::string out(1, static_cast<char>(tag));
  const std::size_t size = content.size();
  if (size < 0x80) {
    out += static_cast<char>(size);
  } else {
    std::string length;
    for (std::size_t rest = size; rest > 0; rest >>= 8) length.insert(length.begin(), static_cast<char>(rest & 0xff));
    out += static_cast<char>(0x80 | length.size());
    out += length;
  }
  return out + content;
}

/// Takes one DER value with this tag.
std::optional<std::string> take_der(std::string_view& bytes, unsigned char tag) {
  if (bytes.size() < 2 || static_cast<unsigned char>(bytes[0]) != tag) return std::nullopt;
  std::size_t length = static_cast<unsigned char>(bytes[1]);
  std::size_t header = 2;
  if (length >= 0x80) {
    const std::size_t count = length & 0x7f;
    if (count == 0 || count > 4 || bytes.size() < 2 + count) return std::nullopt;
    length = 0;
    for (std::size_t i = 0; i < count; ++i) length = length << 8 | static_cast<unsigned char>(bytes[2 + i]);
    header += count;
  }
  if (bytes.size() - header < length) return std::nullopt;
  std::string value(bytes.substr(header, length));
  bytes.remove_prefix(header + length);
  return value;
}

// AlgorithmIdentifier of rsaEncryption (1.2.840.113549.1.1.1) with NULL parameters, RFC 3279, section 2.3.1.
const std::string& rsa_algorithm() {
  static const std::string bytes("\x30\x0d\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01\x05\x00", 15);
  return bytes;
}

/// An SSH mpint and a DER INTEGER hold the same bytes.
std::string rsa_public_key_info(const std::string& exponent, const std::string& modulus) {
  const std::string key = der(0x30, der(0x02, modulus) + der(0x02, exponent));
  return der(0x30, rsa_algorithm() + der(0x03, std::string(1, '\0') + key));
}

// The documentation names 1024, 2048 and 4096 bits; ssh-keygen's own 3072, and 8192, are taken all the same
// (terraform-aws-modules/terraform-aws-key-pair, issue 16).
bool accepted_size(const std::string& modulus) {
  const std::size_t bytes = modulus.size() - (!modulus.empty() && modulus[0] == 0 ? 1 : 0);
  return bytes >= 128 && bytes <= 2048;
}

std::string colon_hex(const std::string& bytes) {
  const std::string hex = hex_encode(bytes);
  std::string out;
  for (std::size_t i = 0; i < hex.size(); i += 2) out += (i ? ":" : "") + hex.substr(i, 2);
  return out;
}

// EC2 User Guide, "Verify the fingerprint of your key pair": of an imported RSA key the MD5 of its DER form, of an
// ED25519 key the SHA-256 as OpenSSH has it.
std::optional<SshPublicKey> of_blob(const std::string& blob, const std::string& comment) {
  std::string_view rest = blob;
  const auto name = take_string(rest);
  if (!name) return std::nullopt;
  SshPublicKey key;
  key.openssh = *name + " " + base64_encode(blob) + (comment.empty() ? "" : " " + comment);
  if (*name == "ssh-ed25519") {
    const auto point = take_string(rest);
    if (!point || point->size() != 32 || !rest.empty()) return std::nullopt;
    key.type = "ed25519";
    key.fingerprint = base64_encode(sha256(blob));
    return key;
  }
  if (*name != "ssh-rsa") return std::nullopt;
  const auto exponent = take_string(rest);
  const auto modulus = take_string(rest);
  if (!exponent || !modulus || !rest.empty() || !accepted_size(*modulus)) return std::nullopt;
  key.type = "rsa";
  key.fingerprint = colon_hex(md5(rsa_public_key_info(*exponent, *modulus)));
  return key;
}

std::optional<SshPublicKey> of_public_key_info(const std::string& bytes) {
  std::string_view rest = bytes;
  const auto outer = take_der(rest, 0x30);
  if (!outer || !outer->starts_with(rsa_algorithm())) return std::nullopt;
  std::string_view after = std::string_view(*outer).substr(rsa_algorithm().size());
  const auto bits = take_der(after, 0x03);
  if (!bits || bits->empty()) return std::nullopt;
  std::string_view inside = std::string_view(*bits).substr(1);
  const auto key = take_der(inside, 0x30);
  if (!key) return std::nullopt;
  std::string_view numbers = *key;
  const auto modulus = take_der(numbers, 0x02);
  const auto exponent = take_der(numbers, 0x02);
  if (!modulus || !exponent) return std::nullopt;
  return of_blob(ssh_string("ssh-rsa") + ssh_string(*exponent) + ssh_string(*modulus), "");
}

/// The base64 between the armour lines of PEM or RFC 4716, without headers ("Comment: …", continued by a backslash).
std::string armoured(const std::vector<std::string>& all) {
  std::string body;
  bool continued = false;
  for (const std::string& line : all) {
    if (line.starts_with("----")) continue;
    const bool is_header = continued || line.find(':') != std::string::npos;
    continued = is_header && line.ends_with('\\');
    if (!is_header) body += line;
  }
  return body;
}

}  // namespace

std::optional<SshPublicKey> read_ssh_public_key(std::string_view text) {
  const std::string trimmed = trim(text);
  if (trimmed.starts_with("----")) {
    const auto bytes = base64_decode(armoured(lines(trimmed)));
    if (!bytes) return std::nullopt;
    const bool ssh2 = trimmed.starts_with("---- BEGIN SSH2 PUBLIC KEY ----");
    return ssh2 ? of_blob(*bytes, "") : of_public_key_info(*bytes);
  }
  if (trimmed.find_first_of("\r\n") != std::string::npos) return std::nullopt;  // it becomes a line of a file
  const auto first = trimmed.find(' ');
  if (first == std::string::npos) {
    const auto bytes = base64_decode(trimmed);  // a PEM's body alone
    return bytes ? of_public_key_info(*bytes) : std::nullopt;
  }
  const std::string name = trimmed.substr(0, first);
  const std::string rest = trim(std::string_view(trimmed).substr(first));
  const auto second = rest.find(' ');
  const auto blob = base64_decode(rest.substr(0, second));
  if (!blob || !blob->starts_with(ssh_string(name))) return std::nullopt;
  return of_blob(*blob, second == std::string::npos ? "" : trim(std::string_view(rest).substr(second)));
}

}  // namespace hotaru::sim
