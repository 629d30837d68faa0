// facet tokenize as a user runs it: on a checkpoint and on a compiled model, both ways, and its exit codes.
#include "runtime/abi.h"
#include "runtime/artifact_format.h"
#include "test/runtime/text/tokenizer/SmallTokenizer.h"

#include <cstring>
#include <fstream>
#include <iterator>
#include <sys/wait.h>

using namespace facet;

namespace {

const std::string kModel = FACET_MODELS "/gemma4-nano-e";

struct Tool : testing::Test {
  std::string Folder = testing::TempDir() + "tokenize-tool-" + std::to_string(getpid());
  std::string Output, Errors;

  Tool() { EXPECT_EQ(std::system(("mkdir -p " + Folder).c_str()), 0); }
  ~Tool() override { EXPECT_EQ(std::system(("rm -r " + Folder).c_str()), 0); }

  static std::string read(const std::string &Path) {
    std::ifstream File(Path, std::ios::binary);
    return {std::istreambuf_iterator<char>(File), {}};
  }
  void write(const std::string &Name, std::string_view Bytes) const {
    std::ofstream(Folder + "/" + Name, std::ios::binary) << Bytes;
  }
  int run(const std::string &Arguments, std::string_view Input) {
    write("in", Input);
    int Status =
        std::system(("cd " + Folder + " && " FACET_TOKENIZE " " + Arguments + " <in >out 2>err").c_str());
    Output = read(Folder + "/out");
    Errors = read(Folder + "/err");
    return WIFEXITED(Status) ? WEXITSTATUS(Status) : -1;
  }
  /// A .facet file with a tokenizer in it and nothing else.
  std::string artifact() const {
    auto Tables = buildTokenizerTables(read(kModel + "/tokenizer.json"), "tokenizer.json");
    facet_header Header = {};
    std::memcpy(Header.magic, FACET_MAGIC, sizeof(Header.magic));
    Header.abi = FACET_ABI_VERSION;
    Header.section_count = 1;
    Header.file_size = FACET_PAGE + Tables->size();
    Header.sections[0].kind = FACET_SECTION_TOKENIZER;
    Header.sections[0].offset = FACET_PAGE;
    Header.sections[0].size = Tables->size();
    std::string Bytes(FACET_PAGE, '\0');
    std::memcpy(Bytes.data(), &Header, sizeof(Header));
    return Bytes.append(reinterpret_cast<const char *>(Tables->data()), Tables->size());
  }
};

} // namespace

TEST_F(Tool, CheckpointAndArtifactAgree) {
  write("model.facet", artifact());
  for (const std::string &Model : {kModel, std::string("model.facet")}) {
    EXPECT_EQ(run(Model, "<bos>x<turn|>y"), 0) << Errors;
    EXPECT_EQ(Output, "2 348 6 349\n");
    EXPECT_EQ(Errors, "");
    EXPECT_EQ(run(Model + " --decode", "2 348 6, 349\n"), 0);
    EXPECT_EQ(Output, "<bos>x<turn|>y");
    EXPECT_EQ(run(Model + " --json", "é\n"), 0);
    EXPECT_EQ(Output, "{\"ids\": [219, 193, 280], \"tokens\": [\"<0xC3>\", \"<0xA9>\", \"\\u000a\"]}\n");
    EXPECT_EQ(run(Model + " --decode --json", "[219, 193, 280]"), 0);
    EXPECT_EQ(Output, "{\"text\": \"é\\u000a\"}\n");
    EXPECT_EQ(run(Model, ""), 0);
    EXPECT_EQ(Output, "\n");
  }
}

TEST_F(Tool, BadInputIsOne) {
  EXPECT_EQ(run("missing.facet", ""), 1);
  EXPECT_NE(Errors.find("missing.facet: No such file"), std::string::npos);
  EXPECT_EQ(run(".", ""), 1);
  EXPECT_NE(Errors.find("./tokenizer.json: No such file"), std::string::npos);
  EXPECT_EQ(run(kModel + " --decode", "1 x2"), 1);
  EXPECT_EQ(Errors,
            "facet tokenize: standard input: byte 2: expected a token id below 4194304, found \"x2\"\n");
  std::string Bytes = artifact();
  Bytes[FACET_PAGE] ^= 1;
  write("damaged.facet", Bytes);
  EXPECT_EQ(run("damaged.facet", ""), 1);
  EXPECT_NE(Errors.find("damaged.facet: tokenizer tables: magic number"), std::string::npos);
  write("tokenizer.json", R"({"version":"2.0"})");
  EXPECT_EQ(run(".", ""), 1);
  EXPECT_EQ(
      Errors,
      "facet tokenize: ./tokenizer.json: version: expected \"1.0\", found \"2.0\"; this compiler builds "
      "tokenizers of Gemma's form only\n");
  EXPECT_EQ(Output, "");
}

TEST_F(Tool, BadUsageIsTwo) {
  EXPECT_EQ(run("", ""), 2);
  EXPECT_EQ(run(kModel + " --unknown", ""), 2);
  EXPECT_EQ(run(kModel + " " + kModel, ""), 2);
  EXPECT_EQ(run("--help", ""), 0);
  EXPECT_NE(Output.find("usage: facet tokenize"), std::string::npos);
}
