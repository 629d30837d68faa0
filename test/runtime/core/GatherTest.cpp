// Tables that are only gathered from: the same numbers as in place, no page of them resident, errors instead
// of signals.
#include "Opened.h"

#include <fcntl.h>
#include <unistd.h>

using namespace facet::test;

static ToyOptions gathered() {
  ToyOptions options;
  options.gathered = true;
  return options;
}

static facet_weight_details embeddingOf(const Model &model) {
  facet_weight_details details{};
  EXPECT_TRUE(facet_model_weight(model.get(), 0, &details));
  return details;
}

/// Pages of [data, data + size) that the process has mapped in.
static int residentPages(const void *data, size_t size) {
  const auto page = static_cast<uintptr_t>(sysconf(_SC_PAGESIZE));
  int file = open("/proc/self/pagemap", O_RDONLY), count = 0;
  for (uintptr_t at = reinterpret_cast<uintptr_t>(data) / page;
       at <= (reinterpret_cast<uintptr_t>(data) + size - 1) / page; ++at) {
    uint64_t entry = 0;
    EXPECT_EQ(pread(file, &entry, sizeof entry, static_cast<off_t>(at * sizeof entry)),
              static_cast<ssize_t>(sizeof entry));
    count += static_cast<int>(entry >> 63);
  }
  close(file);
  return count;
}

TEST(Gather, EqualsTheTableInPlace) {
  Model inPlace = openToy(), fromFile = openToy(gathered());
  Executor executor = makeExecutor(2);
  for (std::vector<int> chunks : {std::vector{1}, std::vector{16, 3}}) {
    Session a = makeSession(inPlace, smallPages(executor.get())),
            b = makeSession(fromFile, smallPages(executor.get()));
    EXPECT_EQ(feed(a, makeSequence(a), 100, chunks), feed(b, makeSequence(b), 100, chunks));
  }
}

// Hashing, running and counting leave the table where it is: in the file.
TEST(Gather, KeepsTheTableOutOfMemory) {
  facet_error error{};
  Model model = openBytes(toyArtifact(gathered()).build(), &error, verifying(FACET_VERIFY_ALWAYS));
  ASSERT_TRUE(model) << error.message;
  Session session = makeSession(model, smallPages());
  feed(session, makeSequence(session), 50, {16});
  const facet_weight_details table = embeddingOf(model);
  EXPECT_EQ(residentPages(table.data, table.bytes), 0);
  EXPECT_GT(residentPages(static_cast<const char *>(table.data) - table.offset, 64), 0) << "the head's";
  facet_memory_plan plan{};
  ASSERT_EQ(facet_plan(model.get(), nullptr, &plan, &error), FACET_OK);
  EXPECT_EQ(plan.gathered_bytes, table.bytes);
  facet_model_details details{};
  facet_model_describe(model.get(), &details);
  EXPECT_EQ(plan.weight_bytes, details.weight_bytes - table.bytes);
}

TEST(Gather, SurvivesAFileThatShrinks) {
  TemporaryFile file(toyArtifact(gathered()).build());
  facet_open_options options = {};
  options.verify = FACET_VERIFY_NEVER;
  facet_model *opened = nullptr;
  facet_error error{};
  ASSERT_EQ(facet_model_open(file.path(), &options, &opened, &error), FACET_OK) << error.message;
  Model model(opened);
  Session session = makeSession(model, smallPages());
  facet_sequence *sequence = makeSequence(session);
  feed(session, sequence, 20, {16});
  facet_model_details details{};
  facet_model_describe(opened, &details);
  const off_t kept = static_cast<off_t>(details.file_bytes - embeddingOf(model).bytes);
  ASSERT_EQ(truncate(file.path(), kept), 0);
  facet_row row = rowOf(sequence, 3, FACET_WANTS_LOGITS);
  EXPECT_EQ(facet_session_step(session.get(), &row, 1, nullptr, &error), FACET_IO);
  EXPECT_EQ(error.message, std::string(file.path()) + ": shrank to " +
                               std::to_string(kept + 3 * toyHidden * 4) + " bytes while it was read");
  EXPECT_EQ(facet_sequence_length(sequence), 20);
  EXPECT_EQ(facet_session_logits(session.get(), 0), nullptr);
}

TEST(Gather, WorksFromMemory) {
  std::string bytes = toyArtifact(gathered()).build();
  facet_open_options options = {};
  options.verify = FACET_VERIFY_ALWAYS;
  options.copy = 1;
  facet_error error{};
  Model copied = openBytes(bytes, &error, options), mapped = openToy(gathered());
  ASSERT_TRUE(copied) << error.message;
  Session a = makeSession(copied, smallPages()), b = makeSession(mapped, smallPages());
  EXPECT_EQ(feed(a, makeSequence(a), 20, {16}), feed(b, makeSequence(b), 20, {16}));
}

// Rows are cut by their size: only a weight in rows has one, and tokens must find theirs.
TEST(Gather, RefusesWhatHasNoRowForEachToken) {
  for (int odd = 0; odd < 3; ++odd) {
    ArtifactBuilder builder = toyArtifact(gathered());
    if (odd == 0)
      builder.weightTable[0].layout = 1;
    if (odd == 1)
      builder.weightTable[0].rows = toyVocab - 1;
    if (odd == 2)
      builder.operands[1].size -= toyHidden * 4;
    facet_error error{};
    EXPECT_FALSE(openBytes(builder.build(), &error, verifying(FACET_VERIFY_NEVER)));
    EXPECT_EQ(error.code, FACET_BAD_ARTIFACT);
    EXPECT_NE(std::string(error.message).find("dispatch 0 ('toy_embed_gathered.of.1'): operand 1: kind 5"),
              std::string::npos)
        << error.message;
  }
}
