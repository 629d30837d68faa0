// A session that speaks text: a conversation or a raw prompt goes in, an answer comes out piece by piece.
#ifndef FACET_RUNTIME_TEXT_GENERATE_TEXTSESSION_H
#define FACET_RUNTIME_TEXT_GENERATE_TEXTSESSION_H

#include "runtime/text/generate/TextFilter.h"

#include <memory>

namespace facet {

struct TextOptions {
  int32_t MaxTokens = 0; ///< 0: up to the context
  facet_sampler_options Sampling = {};
  std::vector<std::string> Stops; ///< UTF-8, not empty
  TextSink Sink;                  ///< may be empty
  uint64_t FirstDraw = 0;         ///< of the sampler: a conversation goes on where its last answer ended
  bool Reuse = false;             ///< keep what the sequence holds of the prompt, instead of starting empty
  /// Called between steps of a prompt that takes several, with the tokens read and all of them; may be empty.
  /// False ends the generation.
  std::function<bool(size_t Read, size_t All)> OnPrompt;
};

enum class TextFinish : unsigned char { Stop, StopString, Length, Context, Callback };
/// "stop", "stop string", "length", "context", "callback"
const char *finishName(TextFinish Finish);

struct GeneratedText {
  std::string Text, Thoughts;
  std::vector<int32_t> Ids; ///< a stop id included
  TextFinish Finish = TextFinish::Length;
  int32_t PromptTokens = 0;
  double PromptSeconds = 0; ///< until the first token
  double TokenSeconds = 0;  ///< of the tokens after it
  uint64_t NextDraw = 0;    ///< of the sampler
  /// 0 where fewer than two tokens came.
  double tokensPerSecond() const {
    return Ids.size() > 1 && TokenSeconds > 0 ? static_cast<double>(Ids.size() - 1) / TokenSeconds : 0;
  }
};

/// Owns a facet_session with one sequence. Belongs to one thread at a time.
class TextSession {
public:
  /// The model's facet_model and Options.executor may be closed before the session; the strings of the
  /// TextModel may not.
  static TextResult<TextSession> create(const TextModel &Model, const facet_session_options &Options);

  /// Each generation starts from an empty sequence unless Options.Reuse is set; the result is the same.
  TextResult<GeneratedText> generate(const TemplateValue &Conversation, const TextOptions &Options);
  TextResult<GeneratedText> generateIds(std::span<const int32_t> Prompt, const TextOptions &Options);

  facet_session *session() const { return Session.get(); }
  facet_sequence *sequence() const { return Sequence; }
  int32_t context() const;

  /// The ids that the sequence holds, after a generation that failed too.
  const std::vector<int32_t> &held() const { return Held; }
  void clear();
  /// The sequence's state as bytes, for restore() in any session of the same artifact.
  TextResult<std::string> save() const;
  /// Replaces the sequence by one that was saved when it held Ids. Bytes may be hostile; when they are
  /// refused the sequence is empty.
  TextResult<bool> restore(std::vector<int32_t> Ids, std::string_view Bytes);

private:
  struct Destroy {
    void operator()(facet_session *Session) const { facet_session_destroy(Session); }
  };
  TextSession(const TextModel &Model, facet_session *Session) : Model(Model), Session(Session) {}
  TextResult<bool> check(std::span<const int32_t> Prompt, const TextOptions &Options) const;
  size_t keepPrefix(std::span<const int32_t> Prompt, bool Reuse);
  TextResult<bool> readPrompt(std::span<const int32_t> &Rest, size_t All, const TextOptions &Options);
  TextModel Model;
  std::unique_ptr<facet_session, Destroy> Session;
  facet_sequence *Sequence = nullptr; ///< the session's
  std::vector<int32_t> Held;
};

} // namespace facet
#endif
