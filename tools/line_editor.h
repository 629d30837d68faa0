// Lines from standard input: with editing and history on a terminal, as they are from anything else.
#ifndef FACET_TOOLS_LINE_EDITOR_H
#define FACET_TOOLS_LINE_EDITOR_H

#include <memory>
#include <string>

namespace facet {

/// Editing is libedit's: of BSD's licence, in Debian, and on every machine that has LLVM, which links it.
class LineEditor {
public:
  explicit LineEditor(std::string Prompt);
  ~LineEditor();

  enum class Result : unsigned char { Line, Interrupted, End };
  /// A line without its end; one that ends in a backslash goes on in the next. Ctrl-C gives Interrupted.
  Result read(std::string &Line);

private:
  struct Terminal;
  Result readOne(std::string &Line);
  std::string Prompt;
  std::unique_ptr<Terminal> Edit; ///< null where standard input is no terminal
};

} // namespace facet
#endif
