#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/environment.h"

namespace hotaru::sim {

/// A distribution as its os-release names it.
struct Distribution {
  std::string id;        ///< "debian", "ubuntu"
  std::string release;   ///< "12", "24.04"
  std::string codename;  ///< "bookworm", "noble"
  std::string name;      ///< "Debian GNU/Linux 12 (bookworm)"
};

/// nullopt if it is neither Debian nor Ubuntu, or names no release.
std::optional<Distribution> parse_os_release(std::string_view text);

/// One file of apt's sources, by its name ("debian.sources" is deb822, "sources.list" is classic) and content.
struct SourceFile {
  std::string name;
  std::string content;
};

/// Of the host's apt sources those lines that are the distribution's own archive (the release, its updates and its
/// security fixes; not third parties, backports, or sources with a password), in classic form for mmdebstrap. The
/// distribution's public mirror if there are none.
std::vector<std::string> archive_sources(const Distribution& distribution, const std::vector<SourceFile>& files);

/// Of `apt-config dump` what decides how archives are reached: proxies, certificates, checks, retries. Lines that hold
/// a password, and proxies on this host's loopback (out of an instance's reach), are left out if `for_guest`.
std::string apt_reach(std::string_view dump, bool for_guest);

/// pip.conf for an instance: what is needed to reach the host's package index (index, certificates, proxy, time-outs),
/// out of the host's system-wide pip.conf and PIP_ variables. Nothing with a password, no local folders.
std::string pip_configuration(std::string_view host_file, const Environment& environment);

/// The proxy variables that make sense inside an instance, as /etc/environment has them; "" if none.
std::string proxy_environment(const Environment& environment);

/// The single certificates (PEM) of a bundle, without comments.
std::vector<std::string> certificates(std::string_view bundle);

/// Whether a URL carries a user's name or password.
bool has_credentials(std::string_view url);

}  // namespace hotaru::sim
