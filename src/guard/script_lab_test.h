#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/file.h"
#include "base/process.h"
#include "guard/guard.h"
#include "guard/model.h"

/// For tests: the real script, under a shell of choice, in a root folder of its own, with a clock that only moves when
/// told to. It stops at every nap and says what it thinks; the test changes the world and lets it go on.
namespace hotaru::guard::lab {

/// The shells of this machine among dash, busybox's and bash, as argv; those that are not there are named in `missing`.
struct Shells {
  std::vector<std::vector<std::string>> found;
  std::string missing;
};
Shells shells();

/// What the script said at a nap.
struct Nap {
  std::int64_t seconds = 0;                                           ///< that it would sleep
  std::optional<std::string> end;                                     ///< it is powering off, for that reason
  Result<Status> status = fail(ErrorClass::internal, "nothing yet");  ///< of its last tick
  std::string line;                                                   ///< as written
};

class Instance {
 public:
  explicit Instance(std::vector<std::string> shell, std::string id = "i-1");
  ~Instance();

  std::filesystem::path root() const { return folder_.path(); }
  void show(const World& world);
  /// cloud-init's bootcmd of a new boot, without starting a keeper.
  void boot(const Orders& user_data);
  /// Starts the keeper; its first nap.
  Nap start();
  /// Lets it go on to its next nap.
  Nap go_on();
  /// kill -9 of the keeper.
  void kill();
  void change(const Orders& orders);
  void keep(Duration time);
  /// An executable of the instance, or of before-end.d: the text of a shell script.
  void program(const std::string& path, const std::string& text);
  /// No curl any more: wget, and little else.
  void have_wget_alone();
  std::string read(const std::string& path) const;
  void write(const std::string& path, const std::string& text) const;
  /// Runs `guard WORD...` to its end, with that input, and the lab's own programs.
  Exit guard(const std::string& words, const std::string& input = "");

 private:
  Command command(const std::string& words) const;
  Nap next();

  TemporaryFolder folder_;
  SystemRunner runner_;
  std::vector<std::string> shell_;
  std::string id_;
  std::string path_ = ":/usr/sbin:/usr/bin:/sbin:/bin";
  std::unique_ptr<Child> keeper_;
};

}  // namespace hotaru::guard::lab
