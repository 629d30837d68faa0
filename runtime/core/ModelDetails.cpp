// The C API's view of an artifact's tables, for inspection and for the text layer.
#include "runtime/core/Model.h"

using namespace facet;

static int32_t signedId(unsigned id) { return static_cast<int32_t>(id); } // 0xffffffff, none, becomes -1
template <typename T> static int32_t count(const Table<T> &table) { return static_cast<int32_t>(table.size); }
template <typename T> static bool has(const Table<T> &table, int32_t index) {
  return index >= 0 && static_cast<size_t>(index) < table.size;
}
static const char *formatName(unsigned format) {
  static const char *const names[] = {"f32", "bf16", "q8", "q4"};
  return names[format];
}

void facet_model_describe(const facet_model *model, facet_model_details *out) {
  const Artifact &artifact = model->artifact();
  const facet_model_info &info = *artifact.model;
  *out = {};
  out->architecture = artifact.string(info.name);
  out->vocab_size = static_cast<int32_t>(info.vocab_size);
  out->hidden_size = static_cast<int32_t>(info.hidden_size);
  out->layer_count = static_cast<int32_t>(info.layer_count);
  out->max_positions = static_cast<int32_t>(info.max_positions);
  out->max_rows = static_cast<int32_t>(info.max_rows);
  out->bos_id = signedId(info.bos_id);
  out->pad_id = signedId(info.pad_id);
  out->stop_count = static_cast<int32_t>(info.stop_count);
  out->stop_ids = reinterpret_cast<const int32_t *>(info.stop_ids);
  out->weight_format = formatName(info.weight_format);
  out->do_sample = info.do_sample != 0;
  out->top_k = static_cast<int32_t>(info.top_k);
  out->temperature = info.temperature;
  out->top_p = info.top_p;
  out->min_p = info.min_p;
  out->path = model->path();
  out->abi = artifact.header->abi;
  out->file_bytes = artifact.header->file_size;
  out->weight_bytes = artifact.weights.size;
  out->root_digest = artifact.header->root;
  out->variant = model->variant();
  out->variant_count = count(artifact.variants);
  out->section_count = static_cast<int32_t>(artifact.header->section_count);
  out->kernel_count = count(artifact.kernels);
  out->entry_count = count(artifact.entries);
  out->dispatch_count = count(artifact.dispatches);
  out->weight_count = count(artifact.weightTable);
  out->kv_count = count(artifact.kvKinds);
  out->stream_count = count(artifact.streams);
  out->weights_verified = model->weightsVerified();
}

int facet_model_variant(const facet_model *model, int32_t index, facet_variant_details *out) {
  const Artifact &artifact = model->artifact();
  if (!has(artifact.variants, index))
    return 0;
  const facet_variant &variant = artifact.variants[static_cast<size_t>(index)];
  *out = {artifact.string(variant.name),
          static_cast<int32_t>(variant.machine),
          variant.features,
          variant.image_size,
          variant.text_size,
          artifact.linked ? nullptr : artifact.code.data + variant.image_offset};
  return 1;
}

int facet_model_section(const facet_model *model, int32_t index, facet_section_details *out) {
  const Artifact &artifact = model->artifact();
  if (index < 0 || static_cast<unsigned>(index) >= artifact.header->section_count)
    return 0;
  const facet_section &section = artifact.header->sections[index];
  *out = {sectionName(section.kind),       section.kind,  section.offset, section.size,
          artifact.bytes + section.offset, section.sha256};
  return 1;
}

const void *facet_model_section_data(const facet_model *model, uint32_t kind, size_t *size) {
  const facet_section *section = model->artifact().section(kind);
  *size = section ? section->size : 0;
  return section ? model->artifact().bytes + section->offset : nullptr;
}

int facet_model_kernel(const facet_model *model, int32_t index, facet_kernel_details *out) {
  const Artifact &artifact = model->artifact();
  if (!has(artifact.kernels, index))
    return 0;
  const facet_kernel_info &kernel = artifact.kernels[static_cast<size_t>(index)];
  *out = {artifact.string(kernel.name), static_cast<int32_t>(kernel.operand_count), kernel.scratch_bytes};
  return 1;
}

int facet_model_kernel_offset(const facet_model *model, int32_t variant, int32_t index, uint64_t *offset) {
  const Artifact &artifact = model->artifact();
  if (artifact.linked || !has(artifact.kernels, index) || !has(artifact.variants, variant))
    return 0;
  *offset = artifact.kernelEntry(static_cast<size_t>(variant), static_cast<size_t>(index));
  return 1;
}

int facet_model_entry(const facet_model *model, int32_t index, facet_entry_details *out) {
  const Artifact &artifact = model->artifact();
  if (!has(artifact.entries, index))
    return 0;
  const facet_ladder_entry &entry = artifact.entries[static_cast<size_t>(index)];
  *out = {static_cast<int32_t>(entry.rows), static_cast<int32_t>(entry.first_dispatch),
          static_cast<int32_t>(entry.dispatch_count), entry.arena_bytes};
  return 1;
}

int facet_model_dispatch(const facet_model *model, int32_t index, facet_dispatch_details *out) {
  const Artifact &artifact = model->artifact();
  if (!has(artifact.dispatches, index))
    return 0;
  const facet_dispatch &d = artifact.dispatches[static_cast<size_t>(index)];
  *out = {};
  out->name = artifact.string(d.name);
  out->kernel_name = artifact.string(artifact.kernels[d.kernel].name);
  out->kernel = static_cast<int32_t>(d.kernel);
  for (const facet_ladder_entry &entry : artifact.entries)
    if (entry.first_dispatch <= static_cast<unsigned>(index))
      out->entry = static_cast<int32_t>(&entry - artifact.entries.data);
  out->layer = signedId(d.layer);
  out->row_set = static_cast<int32_t>(d.row_set);
  out->unit = static_cast<int32_t>(d.unit);
  out->units = static_cast<int32_t>(d.units);
  out->operand_count = static_cast<int32_t>(d.operand_count);
  out->wait_count = static_cast<int32_t>(d.wait_count);
  out->waits = artifact.waits.data + d.first_wait;
  out->trace = static_cast<int32_t>(d.trace);
  return 1;
}

int facet_model_operand(const facet_model *model, int32_t dispatch, int32_t index,
                        facet_operand_details *out) {
  const Artifact &artifact = model->artifact();
  if (!has(artifact.dispatches, dispatch))
    return 0;
  const facet_dispatch &d = artifact.dispatches[static_cast<size_t>(dispatch)];
  if (index < 0 || static_cast<unsigned>(index) >= d.operand_count)
    return 0;
  static const char *const kinds[] = {"weight", "arena", "rows", "kv", "output", "gathered"};
  const facet_operand &operand = artifact.operands[d.first_operand + static_cast<unsigned>(index)];
  const char *name = "";
  if (operand.kind == FACET_OPERAND_WEIGHT || operand.kind == FACET_OPERAND_GATHERED)
    name = artifact.string(artifact.weightTable[operand.index].name);
  else if (operand.kind == FACET_OPERAND_KV)
    name = artifact.string(artifact.streams[operand.index].name);
  else if (operand.kind == FACET_OPERAND_OUTPUT)
    name = operand.index == FACET_OUTPUT_LOGITS ? "logits" : "hidden";
  *out = {kinds[operand.kind],
          name,
          static_cast<int32_t>(operand.index),
          static_cast<int32_t>(operand.access),
          static_cast<int32_t>(operand.reads),
          operand.offset,
          operand.size};
  return 1;
}

int facet_model_weight(const facet_model *model, int32_t index, facet_weight_details *out) {
  const Artifact &artifact = model->artifact();
  if (!has(artifact.weightTable, index))
    return 0;
  const facet_weight_info &weight = artifact.weightTable[static_cast<size_t>(index)];
  *out = {artifact.string(weight.name),
          formatName(weight.format),
          weight.layout == 0 ? "rows" : "panels",
          weight.offset,
          weight.size,
          weight.rows,
          weight.columns,
          artifact.weights.data + weight.offset};
  return 1;
}

int facet_model_kv(const facet_model *model, int32_t index, facet_kv_details *out) {
  const Artifact &artifact = model->artifact();
  if (!has(artifact.kvKinds, index))
    return 0;
  const facet_kv_kind &kind = artifact.kvKinds[static_cast<size_t>(index)];
  *out = {artifact.string(kind.name), static_cast<int32_t>(kind.window),
          static_cast<int32_t>(kind.stream_count), formatName(kind.format), kind.bytes_per_position};
  return 1;
}

int facet_model_stream(const facet_model *model, int32_t index, facet_stream_details *out) {
  const Artifact &artifact = model->artifact();
  if (!has(artifact.streams, index))
    return 0;
  const facet_kv_stream &stream = artifact.streams[static_cast<size_t>(index)];
  *out = {artifact.string(stream.name), static_cast<int32_t>(stream.kind), static_cast<int32_t>(stream.heads),
          static_cast<int32_t>(stream.head_dim), artifact.streamBytes(stream)};
  return 1;
}
