// Sections 2.2 to 2.9 of the specification, in their order and unfused: reading this is reading the model.
#include "frontend/models/Gemma4TextGraph.h"
#include "frontend/models/Gemma4TextWeights.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"

#include <cmath>

using namespace mlir;
using namespace mlir::facet;
using llvm::StringRef;

namespace {

class TextStep {
public:
  TextStep(OpBuilder &builder, const TextConfig &config) : b(builder), config(config) {}

  void declareStreams();
  void build();

private:
  // Parts of the model; `p` is the layer at hand.
  void perLayerInputs(Value embedded);
  Value decoderLayer(Value x);
  Value attention(Value x);
  void writeKv(Value x);
  Value mlp(Value x);
  Value experts(Value residual);
  Value perLayerInput(Value x);
  void head(Value x);

  // Ops. `part` names them within the layer: "layers.3.attn.q".
  template <typename Op, typename... Args> Op make(StringRef part, Args &&...args) {
    Op op = Op::create(b, at(part), std::forward<Args>(args)...);
    if (layer >= 0)
      op->setAttr("facet.layer", b.getI64IntegerAttr(layer));
    return op;
  }
  Location at(StringRef part) {
    return NameLoc::get(b.getStringAttr(layer < 0 ? part.str() : layerSymbol(layer, part)));
  }
  /// The weight `symbol` of the layer at hand, or of the model outside of layers.
  Value weight(StringRef symbol);
  Value stream(int64_t owner);
  Value norm(StringRef part, Value x, Value weight, int64_t groups = 1);
  Value linear(StringRef part, Value x, StringRef symbol) { return make<LinearOp>(part, x, weight(symbol)); }
  Value scale(StringRef part, Value x, double factor) {
    return make<ScaleOp>(part, x, b.getF32FloatAttr(float(factor)));
  }
  /// Marks the op that yields the residual stream after `layers` layers.
  void trace(Value x, int64_t layers) {
    x.getDefiningOp()->setAttr("facet.trace", b.getI64IntegerAttr(layers));
  }

  const TextLayer &current() const { return config.layers[layer]; }
  int64_t layerCount() const { return int64_t(config.layers.size()); }
  KvType streamType(int64_t owner);

  OpBuilder &b;
  const TextConfig &config;
  int64_t layer = -1; // at hand; -1 outside of layers
  Value rows, perLayer;
  Value slidingTable, fullTable; // cos and sin of each row, by kind of layer
};

} // namespace

Value TextStep::weight(StringRef symbol) {
  std::string name = layer < 0 ? symbol.str() : layerSymbol(layer, symbol);
  auto module = cast<ModuleOp>(b.getBlock()->getParentOp()->getParentOp());
  auto declared = module.lookupSymbol<WeightOp>(name);
  return make<GetOp>(symbol, declared.getType(), name);
}

KvType TextStep::streamType(int64_t owner) {
  const TextLayer &kv = config.layers[owner];
  return KvType::get(b.getContext(), kv.full ? 0 : config.window, kv.kvHeads, kv.headDim, b.getF32Type());
}

Value TextStep::stream(int64_t owner) {
  return make<GetOp>("kv", streamType(owner), layerSymbol(owner, "kv"));
}

Value TextStep::norm(StringRef part, Value x, Value weight, int64_t groups) {
  return make<RmsNormOp>(part, x, weight, b.getF32FloatAttr(float(config.eps)), b.getI64IntegerAttr(groups));
}

void TextStep::declareStreams() {
  for (int64_t i = 0; i < layerCount(); ++i)
    if (config.ownsKv(i)) {
      std::string name = layerSymbol(i, "kv");
      KvStreamOp::create(b, NameLoc::get(b.getStringAttr(name)), name, streamType(i));
    }
}

/// 2.8: what the token and its embedding say to each layer, [rows, layers * width].
void TextStep::perLayerInputs(Value embedded) {
  int64_t width = config.pleWidth * layerCount();
  Value token = make<EmbedOp>("ple.token", rowsType(b.getContext(), width), rows, weight("ple.table"),
                              b.getF32FloatAttr(float(std::sqrt(double(config.pleWidth)))));
  Value context = linear("ple.context", embedded, "ple.projection");
  context = scale("ple.context_scaled", context, std::pow(double(config.hidden), -0.5));
  context = norm("ple.context_normed", context, weight("ple.norm"), layerCount());
  Value sum = make<AddOp>("ple.sum", context, token);
  perLayer = scale("ple.inputs", sum, std::pow(2.0, -0.5));
}

/// Keys and values of the layer at hand, finished, into its stream.
void TextStep::writeKv(Value x) {
  int64_t heads = current().kvHeads;
  Value raw = linear("attn.k", x, "k");
  Value value = current().valueFromKey ? raw : linear("attn.v", x, "v");
  Value key = norm("attn.k_norm", raw, weight("k_norm"), heads);
  key = make<RopeOp>("attn.k_rope", key, current().full ? fullTable : slidingTable);
  value = norm("attn.v_norm", value, Value(), heads);
  make<KvWriteOp>("attn.kv_write", key, value, rows, stream(layer));
}

/// 2.4; the scale is 1. A layer without K/V of its own reads the finished K/V of its source.
Value TextStep::attention(Value x) {
  Value q = linear("attn.q", x, "q");
  q = norm("attn.q_norm", q, weight("q_norm"), config.heads);
  q = make<RopeOp>("attn.q_rope", q, current().full ? fullTable : slidingTable);
  if (config.ownsKv(layer))
    writeKv(x);
  Value mixed = make<AttentionOp>("attn.mix", q, rows, stream(current().source));
  return linear("attn.o", mixed, "o");
}

Value TextStep::mlp(Value x) {
  Value gate = linear("mlp.gate", x, "gate"), up = linear("mlp.up", x, "up");
  return linear("mlp.down", make<GegluOp>("mlp.act", gate, up), "down");
}

/// 2.9: the router sees the residual itself, the experts a norm of it.
Value TextStep::experts(Value residual) {
  const MoeConfig &moe = config.moe;
  Value routed = norm("router.norm", residual, weight("router_scale"));
  routed = scale("router.scaled", routed, std::pow(double(config.hidden), -0.5));
  Value logits = linear("router.logits", routed, "router");
  auto chosen = RankedTensorType::get({ShapedType::kDynamic, moe.choices}, b.getI32Type());
  auto route = make<MoeRouteOp>("router.route", rowsType(b.getContext(), moe.choices), chosen, logits,
                                weight("expert_scale"));
  Value x = norm("experts.norm", residual, weight("ffn_norm_2"));
  return make<MoeExpertsOp>("experts.mix", residual.getType(), x, route.getWeights(), route.getExperts(),
                            weight("experts.gate_up"), weight("experts.down"));
}

/// 2.3, step 12: gelu(gate x) * input is a geglu whose up is the layer's slice of the per-layer inputs.
Value TextStep::perLayerInput(Value x) {
  Value input = make<SliceOp>("ple.input", rowsType(b.getContext(), config.pleWidth), perLayer,
                              b.getI64IntegerAttr(layer * config.pleWidth));
  Value gate = linear("ple.gate", x, "ple_gate");
  Value y = linear("ple.proj", make<GegluOp>("ple.act", gate, input), "ple_proj");
  y = norm("ple.norm", y, weight("ple_norm"));
  return make<AddOp>("ple.residual", x, y);
}

/// 2.3.
Value TextStep::decoderLayer(Value x) {
  Value a = attention(norm("attn_norm", x, weight("attn_norm")));
  a = norm("post_attn_norm", a, weight("post_attn_norm"));
  x = make<AddOp>("attn.residual", x, a);
  Value f = mlp(norm("ffn_norm", x, weight("ffn_norm")));
  if (config.moe.experts) {
    f = norm("post_ffn_norm_1", f, weight("post_ffn_norm_1"));
    Value e = norm("post_ffn_norm_2", experts(x), weight("post_ffn_norm_2"));
    f = make<AddOp>("mlp.sum", f, e);
  }
  f = norm("post_ffn_norm", f, weight("post_ffn_norm"));
  x = make<AddOp>("mlp.residual", x, f);
  if (config.pleWidth)
    x = perLayerInput(x);
  return make<LayerScaleOp>("scaled", x, weight("scalar"));
}

/// The head is the embedding again. Only rows that someone wants get this far.
void TextStep::head(Value x) {
  Value wanted = make<WantedOp>("wanted", rows);
  x = make<TakeOp>("taken", x, wanted);
  Value hidden = norm("norm", x, weight("norm"));
  trace(hidden, layerCount());
  Value logits = linear("logits", hidden, "embed");
  if (config.softcap)
    logits = make<SoftcapOp>("logits_capped", logits, b.getF32FloatAttr(float(*config.softcap)));
  make<func::ReturnOp>("return", ValueRange{logits, hidden});
}

void TextStep::build() {
  Type rowsArgument = RowsType::get(b.getContext());
  auto type = b.getFunctionType(
      {rowsArgument}, {rowsType(b.getContext(), config.vocab), rowsType(b.getContext(), config.hidden)});
  auto step = func::FuncOp::create(b, at("step"), "step", type);
  OpBuilder::InsertionGuard guard(b);
  Block *body = step.addEntryBlock();
  b.setInsertionPointToStart(body);
  rows = body->getArgument(0);

  Value x = make<EmbedOp>("embed", rowsType(b.getContext(), config.hidden), rows, weight("embed"),
                          b.getF32FloatAttr(float(std::sqrt(double(config.hidden)))));
  trace(x, 0);
  if (config.sliding.headDim)
    slidingTable = make<RopeTableOp>("rope.sliding", rowsType(b.getContext(), config.sliding.headDim), rows,
                                     weight("rope.sliding"));
  if (config.full.headDim)
    fullTable = make<RopeTableOp>("rope.full", rowsType(b.getContext(), config.full.headDim), rows,
                                  weight("rope.full"));
  if (config.pleWidth)
    perLayerInputs(x);
  for (layer = 0; layer < layerCount(); ++layer) {
    x = decoderLayer(x);
    if (layer + 1 < layerCount())
      trace(x, layer + 1);
  }
  layer = -1;
  head(x);
}

void mlir::facet::buildTextStep(OpBuilder &builder, const TextConfig &config) {
  TextStep step(builder, config);
  step.declareStreams();
  step.build();
}
