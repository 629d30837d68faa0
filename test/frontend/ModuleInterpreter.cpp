// One case an op; sizes come from the types.
#include "test/frontend/ModuleInterpreter.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "llvm/ADT/TypeSwitch.h"
#include "llvm/ADT/bit.h"

#include <fstream>

using namespace mlir;
using namespace mlir::facet;
namespace reference = ::facet::reference;
using reference::Vector;

namespace facet::test {

/// Elements of a source as f32.
static Vector readSource(SourceAttr source, const Checkpoint &checkpoint) {
  size_t count = 1, size = source.getElement().isF32() ? 4 : 2;
  for (int64_t n : source.getShape())
    count *= size_t(n);
  std::ifstream file(checkpoint.filePaths()[size_t(source.getFile())], std::ios::binary);
  file.seekg(source.getOffset());
  Vector result(count);
  for (float &value : result) {
    uint32_t bits = 0;
    file.read(reinterpret_cast<char *>(&bits), std::streamsize(size));
    value = llvm::bit_cast<float>(size == 4 ? bits : bits << 16);
  }
  return result;
}

const Vector &ModuleInterpreter::weight(llvm::StringRef symbol) {
  auto [entry, isNew] = weights.try_emplace(symbol.str());
  if (!isNew)
    return entry->second;
  Attribute recipe = module.lookupSymbol<WeightOp>(symbol).getRecipe();
  if (auto source = dyn_cast<SourceAttr>(recipe)) {
    entry->second = readSource(source, checkpoint);
  } else {
    auto rope = cast<InverseFrequenciesAttr>(recipe);
    entry->second = reference::inverse_frequencies(float(rope.getTheta().getValueAsDouble()),
                                                   float(rope.getFactor().getValueAsDouble()),
                                                   size_t(rope.getHeadDim()), size_t(rope.getRotated()));
  }
  return entry->second;
}

reference::History &ModuleInterpreter::history(Value value) {
  auto type = cast<KvType>(value.getType());
  auto [entry, isNew] = histories.try_emplace(value.getDefiningOp<GetOp>().getSymbol().str());
  if (isNew)
    entry->second = {size_t(type.getWindow()), size_t(type.getHeads()), size_t(type.getHeadDim()), {}, {}};
  return entry->second;
}

static size_t width(Value value) { return size_t(widthOf(value)); }

Vector ModuleInterpreter::evaluateRowWise(Operation &op) {
  return llvm::TypeSwitch<Operation *, Vector>(&op)
      .Case([&](AddOp o) { return reference::add(floats(o.getA()), floats(o.getB())); })
      .Case([&](GegluOp o) { return reference::geglu(floats(o.getGate()), floats(o.getUp())); })
      .Case([&](ScaleOp o) { return reference::scale(floats(o.getX()), o.getFactor().convertToFloat()); })
      .Case([&](SoftcapOp o) { return reference::softcap(floats(o.getX()), o.getCap().convertToFloat()); })
      .Case([&](LayerScaleOp o) { return reference::layer_scale(floats(o.getX()), floats(o.getScalar())); })
      .Case([&](SliceOp o) {
        return reference::slice(floats(o.getX()), width(o.getX()), size_t(o.getOffset()), width(o.getY()));
      })
      .Case([&](RmsNormOp o) {
        return reference::rms_norm(floats(o.getX()), width(o.getX()),
                                   o.getWeight() ? floats(o.getWeight()) : Vector(),
                                   o.getEps().convertToFloat(), size_t(o.getGroups()));
      })
      .Case([&](RopeOp o) {
        return reference::rope(floats(o.getX()), width(o.getX()), floats(o.getTable()), width(o.getTable()));
      })
      .Case([&](LinearOp o) {
        return reference::linear(floats(o.getX()), width(o.getX()), floats(o.getWeight()));
      });
}

Vector ModuleInterpreter::evaluate(Operation &op, const std::vector<bool> &wants) {
  return llvm::TypeSwitch<Operation *, Vector>(&op)
      .Case([&](GetOp o) { return isa<KvType>(o.getType()) ? Vector() : weight(o.getSymbol()); })
      .Case([&](EmbedOp o) {
        return reference::embed(rowsOf(o.getRows()), floats(o.getTable()), width(o.getY()),
                                o.getScale().convertToFloat());
      })
      .Case([&](RopeTableOp o) {
        return reference::rope_table(rowsOf(o.getRows()), floats(o.getFrequencies()));
      })
      .Case([&](WantedOp o) {
        rows[o.getResult().getAsOpaquePointer()] = reference::wanted(rowsOf(o.getRows()), wants);
        return Vector();
      })
      .Case([&](TakeOp o) { return reference::take(floats(o.getX()), width(o.getX()), rowsOf(o.getRows())); })
      .Case([&](KvWriteOp o) {
        reference::kv_write(floats(o.getK()), floats(o.getV()), rowsOf(o.getRows()), history(o.getKv()));
        return Vector();
      })
      .Case([&](AttentionOp o) {
        return reference::attention(floats(o.getQ()), width(o.getQ()), rowsOf(o.getRows()),
                                    history(o.getKv()));
      })
      .Case([&](MoeRouteOp o) {
        routes[o.getWeights().getAsOpaquePointer()] =
            reference::moe_route(floats(o.getLogits()), floats(o.getScale()), width(o.getWeights()));
        return Vector();
      })
      .Case([&](MoeExpertsOp o) {
        return reference::moe_experts(floats(o.getX()), width(o.getX()),
                                      routes.at(o.getWeights().getAsOpaquePointer()), floats(o.getGateUp()),
                                      floats(o.getDown()),
                                      size_t(cast<RankedTensorType>(o.getDown().getType()).getDimSize(0)));
      })
      .Default([&](Operation *other) { return evaluateRowWise(*other); });
}

StepResult ModuleInterpreter::run(const std::vector<int32_t> &ids, const std::vector<bool> &wants) {
  values.clear();
  rows.clear();
  histories.clear();
  auto step = module.lookupSymbol<func::FuncOp>("step");
  reference::Rows all;
  all.token = ids;
  for (int32_t i = 0; i < int32_t(ids.size()); ++i) {
    all.position.push_back(i);
    all.last_visible.push_back(i);
    all.parent.push_back(i);
  }
  rows[step.getArgument(0).getAsOpaquePointer()] = all;
  StepResult result;
  for (Operation &op : step.getBody().front()) {
    if (auto last = dyn_cast<func::ReturnOp>(op)) {
      result.logits = floats(last.getOperand(0));
      result.hidden = floats(last.getOperand(1));
      break;
    }
    Vector value = evaluate(op, wants);
    if (auto trace = op.getAttrOfType<IntegerAttr>("facet.trace"))
      result.trace[trace.getInt()] = value;
    if (op.getNumResults())
      values[op.getResult(0).getAsOpaquePointer()] = std::move(value);
  }
  return result;
}

} // namespace facet::test
