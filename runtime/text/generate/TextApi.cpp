// The C API of text (runtime/facet_text.h).
#include "runtime/facet_text.h"

#include "runtime/text/Json.h"
#include "runtime/text/generate/TextFilter.h"
#include "runtime/text/template/Unicode.h"

#include <cstdio>
#include <cstring>
#include <memory>

using namespace facet;

struct facet_text {
  TextModel Model;
};

namespace {

/// Allocates nothing.
facet_code report(facet_code Code, const char *Message, facet_error *Error) {
  if (Error) {
    Error->code = Code;
    std::snprintf(Error->message, sizeof Error->message, "%s", Message);
  }
  return Code;
}

facet_code report(const TextError &Failed, facet_error *Error) {
  return report(Failed.Code, Failed.Message.c_str(), Error);
}

facet_code badArgument(const char *Message, facet_error *Error) {
  return report(FACET_BAD_ARGUMENT, Message, Error);
}

/// Runs Body; the one exception of this layer becomes a code.
template <typename Function> facet_code guarded(facet_error *Error, Function Body) {
  try {
    return Body();
  } catch (const std::bad_alloc &) {
    return report(FACET_OUT_OF_MEMORY, "out of memory in the text layer", Error);
  }
}

template <typename T>
facet_code copyOut(const T *From, size_t Count, T *To, size_t Capacity, size_t *Size, facet_error *Error) {
  *Size = Count;
  if (Count > Capacity)
    return report({FACET_BAD_ARGUMENT, "expected room for " + std::to_string(Count) + " elements, found " +
                                           std::to_string(Capacity)},
                  Error);
  if (Count)
    std::memcpy(To, From, Count * sizeof(T));
  return FACET_OK;
}

facet_code copyIds(const TextResult<std::vector<int32_t>> &Ids, int32_t *To, size_t Capacity, size_t *Count,
                   facet_error *Error) {
  return Ids ? copyOut(Ids->data(), Ids->size(), To, Capacity, Count, Error) : report(Ids.error(), Error);
}

TextResult<std::vector<int32_t>> encodeChat(const TextModel &Model, std::string_view Json) {
  TemplateResult<TemplateValue> Conversation = parseJson(Json);
  if (!Conversation)
    return TextError{FACET_BAD_INPUT, "conversation: " + Conversation.error().describe()};
  TextResult<Rendered> Prompt = Model.render(*Conversation);
  return Prompt ? Model.encode(*Prompt) : Prompt.error();
}

TextResult<std::vector<std::string>> stopsOf(const facet_text_options &Options) {
  std::vector<std::string> Stops;
  for (int32_t I = 0; I < Options.stop_count; ++I) {
    Stops.emplace_back(Options.stops[I] ? Options.stops[I] : "");
    if (Stops.back().empty() || !isValidUtf8(Stops.back()))
      return TextError{FACET_BAD_INPUT, "stop string: expected UTF-8 of at least one character"};
  }
  return Stops;
}

struct DestroySampler {
  void operator()(facet_sampler *Sampler) const { facet_sampler_destroy(Sampler); }
};
using SamplerOwner = std::unique_ptr<facet_sampler, DestroySampler>;

SamplerOwner makeSampler(const TextModel &Model, const facet_sampler_options *Given, facet_error *Error) {
  facet_sampler_options Sampling = {};
  if (Given)
    Sampling = *Given;
  else
    facet_sampler_defaults(Model.model(), &Sampling);
  facet_sampler *Sampler = nullptr;
  facet_sampler_create(Model.details().vocab_size, &Sampling, nullptr, &Sampler, Error);
  return SamplerOwner(Sampler);
}

/// The caller's function as a sink.
TextSink sinkOf(const facet_text_options &Options) {
  return [&Options](TextPart Part, std::string_view Text) {
    const facet_text_part Where = Part == TextPart::Answer ? FACET_TEXT_ANSWER : FACET_TEXT_THOUGHT;
    return !Options.on_text || Options.on_text(Options.context, Where, Text.data(), Text.size()) == 0;
  };
}

/// Exceptions must not cross the runtime's core: the callback keeps them back.
struct Push {
  TextFilter &Filter;
  bool OutOfMemory = false;
  static int token(void *Context, int32_t Token) {
    auto *Self = static_cast<Push *>(Context);
    try {
      return Self->Filter.push(Token) ? 0 : 1;
    } catch (const std::bad_alloc &) {
      Self->OutOfMemory = true;
      return 1;
    }
  }
};

facet_code generate(const TextModel &Model, facet_session *Session, facet_sequence *Sequence,
                    std::span<const int32_t> Prompt, const facet_text_options &Options,
                    facet_text_generated &Out, facet_error *Error) {
  TextResult<std::vector<std::string>> Stops = stopsOf(Options);
  if (!Stops)
    return report(Stops.error(), Error);
  facet_error Problem = {};
  SamplerOwner Sampler = makeSampler(Model, Options.sampling, &Problem);
  if (!Sampler)
    return report({Problem.code, Problem.message}, Error);
  TextFilter Filter(Model, *Stops, sinkOf(Options));
  Filter.begin(Prompt);
  Push State = {Filter};
  facet_generate_options Generate = {};
  Generate.max_tokens = Options.max_tokens;
  Generate.on_token = Push::token;
  Generate.context = &State;
  facet_generated Generated = {};
  facet_code Code = facet_generate_ids(Session, Sequence, Prompt.data(), static_cast<int32_t>(Prompt.size()),
                                       Sampler.get(), &Generate, &Generated, Error);
  Out = {Generated.tokens, Generated.finish, 0};
  if (State.OutOfMemory)
    throw std::bad_alloc();
  if (Code != FACET_OK)
    return Code;
  Filter.finish();
  Out.stopped = Filter.stopped();
  return FACET_OK;
}

} // namespace

facet_code facet_text_open(facet_model *model, facet_text **out, facet_error *err) {
  if (!model || !out)
    return badArgument("model or out is NULL", err);
  return guarded(err, [&] {
    TextResult<TextModel> Model = TextModel::open(model);
    if (!Model)
      return report(Model.error(), err);
    *out = new facet_text{*Model};
    return FACET_OK;
  });
}

void facet_text_close(facet_text *text) { delete text; }

facet_code facet_text_encode(const facet_text *text, const char *bytes, size_t size, int specials,
                             int32_t *ids, size_t capacity, size_t *count, facet_error *err) {
  if (!text || (!bytes && size) || (!ids && capacity) || !count)
    return badArgument("text, bytes, ids or count is NULL", err);
  return guarded(err, [&] {
    std::string_view Given(bytes ? bytes : "", size);
    return copyIds(specials ? text->Model.encodeRaw(Given) : text->Model.encode({std::string(Given), {}}),
                   ids, capacity, count, err);
  });
}

facet_code facet_text_encode_chat(const facet_text *text, const char *json, size_t size, int32_t *ids,
                                  size_t capacity, size_t *count, facet_error *err) {
  if (!text || !json || (!ids && capacity) || !count)
    return badArgument("text, json, ids or count is NULL", err);
  return guarded(err,
                 [&] { return copyIds(encodeChat(text->Model, {json, size}), ids, capacity, count, err); });
}

facet_code facet_text_decode(const facet_text *text, const int32_t *ids, size_t count, int specials,
                             char *bytes, size_t capacity, size_t *size, facet_error *err) {
  if (!text || (!ids && count) || (!bytes && capacity) || !size)
    return badArgument("text, ids, bytes or size is NULL", err);
  return guarded(err, [&] {
    std::vector<uint32_t> Unsigned(ids, ids + count);
    std::string Text = decode(text->Model.tokenizer(), Unsigned, {.SkipSpecial = specials == 0});
    return copyOut(Text.data(), Text.size(), bytes, capacity, size, err);
  });
}

facet_code facet_text_generate(const facet_text *text, facet_session *session, facet_sequence *sequence,
                               const int32_t *prompt, int32_t count, const facet_text_options *options,
                               facet_text_generated *out, facet_error *err) {
  if (!text || !session || !sequence || !prompt || count <= 0)
    return badArgument("text, session, sequence or prompt is NULL, or the prompt is empty", err);
  static const facet_text_options Defaults = {};
  if (options && (options->stop_count < 0 || (options->stop_count > 0 && !options->stops)))
    return badArgument("stop_count contradicts stops", err);
  facet_text_generated Generated = {};
  facet_code Code = guarded(err, [&] {
    return generate(text->Model, session, sequence, {prompt, static_cast<size_t>(count)},
                    options ? *options : Defaults, Generated, err);
  });
  if (out)
    *out = Generated;
  return Code;
}
