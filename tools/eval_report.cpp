// Prints the checks of facet eval as they are made.
#include "tools/eval_report.h"

#include "runtime/text/Json.h"

#include <cmath>
#include <cstdio>

using namespace facet;

static std::string number(const double *Value, bool Json) {
  if (!Value)
    return Json ? "null" : "-";
  if (!std::isfinite(*Value))
    return Json ? "null" : "nan";
  char Text[32];
  std::snprintf(Text, sizeof(Text), "%.3g", *Value);
  return Text;
}

void EvalReport::print(const std::string &Case, const std::string &Check, const double *Worst,
                       const double *Limit, const char *Ok, const std::string &Note) {
  std::string W = number(Worst, Json), L = number(Limit, Json);
  if (Json) {
    std::string Line = "{\"case\":" + quoteJson(Case) + ",\"check\":" + quoteJson(Check) + ",\"worst\":" + W +
                       ",\"limit\":" + L + ",\"ok\":" + Ok +
                       (Note.empty() ? "" : ",\"note\":" + quoteJson(Note)) + "}";
    std::printf("%s\n", Line.c_str());
  } else {
    if (!Headed)
      std::printf("%-18s %-12s %10s %10s  %s\n", "case", "check", "worst", "limit", "ok");
    Headed = true;
    std::printf("%-18s %-12s %10s %10s  %s%s%s\n", Case.c_str(), Check.c_str(), W.c_str(), L.c_str(), Ok,
                Note.empty() ? "" : "  ", Note.c_str());
  }
  std::fflush(stdout);
}

void EvalReport::measured(const std::string &Case, const std::string &Check, double Worst, double Limit,
                          const std::string &Note) {
  bool Holds = Worst <= Limit;
  ++(Holds ? Passed : Failed);
  print(Case, Check, &Worst, &Limit, Json ? (Holds ? "true" : "false") : (Holds ? "ok" : "FAILED"), Note);
}

void EvalReport::failed(const std::string &Case, const std::string &Check, const std::string &Reason) {
  ++Failed;
  print(Case, Check, nullptr, nullptr, Json ? "false" : "FAILED", Reason);
}

void EvalReport::skipped(const std::string &Case, const std::string &Check, const std::string &Reason) {
  ++Skipped;
  print(Case, Check, nullptr, nullptr, Json ? "null" : "skipped", Reason);
}

bool EvalReport::finish() {
  if (Json)
    std::printf("{\"passed\":%d,\"failed\":%d,\"skipped\":%d}\n", Passed, Failed, Skipped);
  else
    std::printf("%d checks passed, %d failed, %d skipped\n", Passed, Failed, Skipped);
  return Passed > 0 && Failed == 0;
}
