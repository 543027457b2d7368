#include "sim/ssh_public_key.h"

#include <gtest/gtest.h>

namespace hotaru::sim {
namespace {

// Made by ssh-keygen for this test; the fingerprints are those of `ssh-keygen -l` and of
// `ssh-keygen -e -m PKCS8 | openssl pkey -pubin -outform DER | openssl md5 -c`.
const char* const ed25519 =
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIIiY6rMXHPdZ270HacRWoNNx/C/l9FrU7bZDN0M30AcT someone@somewhe"
    "re";
const char* const rsa =
    "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAAAgQCdb1zvxlBtWct6AVYlXXdUGh17SgnkvIoqne84X5svq4cnwcpcnukLViq7"
    "DnazDG60ankcS4DATcQu25PkDIVj+qUlWUKxdrIIpP5luAwwg3nB5Sro2wUKb5Bwslr4NNwDwwuNJgbWEmlv3SniTkwChBIb"
    "H90apeYXl8PEI/+mCw== c";
const char* const rsa_pem =
    "-----BEGIN PUBLIC KEY-----\n"
    "MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQCdb1zvxlBtWct6AVYlXXdUGh17\n"
    "SgnkvIoqne84X5svq4cnwcpcnukLViq7DnazDG60ankcS4DATcQu25PkDIVj+qUl\n"
    "WUKxdrIIpP5luAwwg3nB5Sro2wUKb5Bwslr4NNwDwwuNJgbWEmlv3SniTkwChBIb\n"
    "H90apeYXl8PEI/+mCwIDAQAB\n"
    "-----END PUBLIC KEY-----\n";
const char* const rsa_rfc4716 =
    "---- BEGIN SSH2 PUBLIC KEY ----\n"
    "Comment: \"1024-bit RSA, converted from OpenSSH\"\n"
    "AAAAB3NzaC1yc2EAAAADAQABAAAAgQCdb1zvxlBtWct6AVYlXXdUGh17SgnkvIoqne84X5\n"
    "svq4cnwcpcnukLViq7DnazDG60ankcS4DATcQu25PkDIVj+qUlWUKxdrIIpP5luAwwg3nB\n"
    "5Sro2wUKb5Bwslr4NNwDwwuNJgbWEmlv3SniTkwChBIbH90apeYXl8PEI/+mCw==\n"
    "---- END SSH2 PUBLIC KEY ----\n";
const char* const rsa_of_3072_bits =
    "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABgQC4C36i082T1k6vuTupAQWWVfadfrSnJTXH1NtVltbSZaq1p3J7xKFdgySu"
    "VDzLZL6BrJWJSffdF+FBVGcLeGbP+udMe/N0YNn/axw2nXI7OViRYUvyBzZGRP+RNvDoSF1yY1sIzzIopFPisLdLhOlpYpZg"
    "fJ+CcRBe4gGLasZscnLrkfsYX+L9eMmzyHevd635S8uhc7dXJY6t9BIM3h3KW5TUQwrpgYDlbtQZ4WGNN72zh6J1Hcw9dgSg"
    "0S7c0+O+/+vN54G3H3CI45uCswjiuB72edug5tpTGUA7if8nyl39Z0UicAlBTYqDbfyvDPAbMKKmHvdA98xM73rec7xX75Gq"
    "AZpVGqn9zPgugOy2SYhi0cUMMDNKXyMrpfjbNNN2G2bwgGI09fPZzl6GRb8HhOsOsyU6qOrYAcqMk8Hsgn0lFsyjD7fvCODH"
    "fMgC+BH8EnDO+82pXL24kmGL9sgLWrREVd3IKLYTjmd8CYDQ0uSuvFlweIUvTwQNqnfVydc= c";
const char* const ecdsa =
    "ecdsa-sha2-nistp256 AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAyNTYAAABBBE9PIe7IT53xB599BOHdZWaR"
    "DsK6jGx1O14HInIQagJCBEycYq1dQQ6+ONSS799LFI5v4GCZW4u8o/nl6KRhHew= c";

TEST(SshPublicKey, AnEd25519KeyHasOpenSshsFingerprint) {
  const auto key = read_ssh_public_key(ed25519);
  ASSERT_TRUE(key);
  EXPECT_EQ(key->type, "ed25519");
  EXPECT_EQ(key->fingerprint, "m1sjNIyoqSLHmD3MIqx+i7oxd2EZWz7QrzDoK4PZOco=");
  EXPECT_EQ(key->openssh, ed25519);
}

TEST(SshPublicKey, AnRsaKeyHasTheFingerprintOfItsDerFormHoweverItIsWritten) {
  for (const char* text : {rsa, rsa_pem, rsa_rfc4716}) {
    const auto key = read_ssh_public_key(text);
    ASSERT_TRUE(key) << text;
    EXPECT_EQ(key->type, "rsa");
    EXPECT_EQ(key->fingerprint, "ec:59:4d:c4:5f:98:2c:4c:38:11:e9:30:60:2c:f8:97");
    EXPECT_EQ(key->openssh.substr(0, 100), std::string(rsa).substr(0, 100));
  }
}

TEST(SshPublicKey, WhatSshKeygenMakesOfItselfIsTaken) {
  const auto key = read_ssh_public_key(rsa_of_3072_bits);
  ASSERT_TRUE(key);
  EXPECT_EQ(key->type, "rsa");
}

TEST(SshPublicKey, KeysThatEc2DoesNotTakeAreRefused) { EXPECT_FALSE(read_ssh_public_key(ecdsa)); }

TEST(SshPublicKey, WhatIsNoKeyIsRefused) {
  const std::string whole = rsa;
  for (std::size_t length = 0; length + 4 < whole.size(); ++length) {
    EXPECT_FALSE(read_ssh_public_key(whole.substr(0, length))) << length;
  }
  EXPECT_FALSE(read_ssh_public_key("-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n"));
  EXPECT_FALSE(read_ssh_public_key("ssh-rsa " + std::string(ed25519).substr(12)));
  EXPECT_FALSE(read_ssh_public_key(whole + "\n" + whole));
  EXPECT_FALSE(read_ssh_public_key(std::string(ed25519) + " a\rb"));
}

}  // namespace
}  // namespace hotaru::sim
