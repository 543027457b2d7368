// The host's own configuration, of which a sandbox's root file system takes over what it needs to reach archives.
#include "base/text.h"
#include "fuzz/fuzz.h"
#include "sim/sandbox/host_config.h"

namespace hotaru::sim {

HOTARU_FUZZ(input) {
  using fuzz::require;
  const std::string text(input);
  parse_os_release(text);
  const Distribution bookworm{"debian", "12", "bookworm", ""};
  for (const char* name : {"debian.sources", "sources.list"}) {
    for (const std::string& line : archive_sources(bookworm, {{name, text}})) {
      require(line.starts_with("deb ") && line.find('\n') == std::string::npos, "a source is one line");
      for (const std::string& word : split(line, ' ')) require(!has_credentials(word), "no password is taken over");
    }
  }
  for (const std::string& line : lines(apt_reach(text, true)))
    require(!has_credentials(line), "no password is taken over");
  for (const std::string& line : lines(pip_configuration(text, Environment())))
    require(!has_credentials(line), "no password is taken over");
  for (const std::string& one : certificates(text)) {
    const auto again = certificates(one);
    require(again.size() == 1 && again[0] == one, "a certificate reads the same");
  }
}

}  // namespace hotaru::sim
