// What a terminal gets beside results: style and progress.
#include "tools/terminal.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <unistd.h>

namespace facet {

bool hasStyle(std::FILE *Stream) {
  const char *Force = std::getenv("CLICOLOR_FORCE"), *No = std::getenv("NO_COLOR");
  if (Force && *Force && std::strcmp(Force, "0") != 0)
    return true;
  return !(No && *No) && isatty(fileno(Stream));
}

std::string printable(std::string_view Text) {
  std::string Out;
  for (size_t I = 0; I < Text.size(); ++I) {
    const unsigned char C = static_cast<unsigned char>(Text[I]);
    // C0, DEL, and C1 as UTF-8 has it.
    const bool Command = (C < 0x20 && C != '\n' && C != '\t') || C == 0x7f;
    const bool HighCommand =
        C == 0xc2 && I + 1 < Text.size() && static_cast<unsigned char>(Text[I + 1]) < 0xa0;
    if (Command || HighCommand)
      Out += "\xef\xbf\xbd"; // U+FFFD
    else
      Out += Text[I];
    I += HighCommand;
  }
  return Out;
}

std::string progressLine(const std::string &What, const std::string &Unit, double UnitSize, uint64_t Done,
                         uint64_t All, double Seconds) {
  constexpr size_t Cells = 24;
  const double Share = All ? std::min(1.0, double(Done) / double(All)) : 0;
  const size_t Full = static_cast<size_t>(Share * Cells);
  std::string Bar(Cells, ' ');
  std::fill_n(Bar.begin(), Full, '=');
  if (Full < Cells)
    Bar[Full] = '>';
  char Text[160];
  std::snprintf(Text, sizeof(Text), "  [%s] %3.0f %%  %.1f %s/s  %.0f s left", Bar.c_str(), 100 * Share,
                Seconds > 0 ? double(Done) / UnitSize / Seconds : 0, Unit.c_str(),
                Share > 0 ? Seconds * (1 / Share - 1) : 0);
  return What + Text;
}

Progress::Progress(std::string What, std::string Unit, double UnitSize)
    : What(std::move(What)), Unit(std::move(Unit)), UnitSize(UnitSize), Begin(Clock::now()), Drawn(Begin),
      Enabled(isatty(STDERR_FILENO)) {}

void Progress::finish() {
  if (Visible)
    std::fputs("\r\033[K", stderr);
  Visible = false;
}

void Progress::update(uint64_t Done, uint64_t All) {
  const Clock::time_point Now = Clock::now();
  if (Done == 0)
    Begin = Now;
  if (!Enabled || Now - Begin < std::chrono::seconds(1) || Now - Drawn < std::chrono::milliseconds(100))
    return;
  Drawn = Now;
  Visible = true;
  const double Seconds = std::chrono::duration<double>(Now - Begin).count();
  std::fprintf(stderr, "\r%s\033[K", progressLine(What, Unit, UnitSize, Done, All, Seconds).c_str());
}

} // namespace facet
