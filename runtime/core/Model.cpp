// Opening: bytes, checks, weights' hashes by policy, and the variant for this CPU.
#include "runtime/core/Model.h"
#include "runtime/core/Cpu.h"
#include "runtime/core/Embedded.h"
#include "runtime/core/Options.h"

#include <cstdio>
#include <cstdlib>
#include <cstring>

using namespace facet;

facet_model::~facet_model() { FileBytes::unmapCode(code, codeSize); }

void facet_model::release() {
  if (references.fetch_sub(1) == 1)
    Allocator::destroy(allocator, this);
}

facet_kernel_fn facet_model::kernel(size_t index) const {
  const size_t variant = static_cast<size_t>(chosen);
  if (embedded)
    return reinterpret_cast<facet_kernel_fn>(embedded->kernels[variant * view.kernels.size + index]);
  return reinterpret_cast<facet_kernel_fn>(reinterpret_cast<uintptr_t>(code) +
                                           view.kernelEntry(variant, index));
}

Status facet_model::readWeights(size_t offset, void *into, size_t size) const {
  return weightBytes().read(weightStart + offset, into, size, shownName());
}

void facet_model::announceWeights(size_t offset, size_t size) const {
  weightBytes().announce(weightStart + offset, size);
}

Result<facet_model *> facet_model::open(ModelSource source, const facet_open_options &options,
                                        Purpose purpose, const Allocator &allocator) {
  auto *model = allocator.create<facet_model>(allocator);
  if (!model)
    return outOfMemory(sizeof(facet_model), "a model");
  Status prepared = model->prepare(std::move(source), options, purpose);
  if (prepared)
    return model;
  model->release();
  return prepared.error();
}

Status facet_model::prepare(ModelSource source, const facet_open_options &options, Purpose purpose) {
  file = std::move(source.file);
  weights = std::move(source.weights);
  embedded = source.embedded;
  weightStart = source.weightStart;
  FACET_TRY(allocateInto(name, allocator, std::strlen(source.path) + 1, "a path"));
  std::memcpy(name.data(), source.path, name.size());
  FACET_TRY(readTables(options.root_digest));
  if (purpose == Purpose::Run)
    FACET_TRY(chooseVariant());
  FACET_TRY(verifyWeights(options));
  static const char *const checks[] = {"not checked", "checked", "checked when they were first opened"};
  tell(options.log, FACET_LOG_INFO, "%s: %s, weights %s", shownName(),
       chosen < 0 ? "for inspection" : view.string(view.variants[static_cast<size_t>(chosen)].name),
       checks[verified]);
  return success();
}

Status facet_model::readTables(const unsigned char *root) {
  auto artifact = embedded ? readEmbeddedTables(file, {weights.data() + weightStart, embedded->weight_bytes},
                                                embedded->name, root)
                           : readArtifact(file, shownName(), root);
  if (!artifact)
    return artifact.error();
  view = *artifact;
  if (embedded)
    return checkWeightsBelong(weights, weightStart, view, shownName());
  weightStart = view.section(FACET_SECTION_WEIGHTS)->offset;
  return success();
}

Status facet_model::verifyWeights(const facet_open_options &options) {
  const unsigned char *root = view.header->root;
  if (options.verify == FACET_VERIFY_NEVER)
    return success();
  if (options.verify == FACET_VERIFY_AUTO && hasVerifyStamp(weightBytes(), root)) {
    verified = 2;
    return success();
  }
  FACET_TRY(checkWeights(weightBytes(), weightStart, view, Complaint(shownName()), defaultThreads(),
                         allocator, options));
  verified = 1;
  writeVerifyStamp(weightBytes(), root);
  return success();
}

/// "no variant for this CPU", with what each one lacks.
static Failure noVariant(const Artifact &artifact, const char *path, unsigned features) {
  char list[320], missing[64];
  size_t used = 0;
  list[0] = 0;
  for (const facet_variant &variant : artifact.variants) {
    if (used + 2 >= sizeof list)
      break;
    int length;
    if (variant.machine != hostMachine) {
      length = std::snprintf(list + used, sizeof list - used, "%s%s (for machine %u, this is %u)",
                             used ? ", " : "", artifact.string(variant.name), variant.machine, hostMachine);
    } else {
      featureNames(variant.features & ~features, missing, sizeof missing);
      length = std::snprintf(list + used, sizeof list - used, "%s%s (lacks %s)", used ? ", " : "",
                             artifact.string(variant.name), missing);
    }
    used += static_cast<size_t>(length);
  }
  return failure(
      FACET_WRONG_CPU,
      "%s: no variant for this CPU%s: found %s; compile with --target native or a list that names its level",
      path, std::getenv("FACET_CPU") ? " as FACET_CPU narrows it" : "", list);
}

Status facet_model::chooseVariant() {
  auto features = cpuFeatures();
  if (!features)
    return features.error();
  // Asked for only where code needs them: with them, every signal frame grows by 8 KiB.
  for (const facet_variant &variant : view.variants)
    if ((variant.features & *features & FACET_FEATURE_AMX) && !requestTiles())
      *features &= ~unsigned(FACET_FEATURE_AMX);
  unsigned best = 0;
  for (size_t i = 0; i < view.variants.size; ++i) {
    const facet_variant &variant = view.variants[i];
    if (variant.machine != hostMachine || (variant.features & ~*features))
      continue;
    // The bits are numbered so that a greater number is the later level.
    if (chosen < 0 || variant.features > best) {
      chosen = static_cast<int>(i);
      best = variant.features;
    }
  }
  if (chosen < 0)
    return noVariant(view, shownName(), *features);
  return embedded ? success() : mapVariant();
}

/// Makes the code of an artifact executable; that of a program is.
Status facet_model::mapVariant() {
  const facet_variant &variant = view.variants[static_cast<size_t>(chosen)];
  const size_t start = view.section(FACET_SECTION_CODE)->offset + variant.image_offset;
  auto mapped = file.mapCode(start, variant.text_size);
  if (!mapped)
    return mapped.error();
  code = *mapped;
  codeSize = variant.text_size;
  return success();
}

static facet_code openFile(const char *path, const facet_open_options *options, facet_model::Purpose purpose,
                           facet_model **out, facet_error *err) {
  if (!path || !out)
    return report(failure(FACET_BAD_ARGUMENT, "path or out is NULL"), err);
  auto given = readOptions(options);
  if (!given)
    return report(given.error(), err);
  Allocator allocator(given->allocator);
  auto file = FileBytes::open(path, given->copy != 0, allocator);
  if (!file)
    return report(file.error(), err);
  auto model = facet_model::open({file.take(), path}, *given, purpose, allocator);
  if (!model)
    return report(model.error(), err);
  *out = *model;
  return FACET_OK;
}

facet_code facet_model_open(const char *path, const facet_open_options *options, facet_model **out,
                            facet_error *err) {
  return openFile(path, options, facet_model::Purpose::Run, out, err);
}

facet_code facet_model_inspect(const char *path, const facet_open_options *options, facet_model **out,
                               facet_error *err) {
  return openFile(path, options, facet_model::Purpose::Inspect, out, err);
}

facet_code facet_model_open_memory(const void *data, size_t size, const facet_open_options *options,
                                   facet_model **out, facet_error *err) {
  if (!data || !out || reinterpret_cast<uintptr_t>(data) % 64 != 0)
    return report(failure(FACET_BAD_ARGUMENT, "data or out is NULL, or data is not aligned to 64 bytes"),
                  err);
  auto given = readOptions(options);
  if (!given)
    return report(given.error(), err);
  Allocator allocator(given->allocator);
  auto bytes = FileBytes::borrow(data, size, given->copy != 0, allocator);
  if (!bytes)
    return report(bytes.error(), err);
  auto model = facet_model::open({bytes.take()}, *given, facet_model::Purpose::Run, allocator);
  if (!model)
    return report(model.error(), err);
  *out = *model;
  return FACET_OK;
}

void facet_model_close(facet_model *model) {
  if (model)
    model->release();
}
