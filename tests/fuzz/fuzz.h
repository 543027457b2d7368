#pragma once

#include <sys/mman.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <string_view>

/// What the fuzzers share. A fuzzer is one file: `HOTARU_FUZZ(input) { … }` looks at any bytes. A crash, a sanitizer's
/// report and a `require` that does not hold end it; the input is kept.
namespace hotaru::fuzz {

inline void require(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "does not hold: %s\n", what);
  std::abort();
}

/// Takes what stands before the first newline off the front.
inline std::string take_line(std::string_view& input) {
  const auto end = input.find('\n');
  std::string line(input.substr(0, end));
  input.remove_prefix(end == std::string_view::npos ? input.size() : end + 1);
  return line;
}

/// Takes one byte off the front; 0 from nothing.
inline unsigned take_byte(std::string_view& input) {
  if (input.empty()) return 0;
  const auto byte = static_cast<unsigned char>(input.front());
  input.remove_prefix(1);
  return byte;
}

/// No line breaks, no terminal sequences.
inline bool is_plain(std::string_view text) {
  for (const unsigned char c : text) {
    if (c < 0x20 || c == 0x7f) return false;
  }
  return true;
}

/// Well-formed UTF-8 (RFC 3629, without the finer rules on surrogates and overlong forms).
inline bool is_utf8(std::string_view text) {
  int following = 0;
  for (const unsigned char c : text) {
    if (following > 0) {
      if ((c & 0xC0) != 0x80) return false;
      --following;
    } else if (c >= 0x80) {
      following = (c & 0xE0) == 0xC0 ? 1 : (c & 0xF0) == 0xE0 ? 2 : (c & 0xF8) == 0xF0 ? 3 : -1;
      if (following < 0) return false;
    }
  }
  return following == 0;
}

/// A file that never touches a disk, for parsers that open what they read.
class MemoryFile {
 public:
  MemoryFile() : descriptor_(::memfd_create("hotaru-fuzz", MFD_CLOEXEC)) {}
  ~MemoryFile() { ::close(descriptor_); }
  MemoryFile(const MemoryFile&) = delete;
  MemoryFile& operator=(const MemoryFile&) = delete;

  void hold(std::string_view content) const {
    const bool held = ::ftruncate(descriptor_, 0) == 0 &&
                      ::pwrite(descriptor_, content.data(), content.size(), 0) == static_cast<ssize_t>(content.size());
    require(held, "a file in memory can be written");
  }
  std::filesystem::path path() const { return "/proc/self/fd/" + std::to_string(descriptor_); }

 private:
  int descriptor_;
};

}  // namespace hotaru::fuzz

#define HOTARU_FUZZ(input)                                                            \
  static void hotaru_fuzz(std::string_view input);                                    \
  extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) { \
    hotaru_fuzz({reinterpret_cast<const char*>(data), size});                         \
    return 0;                                                                         \
  }                                                                                   \
  static void hotaru_fuzz([[maybe_unused]] std::string_view input)
