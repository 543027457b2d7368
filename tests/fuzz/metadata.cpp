// The instance metadata service: any request; and every name that it lists can be read.
#include "sim/metadata/metadata.h"

#include "base/text.h"
#include "fuzz/fuzz.h"
#include "http/wire.h"

namespace hotaru::sim {
namespace {

using fuzz::require;

/// An instance whose tags and user data are the request's own query and body.
MachineSpec spec_of(const http::ServerRequest& request) {
  MachineSpec spec;
  spec.instance_id = "i-0123456789abcdef0";
  spec.mac = "06:00:00:00:00:01";
  spec.public_ip = "127.64.0.3";
  spec.key_name = "key";
  spec.public_key = "ssh-ed25519 AAAA";
  spec.user_data = request.body;
  spec.metadata_tags = true;
  for (const std::string& pair : split(request.query, '&')) {
    const std::string text = percent_decode(pair, true);
    spec.tags.emplace_back(text.substr(0, text.find('=')), text);
  }
  return spec;
}

/// `folder`: "" or with a slash at its end.
void read_all_of(const Metadata& metadata, const std::string& folder) {
  const auto listed = metadata.handle({"GET", "/latest/" + percent_encode(folder), "", {}, "", ""});
  require(listed.status == 200, "a folder that is listed can be read");
  for (const std::string& name : split(listed.body, '\n')) {
    if (folder == "meta-data/public-keys/") {
      read_all_of(metadata, folder + name.substr(0, name.find('=')) + "/");
    } else if (folder.empty() && name != "user-data") {
      read_all_of(metadata, name + "/");
    } else if (name.ends_with('/')) {
      read_all_of(metadata, folder + name);
    } else {
      const auto leaf = metadata.handle({"GET", "/latest/" + percent_encode(folder + name), "", {}, "", ""});
      require(leaf.status == 200, "a name that is listed can be read");
    }
  }
}

}  // namespace

HOTARU_FUZZ(input) {
  const auto head = http::parse_head(input);
  if (!head || !*head) return;
  const http::ServerRequest request{
      (*head)->method,  (*head)->path, (*head)->query, (*head)->headers, std::string(input.substr((*head)->size)),
      "169.254.169.254"};
  const FakeClock clock;
  SeededRandom random(1);
  const MachineSpec spec = spec_of(request);
  const Metadata metadata([&spec] { return spec; }, clock, random);
  const auto answer = metadata.handle(request);
  require(answer.status == 200 || (answer.status >= 400 && answer.status < 500), "no request is a mishap");
  if (request.method == "PUT" && answer.status == 200) {
    const auto again = metadata.handle({"GET", "/", "", {{"X-aws-ec2-metadata-token", answer.body}}, "", ""});
    require(again.status == 200, "a token that was given is taken");
  }
  if (!request.query.empty()) read_all_of(metadata, "");
}

}  // namespace hotaru::sim
