// Opening artifacts: what is refused, and in which words.
#include "Opened.h"
#include "runtime/abi.h"
#include "runtime/core/Cpu.h"

#include <cstdlib>
#include <cstring>
#include <fstream>
#include <sys/stat.h>
#include <utime.h>

using namespace facet::test;

/// A cache of its own, and no FACET_CPU.
struct ArtifactTest : testing::Test {
  void SetUp() override {
    char name[] = "/tmp/facet-core-cache-XXXXXX";
    cache = mkdtemp(name);
    setenv("XDG_CACHE_HOME", cache.c_str(), 1);
    unsetenv("FACET_CPU");
  }
  void TearDown() override {
    std::system(("rm -rf " + cache).c_str());
    unsetenv("FACET_CPU");
  }
  facet_code open(const std::string &bytes, facet_verify verify = FACET_VERIFY_AUTO) {
    error = {};
    model = openBytes(bytes, &error, verifying(verify));
    return error.code;
  }
  std::string cache;
  facet_error error{};
  Model model;
};

TEST_F(ArtifactTest, OpensAndDescribes) {
  ASSERT_EQ(open(toyArtifact().build()), FACET_OK) << error.message;
  facet_model_details details;
  facet_model_describe(model.get(), &details);
  EXPECT_STREQ(details.architecture, "toy");
  EXPECT_EQ(details.vocab_size, toyVocab);
  EXPECT_EQ(details.max_rows, 16);
  EXPECT_EQ(details.stop_count, 1);
  EXPECT_EQ(details.stop_ids[0], 1);
  EXPECT_EQ(details.weights_verified, 1);
  size_t size;
  auto *tokenizer =
      static_cast<const char *>(facet_model_section_data(model.get(), FACET_SECTION_TOKENIZER, &size));
  EXPECT_EQ(std::string(tokenizer, size), "tokenizer bytes");
  facet_dispatch_details dispatch;
  ASSERT_TRUE(facet_model_dispatch(model.get(), 12, &dispatch));
  EXPECT_STREQ(dispatch.name, "toy_kv_write.of.4");
  EXPECT_EQ(dispatch.entry, 1);
  EXPECT_FALSE(facet_model_dispatch(model.get(), details.dispatch_count, &dispatch));
}

TEST_F(ArtifactTest, OpensFromMemoryAndAsCopy) {
  std::string bytes = toyArtifact().build();
  void *memory = nullptr;
  ASSERT_EQ(posix_memalign(&memory, 4096, bytes.size()), 0);
  std::memcpy(memory, bytes.data(), bytes.size());
  for (int copy : {0, 1}) {
    facet_open_options options = {};
    options.verify = FACET_VERIFY_ALWAYS;
    options.copy = copy;
    facet_model *opened = nullptr;
    ASSERT_EQ(facet_model_open_memory(memory, bytes.size(), &options, &opened, &error), FACET_OK)
        << error.message;
    Model inMemory(opened);
    Session session = makeSession(inMemory, {});
    facet_row row = rowOf(makeSequence(session), 3, FACET_WANTS_LOGITS);
    EXPECT_EQ(facet_session_step(session.get(), &row, 1, nullptr, &error), FACET_OK) << error.message;
    Model file = openBytes(bytes, &error, options);
    EXPECT_TRUE(file) << error.message;
  }
  std::free(memory);
}

TEST_F(ArtifactTest, RefusesWhatIsNoArtifact) {
  EXPECT_EQ(open(""), FACET_BAD_ARTIFACT);
  EXPECT_NE(std::string(error.message).find("the file is empty"), std::string::npos);
  EXPECT_EQ(open("GGUF, say"), FACET_BAD_ARTIFACT);
  EXPECT_NE(std::string(error.message).find("not a Facet artifact: expected it to begin with FACETAOT"),
            std::string::npos);
  facet_model *none = nullptr;
  EXPECT_EQ(facet_model_open("/nonexistent/x.facet", nullptr, &none, &error), FACET_IO);
  EXPECT_STREQ(error.message, "/nonexistent/x.facet: cannot open: No such file or directory");
  EXPECT_EQ(facet_model_open("/tmp", nullptr, &none, &error), FACET_IO);
  EXPECT_STREQ(error.message, "/tmp: expected a regular file, found a directory");
}

TEST_F(ArtifactTest, RefusesEveryTruncation) {
  std::string bytes = toyArtifact().build();
  for (size_t length = 0; length < bytes.size(); length += length < 64 ? 1 : 509) {
    ASSERT_EQ(open(bytes.substr(0, length), FACET_VERIFY_NEVER), FACET_BAD_ARTIFACT) << length;
    if (length >= 8) {
      ASSERT_NE(std::string(error.message).find("truncated artifact: expected "), std::string::npos)
          << error.message;
    }
  }
  EXPECT_EQ(open(bytes + std::string(4096, '\0')), FACET_BAD_ARTIFACT);
}

// Every byte is covered: by the root digest, a section's digest, a block's hash, or the rule that gaps are
// zero.
TEST_F(ArtifactTest, FindsEveryFlippedBit) {
  std::string bytes = toyArtifact().build();
  const facet_section weights = sectionOf(bytes, FACET_SECTION_WEIGHTS);
  for (size_t at = 0; at < bytes.size(); at += at < 2048 ? 1 : 37) {
    std::string damaged = bytes;
    damaged[at] = static_cast<char>(damaged[at] ^ 1 << at % 8);
    bool inWeights = at >= weights.offset && at < weights.offset + weights.size;
    facet_verify verify = inWeights ? FACET_VERIFY_ALWAYS : FACET_VERIFY_NEVER;
    ASSERT_NE(open(damaged, verify), FACET_OK) << "byte " << at;
    if (at >= 12) {
      ASSERT_NE(std::string(error.message).find("damaged artifact: "), std::string::npos) << error.message;
    }
    ASSERT_NE(std::string(error.message).find("/facet-core-test-"), std::string::npos) << error.message;
  }
}

TEST_F(ArtifactTest, NamesTheDamagedBlockOfWeights) {
  ToyOptions options;
  options.paddingWeight = (9u << 20) + 2;
  std::string bytes = toyArtifact(options).build();
  const size_t start = sectionOf(bytes, FACET_SECTION_WEIGHTS).offset;
  bytes[start + FACET_HASH_BLOCK + 5] ^= 4;
  ASSERT_EQ(open(bytes, FACET_VERIFY_ALWAYS), FACET_BAD_ARTIFACT);
  std::string expected = "section 'weights': the block at offset " +
                         std::to_string(start + FACET_HASH_BLOCK) + " does not match its hash";
  EXPECT_NE(std::string(error.message).find(expected), std::string::npos) << error.message;
  EXPECT_EQ(open(bytes, FACET_VERIFY_NEVER), FACET_OK);
}

TEST_F(ArtifactTest, RefusesAnotherAbi) {
  std::string bytes = toyArtifact().build();
  headerOf(bytes).abi = 77;
  seal(bytes);
  EXPECT_EQ(open(bytes), FACET_WRONG_ABI);
  EXPECT_NE(std::string(error.message)
                .find("artifact of ABI 77, this runtime reads ABI " + std::to_string(FACET_ABI_VERSION) +
                      ": compile the checkpoint "
                      "again"),
            std::string::npos)
      << error.message;
}

TEST_F(ArtifactTest, ChoosesTheVariantByCpu) {
  if (!__builtin_cpu_supports("avx512f"))
    GTEST_SKIP() << "needs AVX-512";
  std::string bytes = toyArtifact().build();
  facet_model_details details;
  for (auto [level, variant] : {std::pair("x86-64-v3", 0), std::pair("x86-64-v3+vnni", 0),
                                std::pair("x86-64-v4", 1), std::pair("", 1)}) {
    setenv("FACET_CPU", level, 1);
    ASSERT_EQ(open(bytes), FACET_OK) << error.message;
    facet_model_describe(model.get(), &details);
    EXPECT_EQ(details.variant, variant) << level;
  }
  setenv("FACET_CPU", "pentium", 1);
  EXPECT_EQ(open(bytes), FACET_BAD_ARGUMENT);
  EXPECT_STREQ(error.message,
               "FACET_CPU is 'pentium': expected x86-64-v3, x86-64-v3+vnni, x86-64-v4, x86-64-v4+vnni+bf16 "
               "or x86-64-v4+vnni+bf16+amx");
}

TEST_F(ArtifactTest, AmxIsALevel) {
  ArtifactBuilder builder = toyArtifact();
  facet::Result<unsigned> bits = facet::parseCpuLevel("x86-64-v4+vnni+bf16+amx");
  builder.variants[1].features = *bits;
  std::string bytes = builder.build();
  facet_model_details details;
  setenv("FACET_CPU", "x86-64-v4+vnni+bf16+amx", 1);
  bool has = (*facet::cpuFeatures() & *bits) == *bits && facet::requestTiles();
  ASSERT_EQ(open(bytes), FACET_OK) << error.message;
  facet_model_describe(model.get(), &details);
  EXPECT_EQ(details.variant, has ? 1 : 0);
  setenv("FACET_CPU", "x86-64-v4+vnni+bf16", 1);
  ASSERT_EQ(open(bytes), FACET_OK) << error.message;
  facet_model_describe(model.get(), &details);
  EXPECT_EQ(details.variant, 0) << "without AMX";
  builder.variants[0].features = *bits;
  EXPECT_EQ(open(builder.build()), FACET_WRONG_CPU);
  EXPECT_NE(std::string(error.message).find("AMX)"), std::string::npos) << error.message;
}

TEST_F(ArtifactTest, DotProductsWithoutAvx512AreALevel) {
  ArtifactBuilder builder = toyArtifact();
  for (facet_variant &variant : builder.variants)
    variant.features = FACET_FEATURE_AVX2 | FACET_FEATURE_AVX_VNNI;
  std::string bytes = builder.build();
  setenv("FACET_CPU", "x86-64-v3", 1);
  EXPECT_EQ(open(bytes), FACET_WRONG_CPU);
  EXPECT_NE(std::string(error.message).find("lacks AVX-VNNI"), std::string::npos) << error.message;
  setenv("FACET_CPU", "x86-64-v3+vnni", 1);
  EXPECT_EQ(open(bytes), __builtin_cpu_supports("avxvnni") ? FACET_OK : FACET_WRONG_CPU);
}

TEST_F(ArtifactTest, SaysWhatTheCpuLacks) {
  ArtifactBuilder builder = toyArtifact();
  builder.variants[0].machine = 183;
  std::string bytes = builder.build();
  setenv("FACET_CPU", "x86-64-v3", 1);
  EXPECT_EQ(open(bytes), FACET_WRONG_CPU);
  EXPECT_NE(std::string(error.message)
                .find("no variant for this CPU as FACET_CPU narrows it: found x86-64-v3 (for machine 183, "
                      "this is 62), "
                      "x86-64-v4 (lacks AVX512); compile with --target native"),
            std::string::npos)
      << error.message;
  // Looking at it is possible anywhere; running it is not.
  TemporaryFile file(bytes);
  facet_model *inspected = nullptr;
  ASSERT_EQ(facet_model_inspect(file.path(), nullptr, &inspected, &error), FACET_OK) << error.message;
  Model owner(inspected);
  facet_session *session = nullptr;
  EXPECT_EQ(facet_session_create(inspected, nullptr, &session, &error), FACET_BAD_ARGUMENT);
  EXPECT_NE(std::string(error.message).find("was opened for inspection"), std::string::npos);
}

TEST_F(ArtifactTest, PinsTheRootDigest) {
  std::string bytes = toyArtifact().build();
  unsigned char root[32];
  std::memcpy(root, headerOf(bytes).root, 32);
  facet_open_options options = {};
  options.root_digest = root;
  EXPECT_TRUE(openBytes(bytes, &error, options)) << error.message;
  root[0] ^= 1;
  EXPECT_FALSE(openBytes(bytes, &error, options));
  EXPECT_EQ(error.code, FACET_WRONG_DIGEST);
}

// `auto` hashes weights once per file; a stamp stands for it until the file changes.
TEST_F(ArtifactTest, StampsWhatItVerified) {
  TemporaryFile file(toyArtifact().build());
  auto verified = [&](facet_verify verify) {
    facet_open_options options = verifying(verify);
    facet_model *opened = nullptr;
    EXPECT_EQ(facet_model_open(file.path(), &options, &opened, &error), FACET_OK) << error.message;
    facet_model_details details{};
    facet_model_describe(opened, &details);
    facet_model_close(opened);
    return details.weights_verified;
  };
  EXPECT_EQ(verified(FACET_VERIFY_AUTO), 1);
  EXPECT_EQ(verified(FACET_VERIFY_AUTO), 1) << "too new for a stamp";
  sleep(3);
  EXPECT_EQ(verified(FACET_VERIFY_NEVER), 0);
  EXPECT_EQ(verified(FACET_VERIFY_AUTO), 1);
  EXPECT_EQ(verified(FACET_VERIFY_AUTO), 2);
  EXPECT_EQ(verified(FACET_VERIFY_ALWAYS), 1);
  utimbuf times = {1000, 1000};
  utime(file.path(), &times);
  EXPECT_EQ(verified(FACET_VERIFY_AUTO), 1);
}

// Out of memory anywhere while opening or creating is an error, and everything is given back.
TEST_F(ArtifactTest, SurvivesAnAllocatorThatRunsDry) {
  struct Budget {
    int left;
    long held = 0;
  };
  std::string bytes = toyArtifact().build();
  TemporaryFile file(bytes);
  bool finished = false;
  for (int budget = 0; !finished && budget < 200; ++budget) {
    Budget state = {budget};
    facet_allocator allocator = {[](void *context, size_t size, size_t alignment) -> void * {
                                   auto *b = static_cast<Budget *>(context);
                                   if (b->left-- <= 0)
                                     return nullptr;
                                   b->held += static_cast<long>(size);
                                   return aligned_alloc(alignment,
                                                        (size + alignment - 1) / alignment * alignment);
                                 },
                                 [](void *context, void *memory, size_t size) {
                                   static_cast<Budget *>(context)->held -= static_cast<long>(size);
                                   free(memory);
                                 },
                                 &state};
    facet_open_options open = {};
    open.verify = FACET_VERIFY_ALWAYS;
    open.copy = budget % 2;
    open.allocator = &allocator;
    facet_model *opened = nullptr;
    facet_code code = facet_model_open(file.path(), &open, &opened, &error);
    if (code == FACET_OK) {
      facet_session_options options = {};
      options.allocator = &allocator;
      facet_session *session = nullptr;
      code = facet_session_create(opened, &options, &session, &error);
      finished = code == FACET_OK;
      facet_model_close(opened); // the session keeps it
      facet_session_destroy(session);
    }
    ASSERT_EQ(code, finished ? FACET_OK : FACET_OUT_OF_MEMORY) << error.message;
    ASSERT_EQ(state.held, 0) << "budget " << budget;
  }
  EXPECT_TRUE(finished);
}
