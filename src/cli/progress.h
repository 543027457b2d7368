#pragma once

#include <condition_variable>
#include <mutex>
#include <ostream>
#include <string>
#include <thread>

#include "base/clock.h"

namespace hotaru::cli {

/// What is happening, on standard error. On a terminal one live line: what, for how long, what it costs; a phase that
/// has ended leaves a line with its time. Elsewhere a plain line whenever something else is happening.
class Progress {
 public:
  /// `cost`: "$0.526/h", or "".
  Progress(std::ostream& stream, Clock& clock, bool live, std::string cost = {});
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  void tell(const std::string& phase, const std::string& text);
  /// A line that stays, whatever is happening.
  void say(const std::string& line);
  /// On a terminal, stands in the live line in place of what is happening, until it is taken back with "".
  void remark(const std::string& text);
  /// Standard error is a terminal.
  bool live() const { return live_; }
  /// Ends the last phase; harmless to call again. After it the stream is the caller's.
  void finish();

 private:
  void draw();
  void erase();
  void end_phase();
  void redraw_until_finished();

  std::ostream& stream_;
  Clock& clock_;
  bool live_;
  std::string cost_;
  std::mutex mutex_;
  std::condition_variable finished_changed_;
  std::string phase_;
  std::string text_;
  std::string remark_;
  Duration phase_start_{0};
  std::size_t drawn_ = 0;
  int turn_ = 0;
  bool finished_ = false;
  std::thread painter_;
};

}  // namespace hotaru::cli
