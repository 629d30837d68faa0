// What a terminal gets: no commands of the model's, and a line of progress.
#include "tools/terminal.h"

#include <chrono>
#include <cstdlib>
#include <functional>
#include <gtest/gtest.h>
#include <pty.h>
#include <thread>
#include <unistd.h>

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

TEST(Terminal, StyleIsForTerminals) {
  int Master = -1, Slave = -1;
  ASSERT_EQ(openpty(&Master, &Slave, nullptr, nullptr, nullptr), 0);
  std::FILE *Screen = fdopen(Slave, "w");
  EXPECT_TRUE(hasStyle(Screen));
  setenv("NO_COLOR", "1", 1);
  EXPECT_FALSE(hasStyle(Screen));
  setenv("CLICOLOR_FORCE", "1", 1); // says more than NO_COLOR
  EXPECT_TRUE(hasStyle(Screen));
  unsetenv("CLICOLOR_FORCE");
  setenv("NO_COLOR", "", 1);
  EXPECT_TRUE(hasStyle(Screen));
  unsetenv("NO_COLOR");
  std::fclose(Screen);
  close(Master);
}

/// What Work writes to standard error while that is Descriptor.
std::string saidTo(int Descriptor, int From, const std::function<void()> &Work) {
  const int Before = dup(STDERR_FILENO);
  dup2(Descriptor, STDERR_FILENO);
  Work();
  std::fflush(stderr);
  std::string Said(4096, '\0');
  const ssize_t Written = write(STDERR_FILENO, "|", 1); // so that there is something to read
  const ssize_t Count = Written == 1 ? read(From, Said.data(), Said.size()) : 0;
  dup2(Before, STDERR_FILENO);
  close(Before);
  Said.resize(Count > 0 ? static_cast<size_t>(Count) : 0);
  return Said;
}

TEST(Terminal, ProgressIsForTerminalsAndLongWork) {
  const auto LongWork = [] {
    Progress Bar("packing", "MB", 1e6);
    Bar.update(0, 1000);
    std::this_thread::sleep_for(std::chrono::milliseconds(1100));
    Bar.update(500, 1000);
  };
  int Master = -1, Slave = -1, Pipe[2];
  ASSERT_EQ(openpty(&Master, &Slave, nullptr, nullptr, nullptr), 0);
  ASSERT_EQ(pipe(Pipe), 0);
  const std::string Shown = saidTo(Slave, Master, LongWork);
  EXPECT_NE(Shown.find("packing  [============>           ]  50 %"), std::string::npos) << Shown;
  EXPECT_TRUE(Shown.ends_with("\r\033[K|")) << Shown; // erased
  EXPECT_EQ(saidTo(Pipe[1], Pipe[0], LongWork), "|");
  EXPECT_EQ(saidTo(Slave, Master, [] { Progress("packing", "MB", 1e6).update(500, 1000); }), "|");
}

TEST(Terminal, ProgressLine) {
  EXPECT_EQ(progressLine("reading", "tokens", 1, 500, 1000, 2),
            "reading  [============>           ]  50 %  250.0 tokens/s  2 s left");
  EXPECT_EQ(progressLine("reading", "tokens", 1, 1000, 1000, 4),
            "reading  [========================] 100 %  250.0 tokens/s  0 s left");
}

} // namespace
