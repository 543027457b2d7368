#include "aws/credentials/session_files.h"

#include "aws/credentials.h"
#include "aws/credentials/fields.h"
#include "base/digest.h"
#include "base/file.h"
#include "base/text.h"

namespace hotaru::aws {

namespace {

std::optional<Credentials> read_session(const std::filesystem::path& path, const std::string& source) {
  const auto text = read_file(path);
  const auto fields = text ? parse_fields(*text) : std::nullopt;
  auto credentials = fields ? credentials_of(*fields, {}, source) : std::nullopt;
  return credentials && credentials->expiration ? credentials : std::nullopt;
}

}  // namespace

std::filesystem::path SessionFiles::path_of(const std::string& mark) const {
  return folder_ / (hex_encode(sha256(mark)).substr(0, 40) + ".json");
}

std::optional<Credentials> SessionFiles::read(const std::string& mark, const std::string& source) const {
  auto kept = read_session(path_of(mark), source);
  if (kept && *kept->expiration <= clock_.now() + renewal_margin) return std::nullopt;
  return kept;
}

void SessionFiles::write(const std::string& mark, const Credentials& credentials) const {
  if (!credentials.expiration || !make_folder(folder_)) return;
  remove_expired();
  (void)write_file(path_of(mark),
                   json_of({{"AccessKeyId", credentials.access_key_id},
                            {"SecretAccessKey", credentials.secret_access_key},
                            {"SessionToken", credentials.session_token},
                            {"Expiration", iso8601(*credentials.expiration)}}),
                   0600);
}

void SessionFiles::remove(const std::string& mark) const {
  std::error_code none_there;
  std::filesystem::remove(path_of(mark), none_there);
}

void SessionFiles::remove_expired() const {
  std::error_code problem;
  for (const auto& entry : std::filesystem::directory_iterator(folder_, problem)) {
    if (entry.path().extension() != ".json") continue;
    const auto kept = read_session(entry.path(), "");
    if (!kept || *kept->expiration <= clock_.now()) std::filesystem::remove(entry.path(), problem);
  }
}

}  // namespace hotaru::aws
