#include "sim/sandbox/host_config.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "base/text.h"

namespace hotaru::sim {

namespace {

std::string unquoted(std::string_view text) {
  if (text.size() >= 2 && (text.front() == '"' || text.front() == '\'') && text.back() == text.front())
    return std::string(text.substr(1, text.size() - 2));
  return std::string(text);
}

std::vector<std::string> words(std::string_view text) {
  std::vector<std::string> found;
  std::string flat(text);
  std::ranges::replace(flat, '\t', ' ');
  for (const std::string& word : split(flat, ' '))
    if (!word.empty()) found.push_back(word);
  return found;
}

bool is_loopback(std::string_view url) {
  return url.find("//127.") != std::string_view::npos || url.find("//localhost") != std::string_view::npos ||
         url.find("//[::1]") != std::string_view::npos;
}

/// One archive: where, which releases of it, which parts.
struct Source {
  std::string options;
  std::vector<std::string> addresses;
  std::vector<std::string> suites;
  std::vector<std::string> components;
};

bool is_own_suite(const Distribution& distribution, const std::string& suite) {
  return suite == distribution.codename || suite == distribution.codename + "-updates" ||
         suite == distribution.codename + "-security";
}

/// Keyrings of third parties are their own; the archive's belong to the distribution.
bool is_own_key(std::string_view option) {
  return option.empty() || option.find("debian-archive") != std::string_view::npos ||
         option.find("ubuntu-archive") != std::string_view::npos;
}

void add_lines(std::vector<std::string>& into, const Distribution& distribution, const Source& source) {
  if (std::ranges::find(source.components, "main") == source.components.end()) return;
  if (std::ranges::any_of(source.components, has_credentials)) return;  // another archive's line, run into this one
  for (const std::string& suite : source.suites) {
    if (!is_own_suite(distribution, suite)) continue;
    for (const std::string& address : source.addresses) {
      const bool usable = address.starts_with("http://") || address.starts_with("https://");
      if (!usable || has_credentials(address)) continue;
      const std::string line =
          fmt::format("deb {}{} {} {}", source.options, address, suite, join(source.components, " "));
      if (std::ranges::find(into, line) == into.end()) into.push_back(line);
    }
  }
}

/// sources.list(5), "DEB822-STYLE FORMAT".
void read_deb822(std::vector<std::string>& into, const Distribution& distribution, std::string_view text) {
  std::map<std::string, std::string> fields;
  std::string last;
  const auto finish = [&] {
    const auto types = words(fields["types"]);
    const bool binary = std::ranges::find(types, "deb") != types.end();
    if (binary && to_lower(fields["enabled"]) != "no" && is_own_key(fields["signed-by"])) {
      const std::string key = words(fields["signed-by"]).size() == 1 ? trim(fields["signed-by"]) : "";
      add_lines(into, distribution,
                {key.empty() ? "" : fmt::format("[signed-by={}] ", key), words(fields["uris"]), words(fields["suites"]),
                 words(fields["components"])});
    }
    fields.clear();
  };
  for (const std::string& line : lines(text)) {
    if (line.starts_with('#')) continue;
    const auto colon = line.find(':');
    if (trim(line).empty()) {
      finish();
    } else if (line.front() == ' ' || line.front() == '\t') {
      fields[last] += " " + trim(line);
    } else if (colon != std::string::npos) {
      last = to_lower(line.substr(0, colon));
      fields[last] = trim(line.substr(colon + 1));
    }
  }
  finish();
}

/// sources.list(5), "ONE-LINE-STYLE FORMAT".
void read_classic(std::vector<std::string>& into, const Distribution& distribution, std::string_view text) {
  for (const std::string& raw : lines(text)) {
    std::string line = trim(raw.substr(0, raw.find('#')));
    if (!line.starts_with("deb ") && !line.starts_with("deb\t")) continue;
    line = trim(line.substr(4));
    std::string key;
    if (line.starts_with('[')) {
      const auto end = line.find(']');
      if (end == std::string::npos) continue;
      for (const std::string& option : words(line.substr(1, end - 1)))
        if (option.starts_with("signed-by=")) key = option;
      line = trim(line.substr(end + 1));
    }
    const auto parts = words(line);
    if (parts.size() < 3 || !is_own_key(key)) continue;
    add_lines(into, distribution,
              {key.empty() ? "" : "[" + key + "] ", {parts[0]}, {parts[1]}, {parts.begin() + 2, parts.end()}});
  }
}

std::vector<std::string> public_mirror(const Distribution& distribution) {
  const std::string& name = distribution.codename;
  if (distribution.id == "ubuntu") {
    return {fmt::format("deb http://archive.ubuntu.com/ubuntu {} main universe", name),
            fmt::format("deb http://archive.ubuntu.com/ubuntu {}-updates main universe", name),
            fmt::format("deb http://security.ubuntu.com/ubuntu {}-security main universe", name)};
  }
  return {fmt::format("deb http://deb.debian.org/debian {} main", name),
          fmt::format("deb http://deb.debian.org/debian {}-updates main", name),
          fmt::format("deb http://deb.debian.org/debian-security {}-security main", name)};
}

}  // namespace

std::optional<Distribution> parse_os_release(std::string_view text) {
  std::map<std::string, std::string> fields;
  for (const std::string& line : lines(text)) {
    const auto equals = line.find('=');
    if (equals != std::string::npos) fields[line.substr(0, equals)] = unquoted(trim(line.substr(equals + 1)));
  }
  const Distribution found{fields["ID"], fields["VERSION_ID"], fields["VERSION_CODENAME"], fields["PRETTY_NAME"]};
  if ((found.id != "debian" && found.id != "ubuntu") || found.release.empty() || found.codename.empty())
    return std::nullopt;
  return found;
}

std::vector<std::string> archive_sources(const Distribution& distribution, const std::vector<SourceFile>& files) {
  std::vector<std::string> found;
  for (const SourceFile& file : files) {
    if (file.name.ends_with(".sources")) read_deb822(found, distribution, file.content);
    if (file.name.ends_with(".list")) read_classic(found, distribution, file.content);
  }
  // Without the release itself, updates alone make no system.
  const bool complete = std::ranges::any_of(found, [&](const std::string& line) {
    return line.find(" " + distribution.codename + " ") != std::string::npos;
  });
  return complete ? found : public_mirror(distribution);
}

std::string apt_reach(std::string_view dump, bool for_guest) {
  // Lines as "Acquire::http::Proxy "http://proxy:3128";". Programs that find a proxy are the host's.
  static const std::vector<std::string> wanted = {"Acquire::http",       "Acquire::https",      "Acquire::Check-",
                                                  "Acquire::Retries",    "Acquire::ForceIPv4",  "Acquire::Max-",
                                                  "Acquire::AllowInsec", "Acquire::Queue-Mode", "Acquire::Languages"};
  std::string kept;
  for (const std::string& line : lines(dump)) {
    const bool matches = std::ranges::any_of(wanted, [&](const std::string& name) { return line.starts_with(name); });
    const std::string lower = to_lower(line);
    if (!matches || lower.find("auto-detect") != std::string::npos || lower.find("autodetect") != std::string::npos)
      continue;
    if (line.ends_with(" \"\";")) continue;
    if (for_guest && (has_credentials(line) || is_loopback(line))) continue;
    kept += line + "\n";
  }
  return kept;
}

std::string pip_configuration(std::string_view host_file, const Environment& environment) {
  static const std::set<std::string> wanted = {
      "index-url", "extra-index-url",          "trusted-host", "cert", "proxy", "timeout", "default-timeout",
      "retries",   "disable-pip-version-check"};
  std::map<std::string, std::string> values;
  const auto take = [&](const std::string& name, const std::string& value) {
    if (!wanted.contains(name) || value.empty() || has_credentials(value) || is_loopback(value)) return;
    // The host's own certificates are in the instance's bundle, wherever they lie on the host.
    values[name] = name == "cert" ? "/etc/ssl/certs/ca-certificates.crt" : value;
  };
  std::string section;
  for (const std::string& raw : lines(host_file)) {
    const std::string line = trim(raw);
    if (line.starts_with('[')) section = line;
    const auto equals = line.find('=');
    if (section != "[global]" || equals == std::string::npos || line.starts_with('#') || line.starts_with(';'))
      continue;
    std::string name = to_lower(trim(line.substr(0, equals)));
    std::ranges::replace(name, '_', '-');
    take(name, trim(line.substr(equals + 1)));
  }
  for (const auto& [variable, value] : environment.all()) {
    if (!variable.starts_with("PIP_")) continue;
    std::string name = to_lower(variable.substr(4));
    std::ranges::replace(name, '_', '-');
    take(name, value);
  }
  if (values.empty()) return "";
  std::string text = "[global]\n";
  for (const auto& [name, value] : values) text += fmt::format("{} = {}\n", name, value);
  return text;
}

std::string proxy_environment(const Environment& environment) {
  std::string text;
  for (const char* name : {"http_proxy", "https_proxy", "no_proxy", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY"}) {
    const auto value = environment.get(name);
    if (value && !has_credentials(*value) && !is_loopback(*value) && value->find('\n') == std::string::npos)
      text += fmt::format("{}={}\n", name, *value);
  }
  // Addresses alone, where no proxy is left, are of no use.
  return text.find("http") == std::string::npos && text.find("HTTP") == std::string::npos ? "" : text;
}

std::vector<std::string> certificates(std::string_view bundle) {
  static constexpr std::string_view begin = "-----BEGIN CERTIFICATE-----";
  static constexpr std::string_view end = "-----END CERTIFICATE-----";
  std::vector<std::string> found;
  std::size_t at = 0;
  while ((at = bundle.find(begin, at)) != std::string_view::npos) {
    const auto stop = bundle.find(end, at);
    if (stop == std::string_view::npos) break;
    found.push_back(std::string(bundle.substr(at, stop + end.size() - at)) + "\n");
    at = stop;
  }
  return found;
}

bool has_credentials(std::string_view url) {
  const auto scheme = url.find("://");
  if (scheme == std::string_view::npos) return false;
  const auto rest = url.substr(scheme + 3);
  return rest.substr(0, rest.find('/')).find('@') != std::string_view::npos;
}

}  // namespace hotaru::sim
