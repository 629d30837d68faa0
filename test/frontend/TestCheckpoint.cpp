// Weights are holes in sparse files: only headers matter here.
#include "test/frontend/TestCheckpoint.h"

#include <cstdlib>
#include <fstream>
#include <iterator>

using nlohmann::json;

namespace facet::test {

uint64_t bytesOf(const TestTensor &tensor) {
  uint64_t bytes = tensor.dtype == "F32" ? 4 : tensor.dtype == "F64" ? 8 : 2;
  for (int64_t size : tensor.shape)
    bytes *= uint64_t(size);
  return bytes;
}

std::string headerOf(const std::vector<TestTensor> &tensors) {
  json header = {{"__metadata__", {{"format", "pt"}}}};
  uint64_t at = 0;
  for (const TestTensor &tensor : tensors) {
    uint64_t end = at + bytesOf(tensor);
    header[tensor.name] = {{"dtype", tensor.dtype}, {"shape", tensor.shape}, {"data_offsets", {at, end}}};
    at = end;
  }
  return header.dump();
}

std::string readFile(const std::string &path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

static json ropeParameters() {
  return {{"sliding_attention", {{"rope_type", "default"}, {"rope_theta", 1e4}}},
          {"full_attention",
           {{"rope_type", "proportional"}, {"rope_theta", 1e6}, {"partial_rotary_factor", 0.25}}}};
}

json smallConfig() {
  return {{"model_type", "gemma4_text"},
          {"vocab_size", 48},
          {"hidden_size", 64},
          {"intermediate_size", 80},
          {"num_hidden_layers", 2},
          {"num_attention_heads", 2},
          {"num_key_value_heads", 1},
          {"head_dim", 32},
          {"global_head_dim", 64},
          {"sliding_window", 16},
          {"hidden_size_per_layer_input", 0},
          {"layer_types", {"sliding_attention", "full_attention"}},
          {"rope_parameters", ropeParameters()},
          {"eos_token_id", 1},
          {"bos_token_id", 2},
          {"pad_token_id", 0}};
}

json sharedConfig() {
  json config = smallConfig();
  config["num_hidden_layers"] = 4;
  config["num_kv_shared_layers"] = 2;
  config["layer_types"] = {"sliding_attention", "full_attention", "sliding_attention", "full_attention"};
  return config;
}

static void addLayer(std::vector<TestTensor> &tensors, int layer, bool keys) {
  std::string prefix = "model.layers." + std::to_string(layer) + ".";
  int64_t head = layer % 2 ? 64 : 32;
  auto add = [&](const char *name, std::vector<int64_t> shape) {
    tensors.push_back({prefix + name, "BF16", shape});
  };
  for (const char *norm : {"input_layernorm", "post_attention_layernorm", "pre_feedforward_layernorm",
                           "post_feedforward_layernorm"})
    add((std::string(norm) + ".weight").c_str(), {64});
  add("self_attn.q_proj.weight", {2 * head, 64});
  add("self_attn.o_proj.weight", {64, 2 * head});
  add("self_attn.q_norm.weight", {head});
  if (keys) {
    add("self_attn.k_proj.weight", {head, 64});
    add("self_attn.v_proj.weight", {head, 64});
    add("self_attn.k_norm.weight", {head});
  }
  add("mlp.gate_proj.weight", {80, 64});
  add("mlp.up_proj.weight", {80, 64});
  add("mlp.down_proj.weight", {64, 80});
  add("layer_scalar", {1});
}

static std::vector<TestTensor> tensorsOf(int layers, int owners, bool redundant) {
  std::vector<TestTensor> tensors = {{"model.embed_tokens.weight", "BF16", {48, 64}},
                                     {"model.norm.weight", "BF16", {64}}};
  for (int layer = 0; layer < layers; ++layer)
    addLayer(tensors, layer, layer < owners || redundant);
  return tensors;
}

std::vector<TestTensor> smallTensors() { return tensorsOf(2, 2, false); }
std::vector<TestTensor> sharedTensors(bool redundant) { return tensorsOf(4, 2, redundant); }

void set(std::vector<TestTensor> &tensors, TestTensor tensor) {
  for (TestTensor &old : tensors)
    if (old.name == tensor.name) {
      old = tensor;
      return;
    }
  tensors.push_back(tensor);
}

void drop(std::vector<TestTensor> &tensors, const std::string &name) {
  std::erase_if(tensors, [&](const TestTensor &tensor) { return tensor.name == name; });
}

TestCheckpoint::TestCheckpoint() {
  std::string name = testing::TempDir() + "/facet-checkpoint-XXXXXX";
  EXPECT_NE(::mkdtemp(name.data()), nullptr);
  path = std::filesystem::canonical(name);
}

TestCheckpoint::~TestCheckpoint() {
  std::error_code ignored;
  std::filesystem::remove_all(path, ignored);
}

void TestCheckpoint::write(const std::string &name, const std::string &bytes) const {
  std::ofstream(file(name), std::ios::binary) << bytes;
}

void TestCheckpoint::writeSafetensors(const std::string &name, const std::string &header,
                                      uint64_t data) const {
  std::string bytes(8, '\0');
  for (int i = 0; i < 8; ++i)
    bytes[i] = char(header.size() >> (8 * i));
  write(name, bytes + header);
  std::filesystem::resize_file(file(name), 8 + header.size() + data);
}

void TestCheckpoint::writeTensors(const std::string &name, const std::vector<TestTensor> &tensors) const {
  uint64_t data = 0;
  for (const TestTensor &tensor : tensors)
    data += bytesOf(tensor);
  writeSafetensors(name, headerOf(tensors), data);
}

static auto openAndBuild(mlir::MLIRContext &context, const std::string &path, std::vector<std::string> allow)
    -> llvm::Expected<mlir::OwningOpRef<mlir::ModuleOp>> {
  mlir::facet::CheckpointOptions options;
  options.allowConfig.append(allow.begin(), allow.end());
  auto checkpoint = mlir::facet::Checkpoint::open(path, options);
  if (!checkpoint)
    return checkpoint.takeError();
  return mlir::facet::buildTextModule(context, **checkpoint);
}

std::string TestCheckpoint::error(std::vector<std::string> allow) const {
  mlir::MLIRContext context(mlir::MLIRContext::Threading::DISABLED);
  auto module = openAndBuild(context, path, std::move(allow));
  return module ? "" : llvm::toString(module.takeError());
}

mlir::OwningOpRef<mlir::ModuleOp> TestCheckpoint::build(mlir::MLIRContext &context) const {
  auto module = openAndBuild(context, path, {});
  if (module)
    return std::move(*module);
  ADD_FAILURE() << llvm::toString(module.takeError());
  return {};
}

} // namespace facet::test
