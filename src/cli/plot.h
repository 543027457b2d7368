#pragma once

#include <string>
#include <vector>

#include "market/spot_history.h"

/// Prices over time as pictures. Pure.
namespace hotaru::cli {

/// Some lines of braille, with the scale at the left: dots are half a character wide and a quarter of one high.
struct PlotSize {
  int columns = 60;
  int rows = 4;
};
/// `lowest` and `highest` are the ends of the scale, so that several plots can be compared.
std::string braille_plot(const market::SpotHistory& history, double lowest, double highest, const PlotSize& size);

/// One picture of all, with scale, dates and a legend; stands alone.
std::string svg_plot(const std::string& title, const std::vector<market::SpotHistory>& histories);

}  // namespace hotaru::cli
