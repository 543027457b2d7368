#include "cli/progress.h"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <array>

#include "base/text.h"

namespace hotaru::cli {
namespace {

constexpr Duration between_frames{100};

std::size_t terminal_width() {
  winsize size{};
  return ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 20 ? size.ws_col : 80;
}

}  // namespace

Progress::Progress(std::ostream& stream, Clock& clock, bool live, std::string cost)
    : stream_(stream), clock_(clock), live_(live), cost_(std::move(cost)) {
  if (live_) painter_ = std::thread([this] { redraw_until_finished(); });
}

Progress::~Progress() { finish(); }

void Progress::tell(const std::string& phase, const std::string& text) {
  const std::lock_guard lock(mutex_);
  if (finished_) return;
  if (phase != phase_) {
    end_phase();
    phase_ = phase;
    phase_start_ = clock_.steady();
  }
  if (text == text_) return;
  text_ = text;
  if (live_) {
    draw();
  } else {
    stream_ << text_ << "\n" << std::flush;
  }
}

void Progress::say(const std::string& line) {
  const std::lock_guard lock(mutex_);
  if (finished_) return;
  erase();
  stream_ << line << "\n" << std::flush;
}

void Progress::remark(const std::string& text) {
  const std::lock_guard lock(mutex_);
  if (!live_ || finished_ || text == remark_) return;
  remark_ = text;
  draw();
}

void Progress::finish() {
  {
    const std::lock_guard lock(mutex_);
    if (finished_) return;
    end_phase();
    finished_ = true;
  }
  finished_changed_.notify_all();
  if (painter_.joinable()) painter_.join();
}

void Progress::end_phase() {
  if (!live_ || phase_.empty()) return;
  erase();
  const Duration took = clock_.steady() - phase_start_;
  // What went by too fast to be read leaves no line.
  if (took >= between_frames) stream_ << fmt::format("  {:>7}  {}\n", human_duration(took), text_) << std::flush;
  text_.clear();
}

void Progress::erase() {
  if (drawn_ > 0) stream_ << "\r\033[K";
  drawn_ = 0;
}

void Progress::draw() {
  constexpr std::array<const char*, 4> marks{"|", "/", "-", "\\"};
  std::string line = fmt::format("{} {:>7}  {}", marks[static_cast<std::size_t>(turn_) % marks.size()],
                                 human_duration(clock_.steady() - phase_start_), remark_.empty() ? text_ : remark_);
  if (!cost_.empty()) line += "  (" + cost_ + ")";
  const std::size_t room = terminal_width() - 1;
  if (line.size() > room) line.resize(room);
  erase();
  stream_ << line << std::flush;
  drawn_ = line.size();
}

void Progress::redraw_until_finished() {
  std::unique_lock lock(mutex_);
  while (!finished_) {
    finished_changed_.wait_for(lock, between_frames);
    ++turn_;
    if (!finished_ && !text_.empty()) draw();
  }
}

}  // namespace hotaru::cli
