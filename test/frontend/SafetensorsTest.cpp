// Hostile weight files: each refusal with its message. The valid neighbour of each is in TextModuleTest.
#include "test/frontend/TestCheckpoint.h"

using namespace facet::test;

namespace {

/// The error of a checkpoint with this header and so many bytes of tensors.
std::string errorOf(const std::string &header, uint64_t data = 0) {
  TestCheckpoint checkpoint;
  checkpoint.write("config.json", smallConfig().dump());
  checkpoint.writeSafetensors("model.safetensors", header, data);
  return checkpoint.error();
}

std::string entry(const std::string &name, const std::string &shape, const std::string &offsets,
                  const std::string &dtype = "F32") {
  return "\"" + name + "\":{\"dtype\":\"" + dtype + "\",\"shape\":" + shape + ",\"data_offsets\":" + offsets +
         "}";
}

TEST(Safetensors, FileSmallerThanItsPrefix) {
  TestCheckpoint checkpoint;
  checkpoint.write("config.json", smallConfig().dump());
  checkpoint.write("model.safetensors", "1234");
  EXPECT_EQ(checkpoint.error(), "model.safetensors: expected a safetensors file, got 4 bytes");
}

TEST(Safetensors, HeaderLongerThanTheFile) {
  TestCheckpoint checkpoint;
  checkpoint.write("config.json", smallConfig().dump());
  checkpoint.write("model.safetensors", std::string("\x10\0\0\0\0\0\0\0{}", 10));
  EXPECT_EQ(checkpoint.error(),
            "model.safetensors: header of 16 bytes; expected at most 100000000 and no more than the "
            "file's 10: not a safetensors file, or truncated");
}

// 2^64 - 1 bytes: the length must not wrap when the prefix is added.
TEST(Safetensors, HeaderLengthOverflows) {
  TestCheckpoint checkpoint;
  checkpoint.write("config.json", smallConfig().dump());
  checkpoint.write("model.safetensors", std::string(16, '\xff'));
  EXPECT_EQ(checkpoint.error(),
            "model.safetensors: header of 18446744073709551615 bytes; expected at most 100000000 and "
            "no more than the file's 16: not a safetensors file, or truncated");
}

// The file is large enough, and sparse: the limit alone saves the memory.
TEST(Safetensors, HeaderBeyondTheLimit) {
  TestCheckpoint checkpoint;
  checkpoint.write("config.json", smallConfig().dump());
  checkpoint.write("model.safetensors", std::string("\0\0\0\x40\0\0\0\0", 8));
  std::filesystem::resize_file(checkpoint.file("model.safetensors"), uint64_t(2) << 30);
  EXPECT_EQ(checkpoint.error(),
            "model.safetensors: header of 1073741824 bytes; expected at most 100000000 and no more "
            "than the file's 2147483648: not a safetensors file, or truncated");
}

TEST(Safetensors, BrokenHeader) {
  EXPECT_EQ(errorOf("{\"a\":"), "model.safetensors (header): broken JSON at byte 6");
  EXPECT_EQ(errorOf("[]"), "model.safetensors (header): expected an object, got []");
  EXPECT_EQ(errorOf("{\"a\":[[[[[1]]]]]}"), "model.safetensors (header): JSON nested more than 4 deep");
  EXPECT_EQ(errorOf("{" + entry("a", "[1]", "[0,4]") + "," + entry("a", "[1]", "[4,8]") + "}", 8),
            "model.safetensors (header): key 'a' appears twice in one object");
  EXPECT_EQ(errorOf("{\"\xff\":1}"), "model.safetensors (header): broken JSON at byte 3");
}

// Counted before anything is built, so that a short header cannot cost much memory.
TEST(Safetensors, TooManyValues) {
  std::string header = "{\"a\":[0";
  for (int i = 0; i < 1 << 20; ++i)
    header += ",0";
  EXPECT_EQ(errorOf(header + "]}"), "model.safetensors (header): more than 1048576 JSON values");
}

TEST(Safetensors, BrokenEntry) {
  const std::string at = "model.safetensors: tensor 'a': ";
  EXPECT_EQ(errorOf("{\"a\":3}"), at + "expected an object, got 3");
  EXPECT_EQ(errorOf("{\"a\":{\"offset\":3}}"), at + "unknown key 'offset'");
  EXPECT_EQ(errorOf("{\"a\":{}}"), at + "unknown dtype (none)");
  EXPECT_EQ(errorOf("{" + entry("a", "[1]", "[0,4]", "F31") + "}", 4), at + "unknown dtype \"F31\"");
  EXPECT_EQ(errorOf("{\"a\":{\"dtype\":\"F32\"}}"),
            at + "expected a shape of at most 8 dimensions, got none");
  EXPECT_EQ(errorOf("{" + entry("a", "[-1]", "[0,4]") + "}", 4),
            at + "expected a shape of whole numbers, got [-1]");
  EXPECT_EQ(errorOf("{" + entry("a", "[1.5]", "[0,4]") + "}", 4),
            at + "expected a shape of whole numbers, got [1.5]");
  EXPECT_EQ(errorOf("{" + entry("a", "[1]", "[0]") + "}", 4),
            at + "expected data_offsets [begin, end], got [0]");
  EXPECT_EQ(errorOf("{" + entry("a", "[1]", "[-4,0]") + "}", 4),
            at + "expected data_offsets [begin, end], got [-4,0]");
  // Beyond 64 bits a number is a float to the parser, and not a whole one to us.
  EXPECT_EQ(errorOf("{" + entry("a", "[1]", "[0,18446744073709551620]") + "}", 4),
            at + "expected data_offsets [begin, end], got [0,1.8446744073709552e+19]");
}

TEST(Safetensors, ShapesAndOffsetsOverflow) {
  const std::string at = "model.safetensors: tensor 'a': ";
  // 2^32 * 2^32 elements are 0 in 64 bits, and 2^62 of 4 bytes are 0 bytes.
  EXPECT_EQ(errorOf("{" + entry("a", "[4294967296,4294967296]", "[0,0]") + "}"),
            at + "shape [4294967296, 4294967296] has too many elements");
  EXPECT_EQ(errorOf("{" + entry("a", "[4611686018427387904]", "[0,0]") + "}"),
            at + "shape [4611686018427387904] has too many elements");
  EXPECT_EQ(
      errorOf("{" + entry("a", "[1]", "[8,4]") + "}", 8),
      at + "expected data_offsets within the file's 8 bytes of data, got [8, 4]; copy or download it again");
  EXPECT_EQ(
      errorOf("{" + entry("a", "[1]", "[8,12]") + "}", 8),
      at + "expected data_offsets within the file's 8 bytes of data, got [8, 12]; copy or download it again");
  EXPECT_EQ(errorOf("{" + entry("a", "[1]", "[18446744073709551612,18446744073709551615]") + "}", 8),
            at + "expected data_offsets within the file's 8 bytes of data, got [18446744073709551612, "
                 "18446744073709551615]; copy or download it again");
  EXPECT_EQ(errorOf("{" + entry("a", "[3]", "[0,8]") + "}", 8),
            at + "F32 [3] takes 12 bytes, but data_offsets span 8");
}

TEST(Safetensors, TensorsMustCoverTheData) {
  EXPECT_EQ(errorOf("{" + entry("a", "[2]", "[0,8]") + "," + entry("b", "[1]", "[4,8]") + "}", 8),
            "model.safetensors: tensor 'b' begins at byte 4 of the data; expected 8: tensors overlap");
  EXPECT_EQ(errorOf("{" + entry("a", "[1]", "[0,4]") + "," + entry("b", "[1]", "[8,12]") + "}", 12),
            "model.safetensors: tensor 'b' begins at byte 8 of the data; expected 4: tensors leave a gap");
  EXPECT_EQ(errorOf("{" + entry("a", "[1]", "[0,4]") + "}", 5),
            "model.safetensors: tensors cover 4 bytes of data, but the file has 5");
}

// A name cannot forge a second line of the message.
TEST(Safetensors, ControlBytesInNames) {
  EXPECT_EQ(errorOf("{\"a\\nok\\u001b[2J\":3}"),
            "model.safetensors: tensor 'a\\x0aok\\x1b[2J': expected an object, got 3");
}

} // namespace
