// Holds back just what may still become a stop string or the name of a channel, and nothing else.
#include "runtime/text/generate/TextFilter.h"

#include "runtime/limits.h"

#include <algorithm>

using namespace facet;

static constexpr std::string_view ChannelName = "thought\n";

TextFilter::TextFilter(const TextModel &Model, std::span<const std::string> Stops, TextSink Sink)
    : Model(Model), Stops(Stops), Sink(std::move(Sink)), Decoder(Model.tokenizer(), {false, true}) {
  // The most that is held back, and a token behind it: nothing is allocated while tokens come.
  size_t Longest = ChannelName.size();
  for (const std::string &Stop : Stops)
    Longest = std::max(Longest, Stop.size());
  Pending.reserve(Longest + FACET_MAX_TOKEN_BYTES + 16); // and the bytes of an unfinished character
}

void TextFilter::begin(std::span<const int32_t> Prompt) {
  if (Model.thoughtBegin() == Tokenizer::None)
    return;
  for (size_t I = Prompt.size(); I-- > 0;) {
    uint32_t Id = static_cast<uint32_t>(Prompt[I]);
    if (Id == Model.thoughtEnd())
      return;
    if (Id != Model.thoughtBegin())
      continue;
    Part = TextPart::Thought;
    std::vector<uint32_t> Rest(Prompt.begin() + static_cast<ptrdiff_t>(I) + 1, Prompt.end());
    Pending += decode(Model.tokenizer(), Rest); // keeps its room
    NameOpen = Pending.size() < ChannelName.size() && ChannelName.starts_with(Pending);
    if (!NameOpen)
      Pending.clear();
    return;
  }
}

/// Bytes at the end of the answer so far that a stop string may begin with.
size_t TextFilter::heldBack() const {
  size_t Held = 0;
  for (const std::string &Stop : Stops)
    for (size_t Size = std::min(Stop.size() - 1, Pending.size()); Size > Held; --Size)
      if (std::string_view(Pending).ends_with(std::string_view(Stop).substr(0, Size))) {
        Held = Size;
        break;
      }
  return Held;
}

bool TextFilter::send(size_t Bytes) {
  if (Bytes && !Ended)
    Ended = !Sink(Part, std::string_view(Pending).substr(0, Bytes));
  Pending.erase(0, Bytes);
  return !Ended;
}

bool TextFilter::deliver(bool Last) {
  if (Part == TextPart::Thought) {
    if (NameOpen) {
      std::string_view Seen = std::string_view(Pending).substr(0, ChannelName.size());
      bool Whole = Seen.size() == ChannelName.size();
      if (ChannelName.starts_with(Seen)) {
        if (!Whole && !Last)
          return true;
        // A thought that ends inside its name has no more text.
        if (Whole || Seen.size() + 1 == ChannelName.size())
          Pending.erase(0, Seen.size());
      }
      NameOpen = false;
    }
    return send(Pending.size());
  }
  size_t Found = std::string::npos;
  for (const std::string &Stop : Stops)
    Found = std::min(Found, Pending.find(Stop));
  if (Found != std::string::npos) {
    Stopped = true;
    send(Found);
    Pending.clear();
    Ended = true;
    return false;
  }
  return send(Last ? Pending.size() : Pending.size() - heldBack());
}

bool TextFilter::enter(TextPart Next) {
  Decoder.flush(Pending);
  bool More = deliver(true);
  Part = Next;
  NameOpen = Next == TextPart::Thought;
  return More;
}

bool TextFilter::push(int32_t Id) {
  if (Ended)
    return false;
  if (Model.isStop(Id))
    return true;
  uint32_t Token = static_cast<uint32_t>(Id);
  if (Model.thoughtBegin() != Tokenizer::None && Token == Model.thoughtBegin())
    return enter(TextPart::Thought);
  if (Model.thoughtEnd() != Tokenizer::None && Token == Model.thoughtEnd())
    return enter(TextPart::Answer);
  Decoder.push(Token, Pending);
  return deliver(false);
}

void TextFilter::finish() {
  if (Ended)
    return;
  Decoder.flush(Pending);
  deliver(true);
}
