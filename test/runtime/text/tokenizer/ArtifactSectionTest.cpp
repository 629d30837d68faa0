// Finding one section of a .facet file, and refusing files that are none.
#include "tools/artifact_section.h"

#include "runtime/abi.h"
#include "runtime/artifact_format.h"

#include <cstdio>
#include <cstring>
#include <gtest/gtest.h>
#include <vector>

using namespace facet;

namespace {

struct SectionFile : testing::Test {
  std::string Path = testing::TempDir() + "section-test-" +
                     std::to_string(testing::UnitTest::GetInstance()->random_seed()) +
                     testing::UnitTest::GetInstance()->current_test_info()->name() + ".facet";
  facet_header Header = {};
  size_t Size = 2 * FACET_PAGE;

  SectionFile() {
    std::memcpy(Header.magic, FACET_MAGIC, sizeof(Header.magic));
    Header.abi = FACET_ABI_VERSION;
    Header.section_count = 1;
    Header.file_size = Size;
    Header.sections[0].kind = FACET_SECTION_TOKENIZER;
    Header.sections[0].offset = FACET_PAGE;
    Header.sections[0].size = 5;
  }
  ~SectionFile() override { std::remove(Path.c_str()); }

  ArtifactSection map() const {
    std::vector<char> Bytes(Size);
    std::memcpy(Bytes.data(), &Header, std::min(Size, sizeof(Header)));
    if (Size >= FACET_PAGE + 5)
      std::memcpy(Bytes.data() + FACET_PAGE, "hello", 5);
    std::FILE *File = std::fopen(Path.c_str(), "wb");
    std::fwrite(Bytes.data(), 1, Size, File);
    std::fclose(File);
    return mapArtifactSection(Path, FACET_SECTION_TOKENIZER);
  }
};

} // namespace

TEST_F(SectionFile, Maps) {
  ArtifactSection Section = map();
  ASSERT_TRUE(Section) << Section.error();
  EXPECT_EQ(std::string(static_cast<const char *>(Section.data()), Section.size()), "hello");
}

TEST_F(SectionFile, RefusesWhatIsNoArtifact) {
  auto Refused = [&](const std::string &What) {
    ArtifactSection Section = map();
    EXPECT_FALSE(Section);
    EXPECT_EQ(Section.error(), Path + ": " + What);
  };
  Header.sections[0].size = FACET_PAGE + 1;
  Refused("section 15: expected it inside the file at a multiple of 4096, found offset 4096, size 4097");
  Header.sections[0].size = ~0ull;
  EXPECT_FALSE(map());
  Header.sections[0].offset = 100;
  EXPECT_FALSE(map());
  Header.sections[0].kind = FACET_SECTION_CODE;
  Refused("section 15: expected in the section table, found none");
  Header.section_count = 1000;
  Refused("section count: expected at most 32, found 1000");
  Header.file_size = 5;
  Refused("file size: expected 5 bytes, found 8192; the file is incomplete or damaged");
  Header.abi = 99;
  Refused("abi: expected " + std::to_string(FACET_ABI_VERSION) + ", found 99; compile the model again");
  Header.magic[0] = 'X';
  Refused("magic: expected FACETAOT, found something else; is this a .facet file?");
  Size = 10;
  Refused("header: expected 4096 bytes, found a file of 10");
}
