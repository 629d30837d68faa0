// The tuning database: text that is read as it was written, refusals, and which records a compile takes.
#include "compiler/Tuning.h"

#include <gtest/gtest.h>

using namespace mlir::facet;

namespace {

const std::string kConditions = "machine A\ncompiler " + hostCompiler() + "\ntarget v3\n";

TuningDatabase parsed(const std::string &text) {
  auto database = TuningDatabase::parse(text, "t");
  if (!database) {
    ADD_FAILURE() << llvm::toString(database.takeError());
    return {};
  }
  return std::move(*database);
}

std::string problemOf(const std::string &text) {
  auto database = TuningDatabase::parse(text, "t");
  return database ? "none" : llvm::toString(database.takeError());
}

ScheduleAttr scheduleOf(mlir::DictionaryAttr chosen, llvm::StringRef kernel) {
  return chosen ? chosen.getAs<ScheduleAttr>(kernel) : ScheduleAttr();
}

TEST(Tuning, PrintsWhatItReads) {
  std::string text = kConditions +
                     "linear n64 k64 q8: row_tile=8 unroll=2 few=1.5/2.0 many=20.0/25.0\n"
                     "linear n64 k64 bf16:\ntarget v4\nlinear n64 k64 q8: thin_unroll=4 prefetch=512\n";
  std::string printed = parsed("# a comment\n\n" + text + "# another\n").print();
  EXPECT_EQ(printed.substr(printed.find('\n') + 1), text);
  EXPECT_EQ(parsed(printed).print(), printed);
  EXPECT_EQ(parsed(printed).digest(), parsed(text).digest());
  EXPECT_NE(parsed(printed).digest(), parsed(kConditions + "linear n64 k64 q8: row_tile=7\n").digest());
}

TEST(Tuning, RefusesWhatItDoesNotUnderstand) {
  EXPECT_EQ(problemOf("linear n64 k64 q8: unroll=1\n"),
            "t:1: expected lines 'machine', 'compiler' and 'target' before the first kernel");
  EXPECT_EQ(problemOf(kConditions + "linear n64 k64 q8\n"),
            "t:4: expected 'machine', 'compiler', 'target' or 'KERNEL: CHOICES', got 'linear n64 k64 q8'");
  for (std::string bad :
       {"unroll=65", "unroll=-1", "unroll=", "unroll", "prefetch=65537", "speed=1", "few=1", "many=a/1"})
    EXPECT_EQ(
        problemOf(kConditions + "linear n64 k64 q8: " + bad + "\n"),
        "t:4: expected row_tile, unroll, thin_unroll (0 to 64), prefetch (0 to 65536), few or many, got '" +
            bad + "'");
  EXPECT_EQ(problemOf(kConditions + "l: unroll=1\nl: unroll=2\n"),
            "t:5: 'l' is there twice for one machine, compiler and target; remove one");
  EXPECT_EQ(problemOf(std::string(17 << 20, '\n')), "t: expected at most 16777216 bytes");
}

TEST(Tuning, PutReplacesTheSameKeyAlone) {
  TuningDatabase database = parsed(kConditions + "l: unroll=1\nm: unroll=1\n");
  TuningRecord record = {"A", hostCompiler(), "v3", "l"};
  record.unroll = 4;
  database.put(record);
  record.machine = "B";
  database.put(record);
  EXPECT_EQ(database.print(),
            parsed(kConditions + "l: unroll=4\nm: unroll=1\nmachine B\nl: unroll=4\n").print());
}

// The asked machine's records before others', and of others the first; never those of another compiler or
// level.
TEST(Tuning, SelectsByTargetCompilerAndMachine) {
  mlir::MLIRContext context;
  context.loadDialect<FacetDialect>();
  TuningDatabase database =
      parsed(kConditions + "l: unroll=1\nmachine B\nl: unroll=2\nm: unroll=3\ntarget v4\nn: unroll=4\n"
                           "target v3\ncompiler another\nn: unroll=5\n");
  auto unrollOf = [&](llvm::StringRef machine, llvm::StringRef kernel) {
    ScheduleAttr found = scheduleOf(database.select(&context, "v3", machine), kernel);
    return found ? found.getUnroll() : -1;
  };
  EXPECT_EQ(unrollOf("B", "l"), 2);
  EXPECT_EQ(unrollOf("A", "l"), 1);
  EXPECT_EQ(unrollOf("", "l"), 1);
  EXPECT_EQ(unrollOf("A", "m"), 3);
  EXPECT_EQ(unrollOf("A", "n"), -1);
  EXPECT_FALSE(database.select(&context, "v5", "A"));
}

TEST(Tuning, TheOneThatShipsIsSound) {
  const TuningDatabase &database = TuningDatabase::builtIn();
  EXPECT_EQ(parsed(database.print()).digest(), database.digest());
}

} // namespace
