// Checks the tables that describe the model, its code, its weights and its KV: every index in range, every
// offset and size within what it points into.
#include "runtime/core/Artifact.h"
#include "runtime/limits.h"

#include <cmath>

using namespace facet;

static constexpr unsigned maxFormat = 3;
/// Of f32, bf16, q8 and q4, without scales.
static constexpr size_t halfBytesOfElement[maxFormat + 1] = {8, 4, 2, 1};

static Status checkStrings(const Artifact &artifact, const Complaint &bad) {
  const Table<char> &strings = artifact.strings;
  if (strings.size == 0 || strings.size >= FACET_MAX_COUNT || strings[0] != 0 ||
      strings[strings.size - 1] != 0)
    return bad("malformed artifact: section 'strings' must begin and end with a zero byte");
  // Names are printed: those of a stranger's artifact must not command the terminal of who inspects it.
  for (size_t i = 0; i < strings.size; ++i)
    if (const auto byte = static_cast<unsigned char>(strings[i]); byte != 0 && (byte < 0x20 || byte > 0x7e))
      return bad("malformed artifact: section 'strings' has byte %u at %zu, expected printable ASCII", byte,
                 i);
  return success();
}

static Status checkModel(const Artifact &artifact, const Complaint &bad) {
  const facet_model_info &model = *artifact.model;
  const struct {
    const char *name;
    unsigned value;
  } sizes[] = {{"vocab_size", model.vocab_size},
               {"hidden_size", model.hidden_size},
               {"layer_count", model.layer_count},
               {"max_positions", model.max_positions},
               {"max_rows", model.max_rows}};
  for (const auto &size : sizes)
    if (size.value == 0 || size.value > FACET_MAX_COUNT)
      return bad("malformed artifact: model.%s is %u, expected 1 to %u", size.name, size.value,
                 FACET_MAX_COUNT);
  if (model.layer_count > FACET_MAX_LAYERS)
    return bad("malformed artifact: model.layer_count is %u, expected %u at most", model.layer_count,
               FACET_MAX_LAYERS);
  const unsigned none = 0xffffffffu;
  for (unsigned id : {model.bos_id, model.pad_id})
    if (id >= model.vocab_size && id != none)
      return bad("malformed artifact: model: token id %u, expected below %u", id, model.vocab_size);
  if (model.stop_count > sizeof model.stop_ids / sizeof *model.stop_ids)
    return bad("malformed artifact: model.stop_count is %u, expected 13 at most", model.stop_count);
  for (unsigned i = 0; i < model.stop_count; ++i)
    if (model.stop_ids[i] >= model.vocab_size)
      return bad("malformed artifact: model.stop_ids[%u] is %u, expected below %u", i, model.stop_ids[i],
                 model.vocab_size);
  if (model.weight_format > maxFormat)
    return bad("malformed artifact: model.weight_format is %u, expected %u at most", model.weight_format,
               maxFormat);
  for (float value : {model.temperature, model.top_p, model.min_p})
    if (!std::isfinite(value) || value < 0)
      return bad("malformed artifact: model: a sampling default is %g, expected a number >= 0",
                 double(value));
  if (model.top_k > FACET_MAX_COUNT || model.name >= artifact.strings.size)
    return bad("malformed artifact: model.top_k is %u and model.name %u", model.top_k, model.name);
  return success();
}

static Status checkVariants(const Artifact &artifact, const Complaint &bad) {
  if (artifact.variants.size == 0 || artifact.variants.size > FACET_MAX_VARIANTS)
    return bad("malformed artifact: %zu variants, expected 1 to %u", artifact.variants.size,
               FACET_MAX_VARIANTS);
  for (size_t i = 0; i < artifact.variants.size; ++i) {
    const facet_variant &variant = artifact.variants[i];
    if (variant.name >= artifact.strings.size)
      return bad("malformed artifact: variant %zu: name %u is beyond the strings", i, variant.name);
    if (artifact.linked)
      continue;
    if (variant.image_offset % FACET_PAGE != 0 ||
        !within(variant.image_offset, variant.image_size, artifact.code.size) || variant.text_size == 0 ||
        variant.text_size > variant.image_size)
      return bad(
          "malformed artifact: variant %zu: image at %llu of %llu bytes with %llu of text: expected to lie "
          "within %zu bytes of code",
          i, variant.image_offset, variant.image_size, variant.text_size, artifact.code.size);
  }
  return success();
}

static Status checkKernels(const Artifact &artifact, const Complaint &bad) {
  const size_t kernels = artifact.kernels.size;
  const size_t entries = artifact.linked ? 0 : kernels * artifact.variants.size;
  if (kernels > FACET_MAX_COUNT || artifact.kernelEntries.size != entries)
    return bad("malformed artifact: %zu kernel entries, expected %zu kernels x %zu variants",
               artifact.kernelEntries.size, kernels, artifact.variants.size);
  for (size_t i = 0; i < kernels; ++i) {
    const facet_kernel_info &kernel = artifact.kernels[i];
    if (kernel.name >= artifact.strings.size || kernel.scratch_bytes > FACET_MAX_SCRATCH_BYTES)
      return bad(
          "malformed artifact: kernel %zu: name %u, scratch %llu: expected a string and at most %llu bytes",
          i, kernel.name, kernel.scratch_bytes, FACET_MAX_SCRATCH_BYTES);
    for (size_t v = 0; v < artifact.variants.size && !artifact.linked; ++v)
      if (artifact.kernelEntry(v, i) >= artifact.variants[v].text_size)
        return bad("malformed artifact: kernel %zu ('%s'): entry %llu is beyond the %llu bytes of text of "
                   "variant %zu",
                   i, artifact.string(kernel.name), artifact.kernelEntry(v, i),
                   artifact.variants[v].text_size, v);
  }
  return success();
}

static Status checkWeightTable(const Artifact &artifact, const Complaint &bad) {
  const size_t blocks = (artifact.weights.size + FACET_HASH_BLOCK - 1) / FACET_HASH_BLOCK;
  if (artifact.weightHashes.size != blocks * 32)
    return bad("malformed artifact: %zu bytes of weight hashes, expected %zu for %zu bytes of weights",
               artifact.weightHashes.size, blocks * 32, artifact.weights.size);
  for (size_t i = 0; i < artifact.weightTable.size; ++i) {
    const facet_weight_info &weight = artifact.weightTable[i];
    if (weight.name >= artifact.strings.size || weight.format > maxFormat || weight.layout > 1)
      return bad("malformed artifact: weight %zu: name %u, format %u, layout %u", i, weight.name,
                 weight.format, weight.layout);
    const char *name = artifact.string(weight.name);
    if (weight.offset % 64 != 0 || !within(weight.offset, weight.size, artifact.weights.size))
      return bad("malformed artifact: weight '%s' at offset %llu of %llu bytes: expected a multiple of 64 "
                 "within %zu",
                 name, weight.offset, weight.size, artifact.weights.size);
    const CheckedSize halfBytes =
        CheckedSize(weight.rows) * weight.columns * halfBytesOfElement[weight.format];
    if (weight.rows == 0 || weight.columns == 0 || !halfBytes.fits() || halfBytes.value() / 2 > weight.size)
      return bad("malformed artifact: weight '%s' of %llu x %llu elements does not fit its %llu bytes", name,
                 weight.rows, weight.columns, weight.size);
  }
  return success();
}

static Status checkKvKinds(const Artifact &artifact, const Complaint &bad) {
  constexpr unsigned maxKvFormat = 2; // q8
  for (size_t k = 0; k < artifact.kvKinds.size; ++k) {
    const facet_kv_kind &kind = artifact.kvKinds[k];
    if (kind.name >= artifact.strings.size || kind.window > FACET_MAX_COUNT || kind.format > maxKvFormat)
      return bad("malformed artifact: KV kind %zu: name %u, window %u, format %u, expected %u at most", k,
                 kind.name, kind.window, kind.format, maxKvFormat);
  }
  return success();
}

static Status checkKv(const Artifact &artifact, const Complaint &bad) {
  FACET_TRY(checkKvKinds(artifact, bad));
  if (artifact.kvKinds.size > FACET_MAX_KV_KINDS || artifact.streams.size > FACET_MAX_COUNT)
    return bad("malformed artifact: %zu KV kinds, expected %d at most", artifact.kvKinds.size,
               FACET_MAX_KV_KINDS);
  unsigned long long used[FACET_MAX_KV_KINDS] = {};
  unsigned counts[FACET_MAX_KV_KINDS] = {};
  for (size_t i = 0; i < artifact.streams.size; ++i) {
    const facet_kv_stream &stream = artifact.streams[i];
    if (stream.name >= artifact.strings.size || stream.kind >= artifact.kvKinds.size || stream.heads == 0 ||
        stream.heads > FACET_MAX_KV_HEADS || stream.head_dim == 0 || stream.head_dim > FACET_MAX_KV_HEAD_DIM)
      return bad("malformed artifact: KV stream %zu: name %u, kind %u, %u heads of %u", i, stream.name,
                 stream.kind, stream.heads, stream.head_dim);
    if (stream.position_offset != used[stream.kind])
      return bad("malformed artifact: KV stream '%s' at %llu bytes of a position, expected %llu",
                 artifact.string(stream.name), stream.position_offset, used[stream.kind]);
    used[stream.kind] += artifact.streamBytes(stream);
    ++counts[stream.kind];
    if (used[stream.kind] > FACET_MAX_KV_POSITION_BYTES)
      return bad("malformed artifact: KV stream '%s' makes a position larger than %llu bytes",
                 artifact.string(stream.name), FACET_MAX_KV_POSITION_BYTES);
  }
  for (size_t k = 0; k < artifact.kvKinds.size; ++k) {
    const facet_kv_kind &kind = artifact.kvKinds[k];
    if (kind.stream_count != counts[k] || kind.bytes_per_position != used[k] || counts[k] == 0)
      return bad(
          "malformed artifact: KV kind '%s': %u streams and %llu bytes per position, its streams have %u and "
          "%llu",
          artifact.string(kind.name), kind.stream_count, kind.bytes_per_position, counts[k], used[k]);
  }
  return success();
}

Status facet::checkTables(const Artifact &artifact, const Complaint &bad) {
  FACET_TRY(checkStrings(artifact, bad));
  FACET_TRY(checkModel(artifact, bad));
  FACET_TRY(checkVariants(artifact, bad));
  FACET_TRY(checkKernels(artifact, bad));
  FACET_TRY(checkWeightTable(artifact, bad));
  return checkKv(artifact, bad);
}
