// The table of facet eval: one line for each check, or one JSON object.
#ifndef FACET_TOOLS_EVAL_REPORT_H
#define FACET_TOOLS_EVAL_REPORT_H

#include <string>

namespace facet {

class EvalReport {
public:
  explicit EvalReport(bool Json) : Json(Json) {}
  /// A measured value that must be at most Limit; NaN fails.
  void measured(const std::string &Case, const std::string &Check, double Worst, double Limit,
                const std::string &Note = "");
  /// A check that could not be made, but should have been.
  void failed(const std::string &Case, const std::string &Check, const std::string &Reason);
  void skipped(const std::string &Case, const std::string &Check, const std::string &Reason);
  /// The summary. True if something ran and all that ran holds.
  bool finish();
  bool ranNothing() const { return Passed + Failed == 0; }

private:
  void print(const std::string &Case, const std::string &Check, const double *Worst, const double *Limit,
             const char *Ok, const std::string &Note);
  bool Json, Headed = false;
  int Passed = 0, Failed = 0, Skipped = 0;
};

} // namespace facet
#endif
