// Candidates of a tuning run as a picture.
#pragma once

#include "tools/tune_search.h"

#include <string>

namespace mlir::facet {

struct PlotRow {
  std::string title; // kernel and number of rows
  Winner winner;
};

/// An SVG with a row for each search: a dot a candidate, the model's rank to the right, time against the
/// untuned kernel upwards; the winner is filled.
std::string plotCandidates(const std::vector<PlotRow> &rows);

} // namespace mlir::facet
