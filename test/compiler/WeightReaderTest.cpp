// Rows of source tensors, whatever blocks they are read in.
#include "compiler/WeightReader.h"

#include "mlir/IR/BuiltinTypes.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/raw_ostream.h"

#include <bit>
#include <gtest/gtest.h>

using namespace mlir;
using namespace mlir::facet;

namespace {

/// A file of bf16 values: element i is i mod 251, which bf16 holds exactly. Tensors begin at odd places.
struct WeightReaderTest : testing::Test {
  void SetUp() override {
    context.loadDialect<FacetDialect>();
    int descriptor;
    ASSERT_FALSE(llvm::sys::fs::createTemporaryFile("facet-reader", "bin", descriptor, path));
    llvm::raw_fd_ostream file(descriptor, /*shouldClose=*/true);
    std::vector<uint16_t> values(kElements);
    for (int64_t i = 0; i < kElements; ++i)
      values[i] = std::bit_cast<uint32_t>(float(i % 251)) >> 16;
    file.write(reinterpret_cast<const char *>(values.data()), 2 * kElements);
    file.close();
    auto opened = WeightReader::open({path.str().str()});
    ASSERT_TRUE(bool(opened)) << llvm::toString(opened.takeError());
    reader = std::move(*opened);
  }
  void TearDown() override { llvm::sys::fs::remove(path); }

  SourceAttr source(int64_t firstElement, llvm::ArrayRef<int64_t> shape) {
    return SourceAttr::get(&context, 0, 2 * firstElement, shape, BFloat16Type::get(&context));
  }
  void expectRow(SourceAttr from, int64_t row) {
    std::vector<float> out(from.getShape().back());
    llvm::Error error = reader->readRow(from, row, out);
    ASSERT_FALSE(bool(error)) << llvm::toString(std::move(error));
    int64_t first = from.getOffset() / 2 + row * out.size();
    for (size_t i = 0; i < out.size(); ++i)
      ASSERT_EQ(out[i], float((first + i) % 251)) << "row " << row << " column " << i;
  }

  static constexpr int64_t kElements = 8 << 20; // 16 MB: several blocks
  MLIRContext context{MLIRContext::Threading::DISABLED};
  llvm::SmallString<128> path;
  std::unique_ptr<WeightReader> reader;
};

// Rows that are no divisor of a block or a page, to the last one of the file.
TEST_F(WeightReaderTest, InOrder) {
  const int64_t first = 77, columns = 8960, rows = (kElements - first) / columns;
  SourceAttr whole = source(first, {rows, columns});
  for (int64_t row = 0; row < rows; ++row)
    expectRow(whole, row);
  expectRow(source(kElements - 33, {33}), 0);
}

// More places at once than there are blocks, and backwards.
TEST_F(WeightReaderTest, InAnyOrder) {
  const int64_t columns = 1000, part = kElements / 6, rows = part / columns;
  for (int64_t row = 0; row < rows; row += 97)
    for (int64_t i = 0; i < 6; ++i)
      expectRow(source(i * part, {rows, columns}), row);
  SourceAttr stack = source(5, {3, 1000, columns});
  for (int64_t row = 2999; row >= 0; row -= 500)
    expectRow(stack, row);
}

// A row longer than a block.
TEST_F(WeightReaderTest, LongRow) { expectRow(source(1, {kElements - 1}), 0); }

TEST_F(WeightReaderTest, FileThatShrank) {
  std::vector<float> out(10);
  llvm::Error error = reader->readRow(source(kElements - 5, {10}), 0, out);
  EXPECT_EQ(llvm::toString(std::move(error)),
            "cannot read 20 bytes at 16777206 of '" + path.str().str() + "': the file is shorter");
}

TEST(WeightReader, MissingFile) {
  EXPECT_EQ(llvm::toString(WeightReader::open({"/nonexistent/model.safetensors"}).takeError()),
            "cannot open '/nonexistent/model.safetensors': No such file or directory");
}

} // namespace
