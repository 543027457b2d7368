#include "cli/plot.h"

#include <gtest/gtest.h>

#include <pugixml.hpp>

#include "base/text.h"

namespace hotaru::cli {
namespace {

market::SpotHistory history() {
  market::SpotHistory one;
  one.zone = "us-east-1<a>";
  one.zone_id = "use1-az1";
  one.since = *parse_iso8601("2026-11-01T00:00:00Z");
  one.until = *parse_iso8601("2026-11-05T00:00:00Z");
  one.steps = {{one.since, 0.1}, {*parse_iso8601("2026-11-03T00:00:00Z"), 0.3}};
  return one;
}

TEST(BraillePlot, DrawsStepsWithScaleAndDays) {
  EXPECT_EQ(braille_plot(history(), 0.1, 0.3, {.columns = 20, .rows = 2}),
            "    0.300 ┤⠀⠀⠀⠀⠀⠀⠀⠀⠀⢸⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉\n"
            "    0.100 ┤⣀⣀⣀⣀⣀⣀⣀⣀⣀⣸⠀⠀⠀⠀⠀⠀⠀⠀⠀⠀\n"
            "           2026-11-01 2026-11-05\n");
}

TEST(BraillePlot, OfOnePriceIsALineAtTheBottom) {
  market::SpotHistory flat = history();
  flat.steps.pop_back();
  EXPECT_EQ(lines(braille_plot(flat, 0.1, 0.1, {.columns = 4, .rows = 1})).at(0), "    0.100 ┤⣀⣀⣀⣀");
}

TEST(BraillePlot, IsEmptyBeforeTheFirstPrice) {
  market::SpotHistory late = history();
  late.steps.erase(late.steps.begin());
  EXPECT_EQ(lines(braille_plot(late, 0.3, 0.3, {.columns = 4, .rows = 1})).at(0), "    0.300 ┤⠀⢀⣀⣀");
}

TEST(SvgPlot, IsAPictureOfAllZonesThatStandsAlone) {
  const std::string svg = svg_plot("g5.xlarge & others", {history(), history()});
  pugi::xml_document document;
  ASSERT_TRUE(document.load_string(svg.c_str())) << svg;
  EXPECT_STREQ(document.document_element().name(), "svg");
  EXPECT_EQ(document.select_nodes("//path[@fill='none']").size(), 2U);
  EXPECT_NE(svg.find("g5.xlarge &amp; others"), std::string::npos);
  EXPECT_NE(svg.find("us-east-1&lt;a>"), std::string::npos);
  EXPECT_NE(svg.find("H430.0V"), std::string::npos) << "the step in the middle is upright";
  EXPECT_TRUE(document.load_string(svg_plot("", {}).c_str()));
}

}  // namespace
}  // namespace hotaru::cli
