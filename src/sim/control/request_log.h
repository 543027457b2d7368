#pragma once

#include <cstdint>
#include <filesystem>
#include <mutex>
#include <string>

#include "base/clock.h"
#include "http/server.h"

namespace hotaru::sim {

/// One line of the sim's log: time, service, action, region, status, error code, duration. Nothing that the caller may
/// want kept to himself: no parameters, no signatures, no keys.
std::string request_line(TimePoint time, const http::ServerRequest& request, const http::Response& response,
                         Duration took);

/// Appends lines to a file, 0600. At a certain size the file is put aside (FILE.1) and begun anew. A full disk loses
/// lines, nothing else. Thread-safe.
class LineLog {
 public:
  explicit LineLog(std::filesystem::path path, std::uintmax_t largest = 16u << 20);
  ~LineLog();
  LineLog(const LineLog&) = delete;
  LineLog& operator=(const LineLog&) = delete;
  void write(const std::string& line);

 private:
  void open();
  std::mutex mutex_;
  std::filesystem::path path_;
  std::uintmax_t largest_;
  std::uintmax_t size_ = 0;
  int descriptor_ = -1;
};

}  // namespace hotaru::sim
