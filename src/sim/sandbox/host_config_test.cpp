#include "sim/sandbox/host_config.h"

#include <gtest/gtest.h>

namespace hotaru::sim {
namespace {

const Distribution bookworm{"debian", "12", "bookworm", "Debian GNU/Linux 12 (bookworm)"};
const Distribution noble{"ubuntu", "24.04", "noble", "Ubuntu 24.04.1 LTS"};

using Lines = std::vector<std::string>;

TEST(OsRelease, NamesDebianAndUbuntu) {
  const auto found = parse_os_release("ID=ubuntu\nVERSION_ID=\"24.04\"\nVERSION_CODENAME=noble\nPRETTY_NAME=\"U\"\n");
  ASSERT_TRUE(found);
  EXPECT_EQ(found->id, "ubuntu");
  EXPECT_EQ(found->release, "24.04");
  EXPECT_EQ(found->codename, "noble");
}

TEST(OsRelease, RefusesOthersAndDebianWithoutRelease) {
  EXPECT_FALSE(parse_os_release("ID=fedora\nVERSION_ID=40\nVERSION_CODENAME=\n"));
  EXPECT_FALSE(parse_os_release("ID=debian\nPRETTY_NAME=\"Debian GNU/Linux trixie/sid\"\n"));
}

TEST(ArchiveSources, ReadDeb822AndKeepTheKey) {
  const auto found = archive_sources(bookworm, {{"debian.sources",
                                                 "Types: deb deb-src\n# a comment\nURIs: http://mirror/debian\n"
                                                 "Suites: bookworm bookworm-updates bookworm-backports\n"
                                                 "Components: main contrib\n"
                                                 "Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg\n"}});
  const std::string key = "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] http://mirror/debian ";
  EXPECT_EQ(found, (Lines{key + "bookworm main contrib", key + "bookworm-updates main contrib"}));
}

TEST(ArchiveSources, ReadClassicLines) {
  const auto found =
      archive_sources(noble, {{"sources.list",
                               "deb [arch=amd64] http://m/ubuntu noble main universe # yes\n"
                               "deb-src http://m/ubuntu noble main\n deb http://m/ubuntu noble-security main\n"}});
  EXPECT_EQ(found, (Lines{"deb http://m/ubuntu noble main universe", "deb http://m/ubuntu noble-security main"}));
}

TEST(ArchiveSources, LeaveOutThirdPartiesPasswordsAndDisabledOnes) {
  const auto found = archive_sources(
      bookworm,
      {{"sources.list",
        "deb http://m/debian bookworm main\ndeb https://user:word@m/debian bookworm-updates main\n"
        "deb http://m/debian bookworm-updates main deb https://user:word@m/debian bookworm main\n"
        "deb [signed-by=/etc/apt/keyrings/vendor.gpg] https://vendor/debian bookworm main\n"},
       {"off.sources", "Types: deb\nEnabled: no\nURIs: http://off/debian\nSuites: bookworm\nComponents: main\n"},
       {"old.list.disabled", "deb http://disabled/debian bookworm main\n"}});
  EXPECT_EQ(found, (Lines{"deb http://m/debian bookworm main"}));
}

TEST(ArchiveSources, FallBackToThePublicMirrorWithoutTheReleaseItself) {
  const auto found = archive_sources(bookworm, {{"sources.list", "deb http://m/debian bookworm-updates main\n"}});
  ASSERT_EQ(found.size(), 3U);
  EXPECT_EQ(found[0], "deb http://deb.debian.org/debian bookworm main");
}

TEST(AptReach, KeepsProxiesAndChecksOnly) {
  const std::string dump =
      "APT::Architecture \"amd64\";\nAcquire::http::Proxy \"http://proxy:3128\";\nAcquire::Check-Date \"false\";\n"
      "Acquire::http::Proxy-Auto-Detect \"/usr/bin/find-proxy\";\nAcquire::https::Verify-Peer \"\";\n";
  EXPECT_EQ(apt_reach(dump, true), "Acquire::http::Proxy \"http://proxy:3128\";\nAcquire::Check-Date \"false\";\n");
}

TEST(AptReach, GivesGuestsNoPasswordsAndNoProxyOnLoopback) {
  const std::string dump =
      "Acquire::http::Proxy \"http://me:secret@proxy:3128\";\nAcquire::https::Proxy \"http://127.0.0.1:3142\";\n";
  EXPECT_EQ(apt_reach(dump, true), "");
  EXPECT_EQ(apt_reach(dump, false), dump);
}

TEST(PipConfiguration, JoinsFileAndEnvironmentWithoutPasswordsAndLocalFolders) {
  const Environment environment({{"PIP_INDEX_URL", "https://index.example/simple"},
                                 {"PIP_FIND_LINKS", "/opt/wheels"},
                                 {"PIP_EXTRA_INDEX_URL", "https://me:secret@private/simple"},
                                 {"PIP_CERT", "/somewhere/on/the/host.pem"},
                                 {"HOME", "/root"}});
  EXPECT_EQ(pip_configuration("[global]\ntimeout = 60\ncache-dir = /root/.cache\n[install]\nuser = yes\n", environment),
            "[global]\ncert = /etc/ssl/certs/ca-certificates.crt\nindex-url = https://index.example/simple\n"
            "timeout = 60\n");
}

TEST(PipConfiguration, IsEmptyWhereNothingIsNeeded) { EXPECT_EQ(pip_configuration("", Environment()), ""); }

std::string proxies(const std::map<std::string, std::string>& variables) {
  return proxy_environment(Environment(variables));
}

TEST(ProxyEnvironment, IsEmptyWithoutAProxyThatCanBeReached) {
  EXPECT_EQ(proxies({{"no_proxy", "localhost"}}), "");
  EXPECT_EQ(proxies({{"http_proxy", "http://localhost:8080"}}), "");
  EXPECT_EQ(proxies({{"http_proxy", "http://proxy:8080"}, {"no_proxy", "a"}}),
            "http_proxy=http://proxy:8080\nno_proxy=a\n");
}

TEST(Certificates, AreTakenOutOfABundleOneByOne) {
  const std::string one = "-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----\n";
  const std::string two = "-----BEGIN CERTIFICATE-----\nBB==\n-----END CERTIFICATE-----\n";
  EXPECT_EQ(certificates("# name\n" + one + "\n" + two + "-----BEGIN CERTIFICATE-----\ncut"), (Lines{one, two}));
}

TEST(Credentials, AreSeenInTheAuthorityOnly) {
  EXPECT_TRUE(has_credentials("https://token@host/x"));
  EXPECT_FALSE(has_credentials("https://host/a@b"));
  EXPECT_FALSE(has_credentials("user@host"));
}

}  // namespace
}  // namespace hotaru::sim
