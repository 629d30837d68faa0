// Kernels over q8 and q4 against sums of exact products: weights as they are stored, the input as it is
// rounded to int8. Outliers are planted in both.
#include "test/targets/conformance/Support.h"

#include "compiler/QuantizedLayout.h"
#include "ir/Storage.h"

#include "gtest/gtest.h"

#include <cmath>

using namespace facet::test;
using mlir::facet::Grid;

namespace {

constexpr size_t kGroup = 32;

struct Format {
  Grid grid;
  const char *name;
};
constexpr Format kFormats[] = {{Grid::q8, "q8"}, {Grid::q4, "q4"}};

/// A rounded matrix [rows][columns]: what it stands for, and its bytes in panels or in rows.
struct Matrix {
  std::vector<float> values;
  std::vector<Line> panels, inRows;

  Matrix(const std::vector<float> &from, size_t rows, size_t columns, Grid grid) : values(from.size()) {
    std::vector<int8_t> integers(from.size());
    std::vector<uint16_t> scales(from.size() / kGroup);
    EXPECT_TRUE(mlir::facet::roundRow(grid, from, {}, integers, scales));
    for (size_t i = 0; i < from.size(); ++i)
      values[i] = float(integers[i]) * mlir::facet::fromF16(scales[i / kGroup]);
    size_t rowBytes = columns / kGroup * (grid == Grid::q8 ? 34 : 18), groups = columns / kGroup;
    panels.resize((rows + 31) / 32 * 32 * rowBytes / sizeof(Line));
    inRows.resize(rows * rowBytes / sizeof(Line) + 1);
    llvm::ArrayRef<int8_t> allIntegers(integers);
    llvm::ArrayRef<uint16_t> allScales(scales);
    llvm::MutableArrayRef<char> panelBytes(panels[0].bytes, panels.size() * sizeof(Line));
    for (size_t first = 0; first < rows; first += 32) {
      size_t count = std::min<size_t>(32, rows - first);
      packQuantizedPanel(grid, columns, allIntegers.slice(first * columns, count * columns),
                         allScales.slice(first * groups, count * groups),
                         panelBytes.slice(first * rowBytes, 32 * rowBytes));
    }
    for (size_t r = 0; r < rows; ++r)
      packQuantizedRow(grid, allIntegers.slice(r * columns, columns), allScales.slice(r * groups, groups),
                       llvm::MutableArrayRef(inRows[0].bytes + r * rowBytes, rowBytes));
  }
};

std::vector<float> withOutliers(std::vector<float> values, float factor) {
  for (size_t i = 5; i < values.size(); i += 97)
    values[i] *= factor;
  return values;
}

/// As the kernel must round its input: the largest magnitude of 32 columns becomes 127, ties go to even.
std::vector<float> throughInt8(const std::vector<float> &x) {
  std::vector<float> y(x.size());
  for (size_t first = 0; first < x.size(); first += kGroup) {
    float largest = 0;
    for (size_t i = first; i < first + kGroup; ++i)
      largest = std::max(largest, std::fabs(x[i]));
    if (largest == 0)
      continue;
    float inverse = 127.0f / largest, scale = largest / 127.0f;
    for (size_t i = first; i < first + kGroup; ++i)
      y[i] = std::nearbyint(float(double(x[i]) * inverse)) * scale;
  }
  return y;
}

/// x [rows][in] times w [out][in]; `magnitude` becomes the largest sum of absolute products.
std::vector<float> product(const std::vector<float> &x, const std::vector<float> &w, size_t in,
                           double &magnitude) {
  size_t rows = x.size() / in, out = w.size() / in;
  std::vector<float> y(rows * out);
  for (size_t r = 0; r < rows; ++r)
    for (size_t o = 0; o < out; ++o) {
      double sum = 0, absolute = 0;
      for (size_t k = 0; k < in; ++k) {
        double term = double(x[r * in + k]) * w[o * in + k];
        sum += term;
        absolute += std::fabs(term);
      }
      y[r * out + o] = float(sum);
      magnitude = std::max(magnitude, absolute);
    }
  return y;
}

double largest(const std::vector<float> &values) {
  double most = 0;
  for (float value : values)
    most = std::max(most, double(std::fabs(value)));
  return most;
}

// Products within a group are exact; each group adds a rounding of its scale, of the product and of the sum.
TEST(Quantized, LinearWithOutliers) {
  const size_t in = 192, out = 80;
  for (Format format : kFormats)
    for (size_t rows : {1, 2, 3, 71}) {
      auto x = withOutliers(randomFloats(rows * in, 1), 300.0f);
      std::fill(x.begin(), x.begin() + kGroup, 0.0f); // a group of zeros
      Matrix weight(withOutliers(randomFloats(out * in, 3, 0.1f), 40.0f), out, in, format.grid);
      std::string type = std::string("tensor<80x192x!facet.") + format.name + ", #facet.panel<32>>";
      std::string text = "func.func @k(%rows: !facet.rows, %x: tensor<?x192xf32>, %w: " + type +
                         ") -> tensor<?x80xf32> attributes {facet.kernel = \"linear\"} {\n"
                         "  %0 = facet.linear %x, %w : tensor<?x192xf32>, " +
                         type + " -> tensor<?x80xf32>\n  return %0 : tensor<?x80xf32>\n}";
      double magnitude = 0;
      auto expected = product(throughInt8(x), weight.values, in, magnitude);
      double tolerance = (in / kGroup + 3) * 0x1p-24 * magnitude / largest(expected);
      RowSet set(int(rows), 0);
      conform(text, expected, tolerance, [&](const KernelRunner &runner) {
        std::vector<float> y(rows * out);
        runner.run({&set.set, x.data(), weight.panels.data(), y.data()}, 3);
        return y;
      });
    }
}

TEST(Quantized, EmbeddingFromPanels) {
  const int vocabulary = 64, width = 64;
  for (Format format : kFormats) {
    Matrix table(randomFloats(vocabulary * width, 1), vocabulary, width, format.grid);
    std::string type = std::string("tensor<64x64x!facet.") + format.name + ", #facet.panel<32>>";
    std::string text = "func.func @k(%rows: !facet.rows, %e: " + type +
                       ") -> tensor<?x64xf32> attributes {facet.kernel = \"rows\"} {\n"
                       "  %0 = facet.embed %rows, %e scale 8.0 : " +
                       type + " -> tensor<?x64xf32>\n  return %0 : tensor<?x64xf32>\n}";
    RowSet set(37, 0, vocabulary);
    conform(text, facet::reference::embed(set.rows, table.values, width, 8.0f), 0x1p-23,
            [&](const KernelRunner &runner) {
              std::vector<float> y(37 * width);
              runner.run({&set.set, table.panels.data(), y.data()}, 4);
              return y;
            });
  }
}

// Rows that the runtime has gathered lie one after another.
TEST(Quantized, GatheredEmbedding) {
  const int vocabulary = 64, width = 64;
  for (Format format : kFormats) {
    Matrix table(randomFloats(vocabulary * width, 1), vocabulary, width, format.grid);
    size_t rowBytes = width / kGroup * (format.grid == Grid::q8 ? 34 : 18);
    std::string type = std::string("tensor<64x64x!facet.") + format.name + ">";
    std::string text = "func.func @k(%rows: !facet.rows, %e: " + type +
                       ") -> tensor<?x64xf32> attributes {facet.kernel = \"rows\"} {\n"
                       "  %0 = facet.embed %rows, %e scale 8.0 : " +
                       type + " -> tensor<?x64xf32>\n  return %0 : tensor<?x64xf32>\n}";
    RowSet set(37, 0, vocabulary);
    std::vector<char> gathered;
    for (int row = 0; row < set.set.count; ++row) {
      const char *from = table.inRows[0].bytes + set.set.token[row] * rowBytes;
      gathered.insert(gathered.end(), from, from + rowBytes);
    }
    conform(text, facet::reference::embed(set.rows, table.values, width, 8.0f), 0x1p-23,
            [&](const KernelRunner &runner) {
              std::vector<float> y(37 * width);
              runner.run({&set.set, gathered.data(), y.data()}, 4);
              return y;
            });
  }
}

} // namespace
