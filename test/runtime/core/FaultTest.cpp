// Allocations that fail, one after another: each is an error of its own code, and nothing stays allocated.
#include "Opened.h"

#include <cstdlib>
#include <cstring>

using namespace facet::test;

namespace {
/// Fails the allocation of number `failing`, from 0.
struct FailingAllocator {
  long failing, made = 0;
  size_t blocks = 0, bytes = 0;

  facet_allocator functions() {
    return {[](void *self, size_t size, size_t alignment) {
              return static_cast<FailingAllocator *>(self)->allocate(size, alignment);
            },
            [](void *self, void *memory, size_t size) {
              static_cast<FailingAllocator *>(self)->release(memory, size);
            },
            this};
  }
  void *allocate(size_t size, size_t alignment) {
    void *memory = nullptr;
    if (made++ == failing || posix_memalign(&memory, alignment, size) != 0)
      return nullptr;
    ++blocks, bytes += size;
    return memory;
  }
  void release(void *memory, size_t size) {
    --blocks, bytes -= size;
    std::free(memory);
  }
};

/// Everything that allocates, in the order of a program's life.
struct Program {
  facet_allocator allocator;
  Model model;
  Executor executor;
  Session session;
  Sampler sampler;

  facet_code run(const std::string &artifact, facet_error &error);
  facet_code create(const std::string &artifact, facet_error &error);
};
} // namespace

facet_code Program::create(const std::string &artifact, facet_error &error) {
  facet_open_options open = {};
  open.verify = FACET_VERIFY_ALWAYS;
  open.copy = 1;
  open.allocator = &allocator;
  model = openBytes(artifact, &error, open);
  if (!model)
    return error.code;
  facet_executor *threads = nullptr;
  if (facet_executor_create(2, &allocator, &threads, &error) != FACET_OK)
    return error.code;
  executor.reset(threads);
  facet_session_options options = {};
  options.context = 256, options.sequences = 2, options.executor = threads, options.allocator = &allocator;
  facet_session *made = nullptr;
  if (facet_session_create(model.get(), &options, &made, &error) != FACET_OK)
    return error.code;
  session.reset(made);
  facet_sampler_options sampling = {};
  sampling.top_k = 5;
  sampling.temperature = 1;
  sampling.top_p = 0.9f;
  sampling.seed = 1;
  facet_sampler *drawer = nullptr;
  if (facet_sampler_create(toyVocab, &sampling, &allocator, &drawer, &error) != FACET_OK)
    return error.code;
  sampler.reset(drawer);
  return FACET_OK;
}

facet_code Program::run(const std::string &artifact, facet_error &error) {
  if (facet_code code = create(artifact, error))
    return code;
  facet_sequence *sequence = nullptr;
  if (facet_sequence_create(session.get(), &sequence, &error) != FACET_OK)
    return error.code;
  facet_row row = rowOf(sequence, 1, FACET_WANTS_LOGITS);
  return facet_session_step(session.get(), &row, 1, nullptr, &error);
}

TEST(Fault, EachAllocation) {
  const std::string artifact = toyArtifact({.gathered = true}).build();
  for (long failing = 0;; ++failing) {
    FailingAllocator memory{failing};
    facet_error error{};
    facet_code code;
    {
      Program program{memory.functions(), {}, {}, {}, {}};
      code = program.run(artifact, error);
    }
    EXPECT_EQ(memory.blocks, 0u) << "after allocation " << failing << " failed";
    EXPECT_EQ(memory.bytes, 0u);
    if (memory.made <= failing) { // there were no more
      EXPECT_EQ(code, FACET_OK) << error.message;
      EXPECT_GT(failing, 20);
      RecordProperty("allocations", static_cast<int>(failing));
      break;
    }
    EXPECT_EQ(code, FACET_OUT_OF_MEMORY) << error.message;
    EXPECT_EQ(std::strncmp(error.message, "out of memory: ", 15), 0) << error.message;
  }
}
