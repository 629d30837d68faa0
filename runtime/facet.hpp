// Facet for C++20: owners of the C API's handles, errors as exceptions. Header-only, over facet.h and
// facet_text.h, whose comments on threads and lifetimes hold here too. Moved-from owners are empty.
#ifndef FACET_RUNTIME_FACET_HPP
#define FACET_RUNTIME_FACET_HPP

#include "facet_text.h"

#include <cstddef>
#include <functional>
#include <memory>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace facet {

/// What facet_error says.
class Error : public std::runtime_error {
public:
  explicit Error(const facet_error &error) : std::runtime_error(error.message), errorCode(error.code) {}
  facet_code code() const { return errorCode; }

private:
  facet_code errorCode;
};

/// Calls `function` with `arguments` and a facet_error; throws what it reports.
template <typename Function, typename... Arguments> void check(Function function, Arguments... arguments) {
  facet_error error = {};
  if (function(arguments..., &error) != FACET_OK)
    throw Error(error);
}

template <auto Release> struct Releaser {
  template <typename T> void operator()(T *handle) const { Release(handle); }
};
template <typename T, auto Release> using Owner = std::unique_ptr<T, Releaser<Release>>;

/// Immutable; shared by sessions and threads.
class Model {
public:
  static Model open(const std::string &path, const facet_open_options &options = {}) {
    facet_model *handle = nullptr;
    check(facet_model_open, path.c_str(), &options, &handle);
    return Model(handle);
  }
  /// A model in the program; `weights` is the path of its file, or null where they are in the program too.
  static Model open(const facet_embedded_model &embedded, const char *weights = nullptr,
                    const facet_open_options &options = {}) {
    facet_model *handle = nullptr;
    check(facet_model_open_embedded, &embedded, weights, &options, &handle);
    return Model(handle);
  }

  /// An artifact in memory, aligned to 64 bytes, which must outlive the model unless options.copy is set.
  static Model open(std::span<const std::byte> bytes, const facet_open_options &options = {}) {
    facet_model *handle = nullptr;
    check(facet_model_open_memory, static_cast<const void *>(bytes.data()), bytes.size(), &options, &handle);
    return Model(handle);
  }

  facet_model_details describe() const {
    facet_model_details details;
    facet_model_describe(get(), &details);
    return details;
  }
  facet_model *get() const { return model.get(); }

private:
  explicit Model(facet_model *handle) : model(handle) {}
  Owner<facet_model, facet_model_close> model;
};

/// A pool of threads for any number of sessions.
class Executor {
public:
  explicit Executor(int threads = 0) {
    facet_executor *handle = nullptr;
    check(facet_executor_create, threads, static_cast<const facet_allocator *>(nullptr), &handle);
    executor.reset(handle);
  }
  facet_executor *get() const { return executor.get(); }

private:
  Owner<facet_executor, facet_executor_destroy> executor;
};

/// Belongs to its session and must go before it.
class Sequence {
public:
  explicit Sequence(facet_sequence *handle) : sequence(handle) {}
  int length() const { return facet_sequence_length(get()); }
  void truncate(int length) { check(facet_sequence_truncate, get(), length); }
  Sequence fork() const {
    facet_sequence *handle = nullptr;
    check(facet_sequence_fork, get(), &handle);
    return Sequence(handle);
  }
  /// What Session::restore takes.
  std::vector<std::byte> save() const {
    std::vector<std::byte> bytes(facet_sequence_save_bytes(get()));
    check(facet_sequence_save, get(), static_cast<void *>(bytes.data()), bytes.size(),
          static_cast<size_t *>(nullptr));
    return bytes;
  }
  facet_sequence *get() const { return sequence.get(); }

private:
  Owner<facet_sequence, facet_sequence_destroy> sequence;
};

/// Draws tokens. Belongs to one thread at a time.
class Sampler {
public:
  Sampler(int vocabSize, const facet_sampler_options &options) {
    facet_sampler *handle = nullptr;
    check(facet_sampler_create, vocabSize, &options, static_cast<const facet_allocator *>(nullptr), &handle);
    sampler.reset(handle);
  }
  int next(std::span<const float> logits) {
    int32_t token = 0;
    check(facet_sampler_next, get(), logits.data(), &token);
    return token;
  }
  facet_sampler *get() const { return sampler.get(); }

private:
  Owner<facet_sampler, facet_sampler_destroy> sampler;
};

/// Belongs to one thread at a time, but for cancel().
class Session {
public:
  explicit Session(const Model &model, const facet_session_options &options = {}) {
    facet_session *handle = nullptr;
    check(facet_session_create, model.get(), &options, &handle);
    session.reset(handle);
  }
  Sequence newSequence() {
    facet_sequence *handle = nullptr;
    check(facet_sequence_create, get(), &handle);
    return Sequence(handle);
  }
  /// Bytes of Sequence::save, which may be hostile.
  Sequence restore(std::span<const std::byte> bytes) {
    facet_sequence *handle = nullptr;
    check(facet_sequence_restore, get(), static_cast<const void *>(bytes.data()), bytes.size(), &handle);
    return Sequence(handle);
  }
  void step(std::span<const facet_row> rows, const facet_outputs *outputs = nullptr) {
    check(facet_session_step, get(), rows.data(), static_cast<int32_t>(rows.size()), outputs);
  }
  /// Appends tokens; `wants` and `outputs` are of the last one.
  void prefill(Sequence &sequence, std::span<const int32_t> tokens, uint32_t wants = FACET_WANTS_NOTHING,
               const facet_outputs *outputs = nullptr) {
    check(facet_session_prefill, get(), sequence.get(), tokens.data(), static_cast<int32_t>(tokens.size()),
          wants, outputs);
  }
  /// Appends a prompt and what the model says to it: options.on_token receives the ids.
  facet_generated generate(Sequence &sequence, std::span<const int32_t> prompt, Sampler &sampler,
                           const facet_generate_options &options = {}) {
    facet_generated result = {};
    check(facet_generate_ids, get(), sequence.get(), prompt.data(), static_cast<int32_t>(prompt.size()),
          sampler.get(), &options, &result);
    return result;
  }
  void cancel() { facet_session_cancel(get()); }
  facet_session *get() const { return session.get(); }

private:
  Owner<facet_session, facet_session_destroy> session;
};

/// The text side of a model, which must outlive it. Any number of threads may use one.
class Text {
public:
  /// Receives text as it comes; false ends the generation. Must not throw.
  using Sink = std::function<bool(facet_text_part, std::string_view)>;

  explicit Text(const Model &model) {
    facet_text *handle = nullptr;
    check(facet_text_open, model.get(), &handle);
    text.reset(handle);
  }
  std::vector<int32_t> encode(std::string_view bytes, bool specials = false) const {
    return fill<int32_t>([&](int32_t *ids, size_t capacity, size_t *count, facet_error *error) {
      return facet_text_encode(get(), bytes.data(), bytes.size(), specials, ids, capacity, count, error);
    });
  }
  std::vector<int32_t> encodeChat(std::string_view json) const {
    return fill<int32_t>([&](int32_t *ids, size_t capacity, size_t *count, facet_error *error) {
      return facet_text_encode_chat(get(), json.data(), json.size(), ids, capacity, count, error);
    });
  }
  std::string decode(std::span<const int32_t> ids, bool specials = false) const {
    std::vector<char> bytes = fill<char>([&](char *to, size_t capacity, size_t *size, facet_error *error) {
      return facet_text_decode(get(), ids.data(), ids.size(), specials, to, capacity, size, error);
    });
    return std::string(bytes.begin(), bytes.end());
  }
  /// `options.on_text` and `context` are replaced by `sink`.
  facet_text_generated generate(Session &session, Sequence &sequence, std::span<const int32_t> prompt,
                                const Sink &sink, facet_text_options options = {}) const {
    options.on_text = [](void *context, facet_text_part part, const char *bytes, size_t size) noexcept {
      return (*static_cast<const Sink *>(context))(part, {bytes, size}) ? 0 : 1;
    };
    options.context = const_cast<Sink *>(&sink);
    facet_text_generated result = {};
    check(facet_text_generate, get(), session.get(), sequence.get(), prompt.data(),
          static_cast<int32_t>(prompt.size()), &options, &result);
    return result;
  }
  facet_text *get() const { return text.get(); }

private:
  /// Asks for the size, then for the elements.
  template <typename T, typename Function> static std::vector<T> fill(Function function) {
    size_t size = 0;
    facet_error error = {};
    if (function(nullptr, 0, &size, &error) != FACET_OK && size == 0)
      throw Error(error);
    std::vector<T> elements(size);
    if (size != 0)
      check(function, elements.data(), elements.size(), &size);
    return elements;
  }

  Owner<facet_text, facet_text_close> text;
};

} // namespace facet
#endif
