// What a terminal gets beside results: style and progress.
#ifndef FACET_TOOLS_TERMINAL_H
#define FACET_TOOLS_TERMINAL_H

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <string>
#include <string_view>

namespace facet {

/// Whether a stream may be styled: it is a terminal and NO_COLOR is not set, or CLICOLOR_FORCE is set and
/// not 0.
bool hasStyle(std::FILE *Stream);

/// Text without control characters but newline and tab: a model's output must not command the terminal.
std::string printable(std::string_view Text);

/// A line on standard error that is drawn again as work goes on: only on a terminal, and only of work that
/// takes more than a second. Belongs to one thread.
class Progress {
public:
  Progress(std::string What, std::string Unit, double UnitSize = 1);
  ~Progress() { finish(); }
  Progress(const Progress &) = delete;
  Progress &operator=(const Progress &) = delete;
  /// Time counts from the construction, or from when nothing was Done.
  void update(uint64_t Done, uint64_t All);
  /// Erases the line: something else is written now.
  void finish();

private:
  using Clock = std::chrono::steady_clock;
  std::string What, Unit;
  double UnitSize;
  Clock::time_point Begin, Drawn;
  bool Enabled, Visible = false;
};

/// "packing  [=====>    ]  41 %  812.3 MB/s  12 s left"
std::string progressLine(const std::string &What, const std::string &Unit, double UnitSize, uint64_t Done,
                         uint64_t All, double Seconds);

} // namespace facet
#endif
