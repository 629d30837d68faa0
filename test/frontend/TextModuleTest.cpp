// The module that is built: its ops, and the refusals of tensors that do not fit the config.
#include "test/frontend/TestCheckpoint.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/Verifier.h"

#include <fstream>

using namespace facet::test;
using namespace mlir;
using namespace mlir::facet;

namespace {

using Counts = std::map<std::string, int>;

Counts opsOf(func::FuncOp step) {
  Counts counts;
  for (Operation &op : step.getBody().front())
    ++counts[op.getName().stripDialect().str()];
  return counts;
}

OwningOpRef<ModuleOp> buildNano(MLIRContext &context, const char *name) {
  CheckpointOptions options;
  auto checkpoint = Checkpoint::open(FACET_MODELS "/" + std::string(name), options);
  if (!checkpoint) {
    ADD_FAILURE() << llvm::toString(checkpoint.takeError());
    return {};
  }
  auto module = buildTextModule(context, **checkpoint);
  if (module)
    return std::move(*module);
  ADD_FAILURE() << llvm::toString(module.takeError());
  return {};
}

/// `facet.trace` in order, and `facet.layer` on exactly the ops between the first and last of each layer.
void checkMarks(func::FuncOp step, int64_t layers) {
  std::vector<int64_t> traces;
  int64_t layer = -1;
  for (Operation &op : step.getBody().front()) {
    if (auto trace = op.getAttrOfType<IntegerAttr>("facet.trace"))
      traces.push_back(trace.getInt());
    if (auto mark = op.getAttrOfType<IntegerAttr>("facet.layer")) {
      EXPECT_TRUE(mark.getInt() == layer || mark.getInt() == layer + 1);
      layer = mark.getInt();
    } else {
      EXPECT_TRUE(layer == -1 || layer == layers - 1);
    }
    EXPECT_TRUE(isa<NameLoc>(op.getLoc()));
  }
  EXPECT_EQ(layer, layers - 1);
  std::vector<int64_t> all(layers + 1);
  std::iota(all.begin(), all.end(), 0);
  EXPECT_EQ(traces, all);
}

// Six layers; the last is full with K = V: 5 * (q k v o gate up down) + 6 of them and the head.
TEST(TextModule, NanoDense) {
  MLIRContext context;
  auto module = buildNano(context, "gemma4-nano-dense");
  ASSERT_TRUE(module && succeeded(verify(*module)));
  auto step = module->lookupSymbol<func::FuncOp>("step");
  Counts ops = opsOf(step);
  EXPECT_EQ(ops["linear"], 5 * 7 + 6 + 1);
  EXPECT_EQ(ops["rms_norm"], 6 * 7 + 1);
  EXPECT_EQ(ops["rope"], 12);
  EXPECT_EQ(ops["rope_table"], 2);
  EXPECT_EQ(ops["kv_write"], 6);
  EXPECT_EQ(ops["attention"], 6);
  EXPECT_EQ(ops["geglu"], 6);
  EXPECT_EQ(ops["layer_scale"], 6);
  EXPECT_EQ(ops["add"], 12);
  EXPECT_EQ(ops["softcap"], 1);
  EXPECT_EQ(ops["wanted"], 1);
  EXPECT_EQ(ops["take"], 1);
  EXPECT_EQ(ops["scale"], 0);
  checkMarks(step, 6);
  // The value of a K = V layer is the raw key's norm, without a weight.
  for (auto write : step.getOps<KvWriteOp>()) {
    auto value = write.getV().getDefiningOp<RmsNormOp>();
    auto key = write.getK().getDefiningOp<RopeOp>().getX().getDefiningOp<RmsNormOp>();
    EXPECT_FALSE(value.getWeight());
    EXPECT_EQ(value.getX() == key.getX(), write.getKv().getType().getWindow() == 0);
  }
}

// Ten layers of which six own K/V; the others take theirs from layers 4 and 5, and are twice as wide.
TEST(TextModule, NanoE) {
  MLIRContext context;
  auto module = buildNano(context, "gemma4-nano-e");
  ASSERT_TRUE(module && succeeded(verify(*module)));
  auto step = module->lookupSymbol<func::FuncOp>("step");
  Counts ops = opsOf(step);
  EXPECT_EQ(ops["linear"], 6 * 7 + 4 * 5 + 10 * 2 + 2);
  EXPECT_EQ(ops["kv_write"], 6);
  EXPECT_EQ(ops["attention"], 10);
  EXPECT_EQ(ops["embed"], 2);
  EXPECT_EQ(ops["slice"], 10);
  EXPECT_EQ(ops["geglu"], 20);
  EXPECT_EQ(ops["scale"], 2);
  checkMarks(step, 10);
  std::vector<std::string> streams;
  for (auto op : step.getOps<AttentionOp>())
    streams.push_back(op.getKv().getDefiningOp<GetOp>().getSymbol().str());
  std::vector<std::string> expected;
  for (int layer : {0, 1, 2, 3, 4, 5, 5, 5, 5, 4})
    expected.push_back("layers." + std::to_string(layer) + ".kv");
  EXPECT_EQ(streams, expected);
  EXPECT_EQ(llvm::range_size(module->getOps<KvStreamOp>()), 6u);
  auto rows = [&](const char *name) {
    return cast<RankedTensorType>(module->lookupSymbol<WeightOp>(name).getType()).getDimSize(0);
  };
  EXPECT_EQ(rows("layers.5.gate"), 384);
  EXPECT_EQ(rows("layers.6.gate"), 768);
}

TEST(TextModule, NanoMoe) {
  MLIRContext context;
  auto module = buildNano(context, "gemma4-nano-moe");
  ASSERT_TRUE(module && succeeded(verify(*module)));
  auto step = module->lookupSymbol<func::FuncOp>("step");
  Counts ops = opsOf(step);
  EXPECT_EQ(ops["linear"], 5 * 7 + 6 + 6 + 1);
  EXPECT_EQ(ops["moe_route"], 6);
  EXPECT_EQ(ops["moe_experts"], 6);
  EXPECT_EQ(ops["rms_norm"], 6 * 11 + 1);
  EXPECT_EQ(ops["scale"], 6);
  EXPECT_EQ(ops["add"], 18);
  checkMarks(step, 6);
  // The router and the experts' norm read the residual stream, as the MLP's norm does.
  for (auto experts : step.getOps<MoeExpertsOp>()) {
    Value residual = experts.getX().getDefiningOp<RmsNormOp>().getX();
    EXPECT_TRUE(residual.getDefiningOp<AddOp>());
    auto route = experts.getWeights().getDefiningOp<MoeRouteOp>();
    auto scale = route.getLogits().getDefiningOp<LinearOp>().getX().getDefiningOp<ScaleOp>();
    EXPECT_EQ(scale.getX().getDefiningOp<RmsNormOp>().getX(), residual);
  }
}

TEST(TextModule, ElementTypes) {
  std::vector<TestTensor> tensors = smallTensors();
  set(tensors, {"model.layers.0.mlp.up_proj.weight", "F32", {80, 64}});
  TestCheckpoint checkpoint(smallConfig(), tensors);
  MLIRContext context;
  auto module = checkpoint.build(context);
  ASSERT_TRUE(module);
  auto element = [&](const char *name) {
    return cast<RankedTensorType>(module->lookupSymbol<WeightOp>(name).getType()).getElementType();
  };
  EXPECT_TRUE(element("layers.0.up").isF32());
  EXPECT_TRUE(element("layers.0.gate").isBF16());
  EXPECT_TRUE(element("layers.0.attn_norm").isF32());
  EXPECT_TRUE(element("layers.0.scalar").isF32());
}

TEST(TextModule, TensorsThatDoNotFit) {
  const std::string q = "model.layers.1.self_attn.q_proj.weight";
  std::vector<TestTensor> tensors = smallTensors();
  drop(tensors, q);
  EXPECT_EQ(TestCheckpoint(smallConfig(), tensors).error(),
            "model.safetensors: no tensor '" + q + "'; config.json asks for it with shape [128, 64]");
  set(tensors, {q, "BF16", {64, 64}});
  EXPECT_EQ(TestCheckpoint(smallConfig(), tensors).error(),
            "model.safetensors: tensor '" + q + "': expected shape [128, 64] by config.json, got [64, 64]");
  set(tensors, {q, "F16", {128, 64}});
  EXPECT_EQ(TestCheckpoint(smallConfig(), tensors).error(),
            "model.safetensors: tensor '" + q +
                "': expected BF16 or F32, got F16; save the checkpoint in bfloat16");
  tensors = smallTensors();
  set(tensors, {"model.layers.2.layer_scalar", "BF16", {1}});
  EXPECT_EQ(TestCheckpoint(smallConfig(), tensors).error(),
            "model.safetensors: tensor 'model.layers.2.layer_scalar' (BF16 [1]) has no place in the model "
            "that config.json "
            "describes; expected only tensors of that model");
}

// The config says that values are keys, and the checkpoint has both.
TEST(TextModule, ConfigContradictsTensors) {
  nlohmann::json config = smallConfig();
  config["attention_k_eq_v"] = true;
  EXPECT_EQ(TestCheckpoint(config, smallTensors()).error(),
            "model.safetensors: tensor 'model.layers.1.self_attn.v_proj.weight' (BF16 [64, 64]) has no place "
            "in the model "
            "that config.json describes; expected only tensors of that model");
  config = smallConfig();
  config["enable_moe_block"] = true;
  config.update({{"num_experts", 4}, {"top_k_experts", 2}, {"moe_intermediate_size", 32}});
  EXPECT_EQ(TestCheckpoint(config, smallTensors()).error(),
            "model.safetensors: no tensor 'model.layers.0.router.proj.weight'; config.json asks for it with "
            "shape [4, 64]");
}

TEST(TextModule, RedundantKeysAreDroppedButChecked) {
  MLIRContext context;
  TestCheckpoint without(sharedConfig(), sharedTensors(false)), with(sharedConfig(), sharedTensors(true));
  auto a = without.build(context), b = with.build(context);
  ASSERT_TRUE(a && b);
  EXPECT_EQ(llvm::range_size(a->getOps<WeightOp>()), llvm::range_size(b->getOps<WeightOp>()));
  EXPECT_FALSE(b->lookupSymbol("layers.2.k"));
  std::vector<TestTensor> tensors = sharedTensors(true);
  set(tensors, {"model.layers.2.self_attn.k_proj.weight", "BF16", {64, 64}});
  EXPECT_EQ(TestCheckpoint(sharedConfig(), tensors).error(),
            "model.safetensors: tensor 'model.layers.2.self_attn.k_proj.weight': expected shape [32, 64] by "
            "config.json, "
            "got [64, 64]");
}

// A tower's tensors need a tower in the config, and a multimodal config.
TEST(TextModule, Towers) {
  nlohmann::json config = {
      {"model_type", "gemma4"}, {"text_config", smallConfig()}, {"vision_config", {{"hidden_size", 8}}}};
  std::vector<TestTensor> tensors = smallTensors();
  for (TestTensor &tensor : tensors)
    tensor.name.insert(6, "language_model.");
  set(tensors, {"model.vision_tower.x", "F16", {3}});
  set(tensors, {"model.embed_vision.y", "BF16", {3}});
  EXPECT_EQ(TestCheckpoint(config, tensors).error(), "");
  set(tensors, {"model.audio_tower.z", "BF16", {3}});
  EXPECT_EQ(
      TestCheckpoint(config, tensors).error(),
      "model.safetensors: tensor 'model.audio_tower.z' (BF16 [3]) has no place in the model that config.json "
      "describes; expected only tensors of that model");
}

TEST(TextModule, SeparateHead) {
  std::vector<TestTensor> tensors = smallTensors();
  set(tensors, {"lm_head.weight", "BF16", {48, 64}});
  TestCheckpoint checkpoint(smallConfig(), tensors);
  EXPECT_EQ(checkpoint.error(), "");
  // The head comes last in the file; its last byte is one of row 47.
  std::fstream file(checkpoint.file("model.safetensors"), std::ios::in | std::ios::out | std::ios::binary);
  file.seekp(-1, std::ios::end);
  file.put(1);
  file.close();
  EXPECT_EQ(checkpoint.error(),
            "model.safetensors: tensor 'lm_head.weight': row 47 differs from that of "
            "'model.embed_tokens.weight'; a head of its own is not supported, as Gemma 4 has none");
  set(tensors, {"lm_head.weight", "F32", {48, 64}});
  EXPECT_EQ(TestCheckpoint(smallConfig(), tensors).error(),
            "model.safetensors: tensor 'lm_head.weight': expected the dtype BF16 of "
            "'model.embed_tokens.weight'; a head of "
            "its own is not supported, as Gemma 4 has none");
  set(tensors, {"lm_head.weight", "BF16", {40, 64}});
  EXPECT_EQ(
      TestCheckpoint(smallConfig(), tensors).error(),
      "model.safetensors: tensor 'lm_head.weight': expected shape [48, 64] by config.json, got [40, 64]");
}

} // namespace
