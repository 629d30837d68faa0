#include "tools/tune_plot.h"

#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/raw_ostream.h"

#include <algorithm>

using namespace mlir;
using namespace mlir::facet;

namespace {
constexpr double kLeft = 250, kRight = 710, kHeight = 70, kPad = 10;
constexpr double kBest = 0.7, kWorst = 1.5; // ratios at the upper and lower edge
} // namespace

static double heightOf(double ratio) {
  return kPad + (kHeight - 2 * kPad) * (std::clamp(ratio, kBest, kWorst) - kBest) / (kWorst - kBest);
}

static void plotRow(llvm::raw_ostream &os, const PlotRow &row, double top) {
  size_t count = row.winner.measured.size();
  double step = (kRight - kLeft - 2 * kPad) / double(std::max<size_t>(count, 2) - 1), one = top + heightOf(1);
  os << llvm::formatv("<text x=\"8\" y=\"{0:f1}\">{1}</text>\n", top + kHeight / 2, row.title);
  os << llvm::formatv("<path d=\"M{0} {1:f1}H{2}\" stroke=\"#999\" stroke-dasharray=\"4\"/>\n", kLeft, one,
                      kRight);
  for (const Measured &measured : row.winner.measured) {
    bool won = measured.rank == row.winner.rank;
    os << llvm::formatv("<circle cx=\"{0:f1}\" cy=\"{1:f1}\" r=\"{2}\" fill=\"{3}\" stroke=\"#246\"/>\n",
                        kLeft + kPad + step * double(measured.rank - 1), top + heightOf(measured.ratio),
                        won ? 5 : 3, won ? "#246" : "none");
  }
}

std::string mlir::facet::plotCandidates(const std::vector<PlotRow> &rows) {
  std::string text;
  llvm::raw_string_ostream os(text);
  os << llvm::formatv(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"720\" height=\"{0}\" font-family=\"sans-serif\" "
      "font-size=\"11\">\n<rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n",
      40 + kHeight * double(rows.size()));
  os << llvm::formatv(
      "<text x=\"8\" y=\"20\">Time against the untuned kernel (dashed), {0} to {1}, up is faster; the cost "
      "model's order from the left; filled: the winner</text>\n",
      kBest, kWorst);
  for (auto [i, row] : llvm::enumerate(rows))
    plotRow(os, row, 30 + kHeight * double(i));
  os << "</svg>\n";
  return text;
}
