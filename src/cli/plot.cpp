#include "cli/plot.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/text.h"

namespace hotaru::cli {

namespace {

using market::SpotHistory;

constexpr int dots_across = 2;
constexpr int dots_down = 4;

/// The bit of a dot in its character (Unicode, "Braille Patterns").
int dot_bit(int column, int row) {
  constexpr int bits[dots_across][dots_down] = {{0x01, 0x02, 0x04, 0x40}, {0x08, 0x10, 0x20, 0x80}};
  return bits[column][row];
}

std::string braille(int bits) {
  const int code = 0x2800 + bits;
  return {static_cast<char>(0xE0 | (code >> 12)), static_cast<char>(0x80 | ((code >> 6) & 0x3F)),
          static_cast<char>(0x80 | (code & 0x3F))};
}

std::string day_of(TimePoint time) { return iso8601(time).substr(0, 10); }

/// The price in force at a time; negative before the first one.
double price_at(const SpotHistory& history, TimePoint time) {
  const auto next = std::ranges::upper_bound(history.steps, time, {}, [](const auto& step) { return step.first; });
  return next == history.steps.begin() ? -1 : std::prev(next)->second;
}

/// 0 for the lowest, `dots` - 1 for the highest.
int height_of(double usd, double lowest, double highest, int dots) {
  if (highest <= lowest) return 0;
  const double part = std::clamp((usd - lowest) / (highest - lowest), 0.0, 1.0);
  return static_cast<int>(std::lround(part * (dots - 1)));
}

/// Dots of a line drawn from left to right; steps are drawn upright.
class Canvas {
 public:
  explicit Canvas(const PlotSize& size)
      : size_(size), cells_(static_cast<std::size_t>(size.columns) * static_cast<std::size_t>(size.rows), 0) {}

  int width() const { return size_.columns * dots_across; }
  int height() const { return size_.rows * dots_down; }
  void draw(int x, int from, int to) {
    for (int y = std::min(from, to); y <= std::max(from, to); ++y) {
      const int down = height() - 1 - y;
      cells_[static_cast<std::size_t>((down / dots_down) * size_.columns + x / dots_across)] |=
          dot_bit(x % dots_across, down % dots_down);
    }
  }
  std::string row(int number) const {
    std::string text;
    for (int column = 0; column < size_.columns; ++column) {
      text += braille(cells_[static_cast<std::size_t>(number * size_.columns + column)]);
    }
    return text;
  }

 private:
  PlotSize size_;
  std::vector<int> cells_;
};

std::string escaped(const std::string& text) {
  std::string result;
  for (const char c : printable(text)) {
    if (c == '<') {
      result += "&lt;";
    } else if (c == '&') {
      result += "&amp;";
    } else {
      result += c;
    }
  }
  return result;
}

// Of the SVG, in its own units.
constexpr double svg_left = 70;
constexpr double svg_top = 50;
constexpr double svg_width = 720;
constexpr double svg_height = 320;
/// Told apart by those who see colours otherwise, too (Okabe and Ito, "Color Universal Design").
constexpr const char* colours[] = {"#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000"};

/// The highest that the scale shows: a little above all prices; it begins at 0.
double svg_highest(const std::vector<SpotHistory>& histories) {
  double highest = 0;
  for (const SpotHistory& one : histories) highest = std::max(highest, one.highest());
  return highest > 0 ? highest * 1.1 : 1;
}

double svg_x(const SpotHistory& history, TimePoint time) {
  const double whole = std::chrono::duration<double>(history.until - history.since).count();
  const double part = std::chrono::duration<double>(time - history.since).count();
  return svg_left + (whole > 0 ? part / whole : 1) * svg_width;
}

std::string svg_line(const SpotHistory& history, double highest, const char* colour) {
  const auto y = [&](double usd) { return svg_top + svg_height * (1 - usd / highest); };
  std::string path;
  for (const auto& [time, usd] : history.steps) {
    const double x = svg_x(history, time);
    path += path.empty() ? fmt::format("M{:.1f} {:.1f}", x, y(usd)) : fmt::format("H{:.1f}V{:.1f}", x, y(usd));
  }
  path += fmt::format("H{:.1f}", svg_left + svg_width);
  return fmt::format("<path d=\"{}\" fill=\"none\" stroke=\"{}\" stroke-width=\"1.5\"/>\n", path, colour);
}

std::string svg_text(double x, double y, const std::string& anchor, const std::string& text) {
  return fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"{}\">{}</text>\n", x, y, anchor, escaped(text));
}

std::string svg_scale(double highest) {
  constexpr int lines = 4;
  std::string text;
  for (int number = 0; number <= lines; ++number) {
    const double y = svg_top + svg_height * (1 - static_cast<double>(number) / lines);
    text += fmt::format("<path d=\"M{:.1f} {:.1f}h{:.1f}\" stroke=\"#ddd\"/>\n", svg_left, y, svg_width);
    text += svg_text(svg_left - 8, y + 4, "end", fmt::format("${:.3f}", highest * number / lines));
  }
  return text;
}

}  // namespace

std::string braille_plot(const SpotHistory& history, double lowest, double highest, const PlotSize& size) {
  Canvas canvas(size);
  int before = -1;
  for (int x = 0; x < canvas.width(); ++x) {
    const auto whole = history.until - history.since;
    const TimePoint time = history.since + whole * (x + 1) / canvas.width();
    const double usd = price_at(history, time);
    if (usd < 0) continue;
    const int y = height_of(usd, lowest, highest, canvas.height());
    canvas.draw(x, before < 0 ? y : before, y);
    before = y;
  }
  std::string text;
  for (int row = 0; row < size.rows; ++row) {
    std::string label;
    if (row == 0) label = fmt::format("{:.3f}", highest);
    if (row == size.rows - 1 && lowest < highest) label = fmt::format("{:.3f}", lowest);
    text += fmt::format("{:>9} ┤{}\n", label, canvas.row(row));
  }
  const std::string from = day_of(history.since);
  const int rest = std::max(size.columns - static_cast<int>(from.size()), 11);
  return text + fmt::format("{:>11}{}{:>{}}\n", "", from, day_of(history.until), rest);
}

std::string svg_plot(const std::string& title, const std::vector<SpotHistory>& histories) {
  const double highest = svg_highest(histories);
  const double height = svg_top + svg_height + 50 + 18 * static_cast<double>(histories.size());
  std::string text = fmt::format(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"820\" height=\"{0:.0f}\" viewBox=\"0 0 820 {0:.0f}\" "
      "font-family=\"sans-serif\" font-size=\"12\">\n<rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>\n",
      height);
  text += svg_text(svg_left, 26, "start", title) + svg_scale(highest);
  double y = svg_top + svg_height + 50;
  std::size_t number = 0;
  for (const SpotHistory& one : histories) {
    const char* colour = colours[number++ % std::size(colours)];
    text += svg_line(one, highest, colour);
    text += fmt::format("<path d=\"M{:.1f} {:.1f}h24\" stroke=\"{}\" stroke-width=\"3\"/>\n", svg_left, y - 4, colour);
    text += svg_text(svg_left + 32, y, "start",
                     fmt::format("{} {}: ${:.4f} an hour now", one.zone, one.zone_id, one.now()));
    y += 18;
  }
  if (!histories.empty()) {
    text += svg_text(svg_left, svg_top + svg_height + 20, "start", day_of(histories[0].since));
    text += svg_text(svg_left + svg_width, svg_top + svg_height + 20, "end", day_of(histories[0].until));
  }
  return text + "</svg>\n";
}

}  // namespace hotaru::cli
