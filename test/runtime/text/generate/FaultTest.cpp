// Allocations of the text layer that fail: each one alone, and each one with all that follow. The error has
// its own code, and nothing stays allocated. And that none are made while tokens come. malloc is replaced, so
// this is a program of its own.
#include "runtime/facet_text.h"
#include "runtime/text/generate/TextSession.h"
#include "test/runtime/core/LibcMalloc.h"
#include "test/runtime/core/Opened.h"
#include "test/runtime/text/tokenizer/SmallTokenizer.h"

#include <cstdlib>
#include <fstream>
#include <sstream>

using namespace facet;
using namespace facet::test;

namespace {
/// What this thread's allocations do while `armed`.
struct Faults {
  bool armed = false, onwards = false; ///< `onwards`: all after the failing one fail too
  long failing = 0, made = 0, live = 0;

  template <typename Function> void *allocate(Function function) {
    if (armed) {
      const long number = made++;
      if (number == failing || (onwards && number > failing))
        return nullptr;
    }
    void *memory = function();
    live += memory != nullptr;
    return memory;
  }
};
thread_local Faults faults;
} // namespace

#ifndef SANITIZED
extern "C" {
void *malloc(size_t size) {
  return faults.allocate([=] { return __libc_malloc(size); });
}
void *calloc(size_t count, size_t size) {
  return faults.allocate([=] { return __libc_calloc(count, size); });
}
void *realloc(void *old, size_t size) {
  faults.live -= old != nullptr;
  void *memory = faults.allocate([=] { return __libc_realloc(old, size); });
  faults.live += !memory && old && size;
  return memory;
}
void *aligned_alloc(size_t alignment, size_t size) {
  return faults.allocate([=] { return __libc_memalign(alignment, size); });
}
void free(void *memory) {
  faults.live -= memory != nullptr;
  __libc_free(memory);
}
}
#endif

namespace {
std::string contentOf(const std::string &path) {
  std::stringstream text;
  text << std::ifstream(path, std::ios::binary).rdbuf();
  return text.str();
}

/// The toy with a tokenizer of fewer ids than it has, and the nano models' template.
std::string artifactWithText() {
  SmallTokenizer small;
  small.Model = R"("unk_token":"<unk>","fuse_unk":true,"byte_fallback":false)";
  small.ByteTokens = false;
  small.Added.push_back({"<|channel>", true, false});
  small.Added.push_back({"<channel|>", true, false});
  auto tables = buildTokenizerTables(small.json(), "small");
  EXPECT_TRUE(tables);
  ArtifactBuilder builder = toyArtifact();
  builder.model.stop_count = 0; // the toy would say little
  builder.tokenizer.assign(tables->begin(), tables->end());
  builder.chatTemplate = contentOf(FACET_SOURCE_DIR "/test/models/gemma4-nano-dense/chat_template.jinja");
  builder.metadata = R"({"special_tokens":{"bos_token":"<bos>","eot_token":{"content":"<|turn>"}}})";
  return builder.build();
}

constexpr char chat[] = R"({"messages":[{"role":"system","content":"abc ab"},{"role":"user","content":
"a longer question, with \u00e9 and words that are not in the vocabulary"}],"enable_thinking":true,
"tools":[{"type":"function","function":{"name":"f","description":"d","parameters":{"type":"object",
"properties":{"x":{"type":"integer","description":"n"}},"required":["x"]}}}]})";

class TextFault : public testing::Test {
protected:
  Model model;
  Session session;
  facet_text *text = nullptr;
  facet_sequence *sequence = nullptr;
  facet_error error{};

  void SetUp() override {
#ifdef SANITIZED
    GTEST_SKIP() << "a sanitizer replaces malloc";
#endif
    model = openBytes(artifactWithText(), &error, verifying(FACET_VERIFY_NEVER));
    ASSERT_TRUE(model) << error.message;
    ASSERT_EQ(facet_text_open(model.get(), &text, &error), FACET_OK) << error.message;
    session = makeSession(model, smallPages());
  }
  void TearDown() override { facet_text_close(text); }

  /// `body` fails at each of its allocations in turn; it releases what it makes. It has run once before, for
  /// what is allocated only once in a process.
  template <typename Function> void failEach(long atLeast, Function body) {
    for (bool onwards : {false, true}) {
      ASSERT_EQ(body(), FACET_OK) << error.message;
      for (long failing = 0;; ++failing) {
        const long live = faults.live;
        error = {};
        faults = {true, onwards, failing, 0, live};
        const facet_code code = body();
        faults.armed = false;
        ASSERT_EQ(faults.live, live) << "after allocation " << failing << " failed";
        if (faults.made <= failing) { // there were no more
          EXPECT_EQ(code, FACET_OK) << error.message;
          EXPECT_GE(failing, atLeast);
          RecordProperty("allocations", static_cast<int>(failing));
          break;
        }
        ASSERT_EQ(code, FACET_OUT_OF_MEMORY) << "allocation " << failing << ": " << error.message;
        ASSERT_EQ(std::string_view(error.message).substr(0, 13), "out of memory");
      }
    }
  }
};

int ignore(void *, facet_text_part, const char *, size_t) { return 0; }
} // namespace

TEST_F(TextFault, Open) {
  failEach(500, [&] {
    facet_text *opened = nullptr;
    const facet_code code = facet_text_open(model.get(), &opened, &error);
    facet_text_close(opened);
    return code;
  });
}

TEST_F(TextFault, EncodeAndDecode) {
  const std::string_view given = "<bos>abc ab \xc3\xa9 aaaa words<|turn>";
  int32_t ids[64];
  char bytes[256];
  size_t count = 0, size = 0;
  for (int specials : {0, 1}) {
    failEach(4, [&] {
      return facet_text_encode(text, given.data(), given.size(), specials, ids, 64, &count, &error);
    });
    failEach(
        2, [&] { return facet_text_decode(text, ids, count, specials, bytes, sizeof bytes, &size, &error); });
  }
}

TEST_F(TextFault, Chat) {
  int32_t ids[1024];
  size_t count = 0;
  failEach(200,
           [&] { return facet_text_encode_chat(text, chat, sizeof chat - 1, ids, 1024, &count, &error); });
}

TEST_F(TextFault, Generate) {
  const int32_t prompt[] = {1, 3, 4, 5};
  const char *const stops[] = {"never said, and too long for a string without memory of its own", "xyz"};
  facet_sampler_options sampling = {};
  sampling.size = sizeof sampling;
  sampling.top_k = 5, sampling.temperature = 1, sampling.top_p = 0.9f, sampling.seed = 1;
  facet_text_options options = {};
  options.size = sizeof options;
  options.max_tokens = 40, options.stops = stops, options.stop_count = 2, options.on_text = ignore;
  options.sampling = &sampling;
  failEach(5, [&] {
    const bool armed = faults.armed;
    faults.armed = false; // the sequence is not what is tried
    sequence = makeSequence(session);
    faults.armed = armed;
    const facet_code code =
        facet_text_generate(text, session.get(), sequence, prompt, 4, &options, nullptr, &error);
    facet_sequence_destroy(sequence);
    return code;
  });
}

/// From the first text to the last there are no allocations, with a long stop string that text begins again
/// and again. Through the C API, and through the tools' session, which also keeps ids and text.
TEST_F(TextFault, NothingWhileGenerating) {
  const int32_t prompt[] = {1, 3, 4, 5};
  facet_sampler_options sampling = {};
  sampling.size = sizeof sampling;
  sampling.top_k = 20, sampling.temperature = 2, sampling.top_p = 1, sampling.seed = 1;
  auto count = [](void *, facet_text_part, const char *, size_t) {
    faults.armed = true;
    return 0;
  };
  const Faults none = {false, false, -1, 0, 0};
  // What it says, to know how a stop string may begin.
  auto created = TextSession::create(*TextModel::open(model.get()), smallPages());
  ASSERT_TRUE(created) << created.error().Message;
  TextOptions asked;
  asked.MaxTokens = 600;
  asked.Sampling = sampling;
  auto first = created->generateIds(prompt, asked);
  ASSERT_TRUE(first) << first.error().Message;
  ASSERT_EQ(first->Ids.size(), 600u);
  ASSERT_GE(first->Text.size(), 200u);
  const std::string stop = first->Text.substr(100, 90) + "never said";

  asked.Stops = {stop};
  asked.Sink = [&](TextPart, std::string_view) { return faults.armed = true; };
  faults = none;
  auto result = created->generateIds(prompt, asked);
  faults.armed = false;
  ASSERT_TRUE(result) << result.error().Message;
  EXPECT_EQ(result->Text, first->Text);
  EXPECT_EQ(faults.made, 0);

  const char *const stops[] = {stop.c_str()};
  facet_text_options options = {};
  options.size = sizeof options;
  options.max_tokens = 600, options.stops = stops, options.stop_count = 1, options.on_text = count;
  options.sampling = &sampling;
  sequence = makeSequence(session);
  faults = none;
  const facet_code code =
      facet_text_generate(text, session.get(), sequence, prompt, 4, &options, nullptr, &error);
  const bool came = faults.armed;
  faults.armed = false;
  EXPECT_EQ(code, FACET_OK) << error.message;
  EXPECT_TRUE(came);
  EXPECT_EQ(faults.made, 0);
}

/// Errors of arguments are told without memory.
TEST_F(TextFault, BadArguments) {
  faults.armed = faults.onwards = true;
  const facet_code open = facet_text_open(nullptr, nullptr, nullptr),
                   encode = facet_text_encode(text, nullptr, 1, 0, nullptr, 0, nullptr, &error);
  faults.armed = false;
  EXPECT_EQ(open, FACET_BAD_ARGUMENT);
  EXPECT_EQ(encode, FACET_BAD_ARGUMENT);
  EXPECT_STREQ(error.message, "text, bytes, ids or count is NULL");
}
