// Opens an artifact to generate text with it, for the tools.
#ifndef FACET_TOOLS_OPEN_TEXT_H
#define FACET_TOOLS_OPEN_TEXT_H

#include "runtime/text/generate/TextSession.h"
#include "tools/generation_options.h"

#include <memory>
#include <optional>

namespace facet {

/// How a program is to end, and why.
struct Failure {
  int Status = command::Ok;
  std::string Message;
  explicit operator bool() const { return Status != command::Ok; }
};
/// The message names Where, once.
Failure failureOf(const std::string &Where, facet_code Code, const std::string &Message);
inline Failure failureOf(const std::string &Where, const TextError &Error) {
  return failureOf(Where, Error.Code, Error.Message);
}

struct OpenedText {
  struct Close {
    void operator()(facet_model *Model) const { facet_model_close(Model); }
    void operator()(facet_executor *Executor) const { facet_executor_destroy(Executor); }
  };
  std::unique_ptr<facet_executor, Close> Executor;
  std::unique_ptr<facet_model, Close> Model;
  std::optional<TextModel> Text;
};

/// Says on standard error what the session will take (the whole plan or a line of it), and refuses what does
/// not fit before anything large is read. Sets Session.executor.
Failure openText(const GenerationOptions &O, facet_session_options &Session, bool WholePlan, OpenedText &Out);

} // namespace facet
#endif
