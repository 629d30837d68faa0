// A conversation with a model: its messages, its settings, and the file that holds both with the session's
// state.
#ifndef FACET_TOOLS_CHAT_SESSION_H
#define FACET_TOOLS_CHAT_SESSION_H

#include "runtime/text/generate/TextSession.h"

namespace facet {

struct ChatMessage {
  std::string Role, Content; ///< UTF-8
};

/// Belongs to one thread. An answer depends on the messages, the settings and the draws before it alone, so a
/// conversation that was saved and restored goes on to the bit as it would have gone on.
class ChatSession {
public:
  ChatSession(TextSession Session, const TextModel &Text) : Session(std::move(Session)), Text(Text) {}

  std::string System;
  bool Think = false;
  const std::vector<ChatMessage> &messages() const { return Messages; }

  /// Adds a question and its answer. What was answered when the sink or OnPrompt ended the generation is
  /// kept; where that is nothing, or after an error, the question is forgotten. Options.FirstDraw and Reuse
  /// are set here.
  TextResult<GeneratedText> ask(std::string Question, TextOptions Options);
  void reset();

  /// Writes the file in one step. Returns "" or an error that names it.
  std::string save(const std::string &Path) const;
  /// Replaces everything by what a file of the same artifact holds. Returns "" or an error; then the
  /// conversation is as before.
  std::string load(const std::string &Path);

private:
  struct Saved;
  std::string parse(std::string_view Header, std::string_view State, Saved &Out) const;
  TemplateValue conversation() const;

  TextSession Session;
  TextModel Text;
  std::vector<ChatMessage> Messages;
  uint64_t NextDraw = 0;
};

} // namespace facet
#endif
