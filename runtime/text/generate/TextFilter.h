// Generated ids to what a reader sees, as they come: thoughts apart from the answer, stop strings cut off,
// whole UTF-8 characters only.
#ifndef FACET_RUNTIME_TEXT_GENERATE_TEXTFILTER_H
#define FACET_RUNTIME_TEXT_GENERATE_TEXTFILTER_H

#include "runtime/text/generate/TextModel.h"
#include "runtime/text/tokenizer/Decoder.h"

#include <functional>
#include <span>

namespace facet {

enum class TextPart : unsigned char { Answer, Thought };

/// Receives text that will not be taken back: UTF-8, never empty, whole characters. False ends the
/// generation.
using TextSink = std::function<bool(TextPart, std::string_view)>;

/// One generation. Stop strings are UTF-8, not empty, and end the answer before them; in thoughts they mean
/// nothing. The line "thought" that opens a thought is dropped. Stop ids are no text; other control tokens
/// are, since calls of tools are made of them.
class TextFilter {
public:
  TextFilter(const TextModel &Model, std::span<const std::string> Stops, TextSink Sink);

  /// The ids before: a thought may be open at their end.
  void begin(std::span<const int32_t> Prompt);
  /// False: the generation is to end, because of a stop string or the sink.
  bool push(int32_t Id);
  /// The end: what was held back.
  void finish();
  /// Whether a stop string came.
  bool stopped() const { return Stopped; }

private:
  bool deliver(bool Last);
  bool enter(TextPart Next);
  bool send(size_t Bytes);
  size_t heldBack() const;

  TextModel Model;
  std::span<const std::string> Stops;
  TextSink Sink;
  StreamDecoder Decoder;
  std::string Pending; ///< of the current part, not delivered yet
  TextPart Part = TextPart::Answer;
  bool NameOpen = false; ///< the line that names the channel may still come
  bool Stopped = false, Ended = false;
};

} // namespace facet
#endif
