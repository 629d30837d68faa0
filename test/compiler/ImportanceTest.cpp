// Files of second moments: what is read back, and what is refused.
#include "compiler/Importance.h"

#include "mlir/IR/BuiltinTypes.h"

#include <cmath>
#include <cstring>
#include <fstream>
#include <functional>
#include <gtest/gtest.h>
#include <unistd.h>

using namespace mlir;
using namespace mlir::facet;

namespace {

struct Written {
  facet_importance_header header{
      {'F', 'A', 'C', 'E', 'T', 'I', 'M', 'P'}, FACET_IMPORTANCE_VERSION, 2, 32, 0, 0};
  facet_importance_entry entries[2] = {};
  std::string data;
};

template <typename T> void append(std::string &to, T value) {
  to.append(reinterpret_cast<char *>(&value), sizeof value);
}

/// "one": a matrix of 48 columns after 7 inputs, blocks of 32 and 16. "two": 3 experts of 32 columns. Sums
/// count up.
Written goodFile() {
  Written file;
  std::strcpy(file.entries[0].name, "one");
  file.entries[0].columns = 48, file.entries[0].matrices = 1;
  file.entries[0].offset = sizeof file.header + sizeof file.entries;
  append(file.data, uint64_t(7));
  for (int i = 0; i < 32 * 32 + 16 * 16; ++i)
    append(file.data, float(i));
  std::strcpy(file.entries[1].name, "two");
  file.entries[1].columns = 32, file.entries[1].matrices = 3;
  file.entries[1].offset = file.entries[0].offset + file.data.size();
  for (uint64_t rows : {4, 0, 9})
    append(file.data, rows);
  for (int i = 0; i < 3 * 32 * 32; ++i)
    append(file.data, float(-i));
  file.header.file_size = file.entries[0].offset + file.data.size();
  return file;
}

std::string save(const Written &file) {
  std::string path = testing::TempDir() + "facet-importance-" + std::to_string(getpid());
  std::ofstream out(path, std::ios::binary);
  out.write(reinterpret_cast<const char *>(&file.header), sizeof file.header);
  out.write(reinterpret_cast<const char *>(file.entries), sizeof file.entries);
  out << file.data;
  return path;
}

struct ImportanceTest : testing::Test {
  MLIRContext context;
  RankedTensorType typed(llvm::ArrayRef<int64_t> shape) {
    return RankedTensorType::get(shape, Float32Type::get(&context));
  }
  std::string problemOf(const Written &file) {
    auto importance = Importance::open(save(file));
    return importance ? "" : llvm::toString(importance.takeError());
  }
};
} // namespace

TEST_F(ImportanceTest, ReadsEachMatrix) {
  auto file = Importance::open(save(goodFile()));
  ASSERT_TRUE(bool(file)) << llvm::toString(file.takeError());
  auto one = (*file)->read("one", typed({10, 48}), 0);
  ASSERT_TRUE(bool(one)) << llvm::toString(one.takeError());
  EXPECT_EQ(one->rows, 7u);
  EXPECT_EQ(one->block, 32);
  ASSERT_EQ(one->sums.size(), 32u * 32 + 16 * 16);
  EXPECT_EQ(one->sums.back(), 32 * 32 + 16 * 16 - 1);
  auto third = (*file)->read("two", typed({3, 64, 32}), 2);
  ASSERT_TRUE(bool(third)) << llvm::toString(third.takeError());
  EXPECT_EQ(third->rows, 9u);
  EXPECT_EQ(third->sums.front(), -2 * 32 * 32);
}

TEST_F(ImportanceTest, RefusesOtherWeights) {
  auto file = Importance::open(save(goodFile()));
  ASSERT_TRUE(bool(file));
  auto expect = [&](llvm::StringRef name, llvm::ArrayRef<int64_t> shape, const char *says) {
    auto moments = (*file)->read(name, typed(shape), 0);
    ASSERT_FALSE(bool(moments));
    std::string problem = llvm::toString(moments.takeError());
    EXPECT_NE(problem.find(says), std::string::npos) << problem;
  };
  expect("three", {10, 48},
         "weight 'three' is missing; collect it again with facet run --collect-importance");
  expect("one", {10, 64}, "weight 'one': expected 1 x 64 columns, found 1 x 48");
  expect("two", {4, 64, 32}, "weight 'two': expected 4 x 32 columns, found 3 x 32");
}

TEST_F(ImportanceTest, RefusesDamage) {
  const struct {
    const char *says;
    std::function<void(Written &)> spoil;
  } tests[] = {
      {"expected a file of second moments, found something else",
       [](Written &f) { f.header.magic[7] = 'X'; }},
      {"expected version 1, found 2", [](Written &f) { f.header.version = 2; }},
      {"found 33 and 2", [](Written &f) { f.header.block = 33; }},
      {"found 0 and 2", [](Written &f) { f.header.block = 0; }},
      {"found 8192 and 2", [](Written &f) { f.header.block = 8192; }},
      {"found 32 and 4294967295", [](Written &f) { f.header.entry_count = ~0u; }},
      {"bytes, found", [](Written &f) { f.header.file_size -= 1; }},
      {"bytes, found", [](Written &f) { f.data.pop_back(); }},
      {"expected data up to", [](Written &f) { f.data += "more", f.header.file_size += 4; }},
      {"entry 0: expected a name", [](Written &f) { f.entries[0].name[0] = 0; }},
      {"entry 1: expected a name",
       [](Written &f) { std::memset(f.entries[1].name, 'x', sizeof f.entries[1].name); }},
      {"entry 'one' occurs twice", [](Written &f) { std::strcpy(f.entries[1].name, "one"); }},
      {"entry 'one': 1 matrices of 0 columns", [](Written &f) { f.entries[0].columns = 0; }},
      {"entry 'one': 1 matrices of 4294967295 columns", [](Written &f) { f.entries[0].columns = ~0u; }},
      {"entry 'two': 4294967295 matrices", [](Written &f) { f.entries[1].matrices = ~0u; }},
      {"entry 'two': 3 matrices of 32 columns at 18446744073709551615",
       [](Written &f) { f.entries[1].offset = ~0ull; }},
      {"entry 'two' reaches beyond the end", [](Written &f) { f.entries[1].matrices = 4; }},
  };
  for (const auto &test : tests) {
    Written file = goodFile();
    test.spoil(file);
    EXPECT_NE(problemOf(file).find(test.says), std::string::npos) << test.says << "\n" << problemOf(file);
  }
  EXPECT_EQ(problemOf(goodFile()), "");
}

TEST_F(ImportanceTest, RefusesSumsThatAreNoNumbers) {
  Written file = goodFile();
  float nan = NAN;
  std::memcpy(&file.data[8 + 4 * 100], &nan, 4);
  auto importance = Importance::open(save(file));
  ASSERT_TRUE(bool(importance));
  auto moments = (*importance)->read("one", typed({10, 48}), 0);
  ASSERT_FALSE(bool(moments));
  EXPECT_NE(llvm::toString(moments.takeError()).find("weight 'one': a sum is not a number"),
            std::string::npos);
}
