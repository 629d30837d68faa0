// What a terminal gets: no commands of the model's, and a line of progress.
#include "tools/terminal.h"

#include <cstdlib>
#include <gtest/gtest.h>

namespace {

using namespace facet;

TEST(Terminal, ModelsCannotCommandIt) {
  EXPECT_EQ(printable("a\tb\n"), "a\tb\n");
  EXPECT_EQ(printable("\x1b[2J"), "\uFFFD[2J");
  EXPECT_EQ(printable("\r\x7f\x07"), "\uFFFD\uFFFD\uFFFD");
  EXPECT_EQ(printable("\u009b2J"), "\uFFFD2J"); // C1's CSI
  EXPECT_EQ(printable("Gr\u00fc\u00dfe"), "Gr\u00fc\u00dfe");
}

TEST(Terminal, StyleFollowsTheEnvironment) {
  std::FILE *File = std::tmpfile();
  EXPECT_FALSE(hasStyle(File));
  setenv("CLICOLOR_FORCE", "1", 1);
  EXPECT_TRUE(hasStyle(File));
  setenv("CLICOLOR_FORCE", "0", 1);
  EXPECT_FALSE(hasStyle(File));
  unsetenv("CLICOLOR_FORCE");
  std::fclose(File);
}

TEST(Terminal, ProgressLine) {
  EXPECT_EQ(progressLine("reading", "tokens", 1, 500, 1000, 2),
            "reading  [============>           ]  50 %  250.0 tokens/s  2 s left");
  EXPECT_EQ(progressLine("reading", "tokens", 1, 1000, 1000, 4),
            "reading  [========================] 100 %  250.0 tokens/s  0 s left");
}

} // namespace
