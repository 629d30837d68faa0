// Which files a checkpoint may have, and where an index or a link may lead.
#include "runtime/limits.h"
#include "test/frontend/TestCheckpoint.h"

using namespace facet::test;
using nlohmann::json;
namespace fs = std::filesystem;

namespace {

constexpr const char *first = "model-00001-of-00002.safetensors",
                     *second = "model-00002-of-00002.safetensors";

/// The small model in two shards; `index` is written as it stands after `change`.
struct Sharded : TestCheckpoint {
  std::vector<TestTensor> parts[2];
  json map;

  Sharded() {
    write("config.json", smallConfig().dump());
    for (const TestTensor &tensor : smallTensors()) {
      bool later = tensor.name.find("layers.1") != tensor.name.npos;
      parts[later].push_back(tensor);
      map[tensor.name] = later ? second : first;
    }
    writeAll();
  }
  void writeAll() const {
    writeTensors(first, parts[0]);
    writeTensors(second, parts[1]);
    writeIndex(map);
  }
  void writeIndex(const json &map) const {
    write("model.safetensors.index.json",
          json{{"metadata", {{"total_size", 1}}}, {"weight_map", map}}.dump());
  }
};

TEST(Directory, ShardsAreSortedAndIndexed) {
  Sharded checkpoint;
  mlir::MLIRContext context;
  auto module = checkpoint.build(context);
  ASSERT_TRUE(module);
  auto files = (*module)->getAttrOfType<mlir::ArrayAttr>("facet.files");
  ASSERT_EQ(files.size(), 2u);
  EXPECT_EQ(llvm::cast<mlir::StringAttr>(files[0]).getValue(), first);
  auto weight = module->lookupSymbol<mlir::facet::WeightOp>("layers.1.q");
  EXPECT_EQ(llvm::cast<mlir::facet::SourceAttr>(weight.getRecipe()).getFile(), 1);
}

TEST(Directory, Missing) {
  TestCheckpoint checkpoint;
  EXPECT_EQ(checkpoint.error(), "config.json: No such file or directory in " + checkpoint.path);
  checkpoint.write("config.json", smallConfig().dump());
  EXPECT_EQ(checkpoint.error(),
            "no model.safetensors and no model.safetensors.index.json in the checkpoint's directory; copy or "
            "download the weights, too");
  mlir::facet::CheckpointOptions options;
  auto opened = mlir::facet::Checkpoint::open(checkpoint.file("absent"), options);
  EXPECT_EQ(llvm::toString(opened.takeError()),
            checkpoint.file("absent") +
                ": No such file or directory; expected the directory of a checkpoint");
  opened = mlir::facet::Checkpoint::open(checkpoint.file("config.json"), options);
  EXPECT_EQ(llvm::toString(opened.takeError()),
            checkpoint.file("config.json") + ": expected the directory of a checkpoint, got a file");
}

TEST(Directory, IndexDisagreesWithShards) {
  Sharded checkpoint;
  json map = checkpoint.map;
  map["model.extra"] = first;
  checkpoint.writeIndex(map);
  EXPECT_EQ(checkpoint.error(),
            std::string(first) +
                ": no tensor 'model.extra', which model.safetensors.index.json says it holds");
  map = checkpoint.map;
  map.erase("model.norm.weight");
  checkpoint.writeIndex(map);
  EXPECT_EQ(checkpoint.error(),
            std::string(first) + ": tensor 'model.norm.weight' is not in model.safetensors.index.json");
  map = checkpoint.map;
  map["model.norm.weight"] = second;
  checkpoint.writeIndex(map);
  EXPECT_EQ(checkpoint.error(), std::string(first) + ": tensor 'model.norm.weight' is in " + second +
                                    " according to model.safetensors.index.json");
  map = checkpoint.map;
  map["model.norm.weight"] = "model-3.safetensors";
  checkpoint.writeIndex(map);
  EXPECT_EQ(checkpoint.error(),
            "model.safetensors.index.json: model-3.safetensors: No such file or directory in " +
                checkpoint.path);
}

TEST(Directory, BrokenIndex) {
  Sharded checkpoint;
  const std::string index = "model.safetensors.index.json";
  checkpoint.write(index, "{");
  EXPECT_EQ(checkpoint.error(), index + ": broken JSON at byte 2");
  checkpoint.write(index, "[]");
  EXPECT_EQ(checkpoint.error(), index + ": expected an object, got []");
  checkpoint.write(index, "{\"weight_map\":{\"a\":\"b\"},\"shards\":2}");
  EXPECT_EQ(checkpoint.error(), index + ": unknown key 'shards'; expected weight_map and metadata");
  checkpoint.write(index, "{\"weight_map\":{}}");
  EXPECT_EQ(checkpoint.error(),
            index + ": 'weight_map': expected an object that names the file of each tensor, got {}");
  checkpoint.write(index, "{\"weight_map\":{\"a\":1}}");
  EXPECT_EQ(checkpoint.error(), index + ": tensor 'a': expected a file name, got 1");
}

TEST(Directory, SingleFileBesideAnIndex) {
  Sharded checkpoint;
  checkpoint.writeTensors("model.safetensors", smallTensors());
  EXPECT_EQ(checkpoint.error(),
            "model.safetensors.index.json: does not list model.safetensors, which lies beside it; "
            "remove the one that is stale");
}

TEST(Directory, PathsInTheIndex) {
  for (std::string name : {"../model.safetensors", "/etc/passwd", "sub/model.safetensors", "..", ".", ""}) {
    Sharded checkpoint;
    json map = checkpoint.map;
    map["model.norm.weight"] = name;
    checkpoint.writeIndex(map);
    EXPECT_EQ(checkpoint.error(), "model.safetensors.index.json: '" + name +
                                      "': expected the name of a file in the checkpoint's directory");
  }
}

TEST(Directory, LinksThatLeave) {
  TestCheckpoint elsewhere(smallConfig(), smallTensors()), checkpoint;
  fs::create_symlink(elsewhere.file("config.json"), checkpoint.file("config.json"));
  EXPECT_EQ(checkpoint.error(), "config.json: is a link to " + elsewhere.file("config.json") +
                                    ", outside the checkpoint's directory; copy the file there");
  fs::remove(checkpoint.file("config.json"));
  fs::copy(elsewhere.file("config.json"), checkpoint.file("config.json"));
  fs::create_symlink(elsewhere.file("model.safetensors"), checkpoint.file("model.safetensors"));
  EXPECT_EQ(checkpoint.error(), "model.safetensors: is a link to " + elsewhere.file("model.safetensors") +
                                    ", outside the checkpoint's directory; copy the file there");
  // Within the directory a link is as good as a file.
  fs::remove(checkpoint.file("model.safetensors"));
  checkpoint.writeTensors("weights", smallTensors());
  fs::create_symlink("weights", checkpoint.file("model.safetensors"));
  EXPECT_EQ(checkpoint.error(), "");
}

// models--x/snapshots/<revision>/config.json -> ../../blobs/<hash>
TEST(Directory, SnapshotsOfTheHubsCache) {
  TestCheckpoint cache;
  fs::create_directories(cache.file("snapshots/1"));
  fs::create_directories(cache.file("blobs/deeper"));
  cache.write("blobs/c", smallConfig().dump());
  cache.writeTensors("blobs/w", smallTensors());
  fs::create_symlink("../../blobs/c", cache.file("snapshots/1/config.json"));
  fs::create_symlink("../../blobs/w", cache.file("snapshots/1/model.safetensors"));
  mlir::facet::CheckpointOptions options;
  auto opened = mlir::facet::Checkpoint::open(cache.file("snapshots/1"), options);
  ASSERT_TRUE(bool(opened)) << llvm::toString(opened.takeError());
  EXPECT_EQ((*opened)->filePaths()[0], cache.file("blobs/w"));
  cache.writeTensors("blobs/deeper/w", smallTensors());
  fs::remove(cache.file("snapshots/1/model.safetensors"));
  fs::create_symlink("../../blobs/deeper/w", cache.file("snapshots/1/model.safetensors"));
  EXPECT_FALSE(bool(opened = mlir::facet::Checkpoint::open(cache.file("snapshots/1"), options)));
  EXPECT_EQ(llvm::toString(opened.takeError()),
            "model.safetensors: is a link to " + cache.file("blobs/deeper/w") +
                ", outside the checkpoint's directory; copy the file there");
}

TEST(Directory, NotARegularFile) {
  TestCheckpoint checkpoint;
  checkpoint.write("config.json", smallConfig().dump());
  fs::create_directory(checkpoint.file("model.safetensors"));
  EXPECT_EQ(checkpoint.error(), "model.safetensors: expected a regular file");
}

TEST(Directory, TextsThatAreTooLong) {
  TestCheckpoint checkpoint(smallConfig(), smallTensors());
  checkpoint.write("chat_template.jinja", "");
  fs::resize_file(checkpoint.file("chat_template.jinja"), FACET_MAX_TEMPLATE_BYTES + 1);
  EXPECT_EQ(checkpoint.error(), "chat_template.jinja: expected at most 1048576 bytes, got 1048577");
}

TEST(Directory, TokenizerConfig) {
  TestCheckpoint checkpoint(smallConfig(), smallTensors());
  checkpoint.write("tokenizer_config.json",
                   R"({"bos_token": "<bos>", "eos_token": {"content": "<eos>"}, "x": [1],
    "extra_special_tokens": {"eot_token": "<turn|>"}, "chat_template": "hello"})");
  checkpoint.write("tokenizer.json", "{}");
  mlir::facet::CheckpointOptions options;
  auto opened = mlir::facet::Checkpoint::open(checkpoint.path, options);
  ASSERT_TRUE(bool(opened)) << llvm::toString(opened.takeError());
  std::map<std::string, std::string> special = {
      {"bos_token", "<bos>"}, {"eos_token", "<eos>"}, {"eot_token", "<turn|>"}};
  EXPECT_EQ((*opened)->specialTokens(), special);
  EXPECT_EQ((*opened)->chatTemplate(), "hello");
  EXPECT_EQ((*opened)->tokenizerJson(), "{}");
  checkpoint.write("tokenizer_config.json", "{\"chat_template\": [1]}");
  EXPECT_EQ(checkpoint.error(), "tokenizer_config.json: 'chat_template': expected a string, got [1]");
}

} // namespace
