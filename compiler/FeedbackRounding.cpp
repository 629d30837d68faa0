// Error feedback, 32 rows at a time: a column of 32 rows is contiguous, and rows never mix. No multiplication
// is contracted with an addition (CMakeLists.txt), so that every clone computes the same bits.
#include "compiler/FeedbackRounding.h"

#include "llvm/ADT/STLExtras.h"

#include <Eigen/Cholesky>

#include <algorithm>
#include <numeric>

using namespace mlir;
using namespace mlir::facet;

namespace {
constexpr int kGroup = 32, kRows = FeedbackRounder::kRows;
/// Added to the diagonal, as a part of its mean: moments of few rows are singular, and the future differs.
constexpr double kDamping = 0.01;

using RowMajor = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
using Column = float __attribute__((vector_size(kRows * sizeof(float))));

/// What one group's columns are rounded with, for 32 rows.
struct Scales {
  Column scale, inverse;
};

/// By reference: vectors wider than a CPU's are not passed alike by all clones.
[[gnu::always_inline]] inline void toGrid(Column &value, float low, float high) {
  constexpr float shift = 12582912.0f; // 1.5 * 2^23: such a sum has no fraction
  value = (value + shift) - shift;
  value = value < low ? Column{} + low : value;
  value = value > high ? Column{} + high : value;
}

/// `columns`: [n] columns in the order of rounding, replaced by their integers. `spread`: [n][n].
__attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default"))) void
feedBack(Column *columns, int64_t n, const Scales *scales, const int32_t *order, const float *spread,
         float low, float high) {
  Column errors[kGroup];
  for (int64_t begin = 0; begin < n; begin += kGroup) {
    int64_t end = std::min<int64_t>(begin + kGroup, n);
    for (int64_t j = begin; j < end; ++j) {
      const Scales &group = scales[order[j] / kGroup];
      Column integer = columns[j] * group.inverse;
      toGrid(integer, low, high);
      Column error = columns[j] - integer * group.scale;
      for (int64_t k = j + 1; k < end; ++k)
        columns[k] -= spread[j * n + k] * error;
      errors[j - begin] = error;
      columns[j] = integer;
    }
    // All later columns at once: each is read and written once for 32 errors.
    for (int64_t k = end; k < n; ++k) {
      Column column = columns[k];
      for (int64_t j = begin; j < end; ++j)
        column -= spread[j * n + k] * errors[j - begin];
      columns[k] = column;
    }
  }
}

/// With H = R R^T, R upper triangular, U = R^-1 is the Cholesky factor of H's inverse, H^-1 = U^T U. Row j of
/// U over its diagonal says what later columns take of column j's error.
bool spreadOf(RowMajor moments, std::vector<float> &spread) {
  int64_t n = moments.rows();
  moments.diagonal().array() += kDamping * moments.diagonal().mean();
  // R is the lower factor of H in reverse, reversed.
  Eigen::LLT<Eigen::MatrixXd> factor(moments.reverse());
  if (factor.info() != Eigen::Success)
    return false;
  Eigen::MatrixXd upper = Eigen::MatrixXd(factor.matrixL()).reverse();
  RowMajor inverse = upper.triangularView<Eigen::Upper>().solve(Eigen::MatrixXd::Identity(n, n));
  spread.resize(n * n);
  for (int64_t j = 0; j < n; ++j)
    for (int64_t k = j; k < n; ++k)
      spread[j * n + k] = float(inverse(j, k) / inverse(j, j));
  return true;
}

/// Columns whose input was never anything but zero: about what the others are, so that nothing is divided by
/// zero.
void fillDead(RowMajor &moments) {
  double mean = moments.diagonal().mean();
  for (int64_t i = 0; i < moments.rows(); ++i)
    if (moments(i, i) <= 0) {
      moments.row(i).setZero();
      moments.col(i).setZero();
      moments(i, i) = mean;
    }
}
} // namespace

llvm::Expected<FeedbackRounder> FeedbackRounder::create(Grid grid, const SecondMoments &moments) {
  FeedbackRounder rounder;
  rounder.grid = grid;
  rounder.columns = moments.columns;
  if (moments.rows == 0)
    return rounder;
  rounder.importance.resize(moments.columns);
  const float *sums = moments.sums.data();
  for (int64_t first = 0; first < moments.columns; first += moments.block) {
    int64_t n = moments.sizeOf(first);
    RowMajor whole =
        Eigen::Map<const Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>>(sums, n, n)
            .cast<double>() /
        double(moments.rows);
    sums += n * n;
    if (whole.diagonal().maxCoeff() <= 0)
      whole.diagonal().setOnes();
    fillDead(whole);
    double floor = kDamping * whole.diagonal().mean();
    for (int64_t i = 0; i < n; ++i)
      rounder.importance[first + i] = float(whole(i, i) + floor);
    Block block{first, std::vector<int32_t>(n), {}};
    std::iota(block.order.begin(), block.order.end(), 0);
    llvm::sort(block.order,
               [&](int32_t a, int32_t b) { return std::pair(-whole(a, a), a) < std::pair(-whole(b, b), b); });
    RowMajor ordered = whole(block.order, block.order);
    if (!spreadOf(std::move(ordered), block.spread))
      return llvm::createStringError("second moments are not those of any inputs");
    rounder.blocks.push_back(std::move(block));
  }
  return rounder;
}

bool FeedbackRounder::round(llvm::ArrayRef<float> rows, llvm::MutableArrayRef<int8_t> values,
                            llvm::MutableArrayRef<uint16_t> scales) const {
  int64_t count = rows.size() / columns, groups = columns / kGroup;
  for (int64_t r = 0; r < count; ++r)
    if (!roundRow(grid, rows.slice(r * columns, columns), importance, values.slice(r * columns, columns),
                  scales.slice(r * groups, groups)))
      return false;
  float high = grid == Grid::q8 ? 127 : 7, low = grid == Grid::q8 ? -127 : -8;
  for (const Block &block : blocks) {
    int64_t n = block.order.size();
    std::vector<Scales> scalesOf(n / kGroup);
    for (int64_t g = 0; g < n / kGroup; ++g)
      for (int64_t r = 0; r < count; ++r) {
        float scale = fromF16(scales[r * groups + block.first / kGroup + g]);
        scalesOf[g].scale[r] = scale;
        scalesOf[g].inverse[r] = scale == 0 ? 0 : 1 / scale;
      }
    std::vector<Column> ordered(n);
    for (int64_t j = 0; j < n; ++j)
      for (int64_t r = 0; r < count; ++r)
        ordered[j][r] = rows[r * columns + block.first + block.order[j]];
    feedBack(ordered.data(), n, scalesOf.data(), block.order.data(), block.spread.data(), low, high);
    for (int64_t j = 0; j < n; ++j)
      for (int64_t r = 0; r < count; ++r)
        values[r * columns + block.first + block.order[j]] = int8_t(ordered[j][r]);
  }
  return true;
}
