// Opening a model that is part of the program.
#include "runtime/core/Embedded.h"
#include "runtime/core/Options.h"

#include <cstring>

using namespace facet;

/// Header, zeros behind it, and size; the digest is compared when the tables have been checked.
static Status checkWeightsFile(const FileBytes &file, const facet_embedded_model &model, const char *path) {
  Complaint bad(path);
  auto *header = reinterpret_cast<const facet_weights_header *>(file.data());
  if (file.size() < FACET_PAGE || std::memcmp(header->magic, FACET_WEIGHTS_MAGIC, 8) != 0)
    return bad("not the weights of a model: expected %s.weights, which begins with " FACET_WEIGHTS_MAGIC,
               model.name);
  if (header->abi != FACET_ABI_VERSION)
    return failure(FACET_WRONG_ABI,
                   "%s: weights of ABI %u, this runtime reads ABI %d: compile the model again with the facet "
                   "of this runtime",
                   path, header->abi, FACET_ABI_VERSION);
  if (header->weight_bytes != model.weight_bytes || file.size() - FACET_PAGE != model.weight_bytes)
    return bad("expected %llu bytes of weights for %s, found %zu; use the file that was written with the "
               "library",
               model.weight_bytes, model.name, file.size() - FACET_PAGE);
  if (header->reserved != 0 || !allZero(file.data() + sizeof *header, FACET_PAGE - sizeof *header))
    return bad("damaged weights: expected zeros in the header's page; use the file that was written with the "
               "library");
  return success();
}

Status facet::checkWeightsBelong(const FileBytes &weights, size_t start, const Artifact &tables,
                                 const char *path) {
  if (start == 0)
    return success();
  auto *header = reinterpret_cast<const facet_weights_header *>(weights.data());
  if (std::memcmp(header->digest, tables.section(FACET_SECTION_WEIGHT_HASHES)->sha256, 32) == 0)
    return success();
  return failure(FACET_WRONG_DIGEST,
                 "%s: weights of another model: their digest is not the one that the program holds; use the "
                 "file that was written with the library",
                 path);
}

static Status takeWeights(const facet_embedded_model &model, const char *path, bool copy,
                          const Allocator &allocator, ModelSource &source) {
  if (model.weights && path)
    return failure(FACET_BAD_ARGUMENT, "%s holds its weights: expected no file of weights, found '%s'",
                   model.name, path);
  if (!model.weights && !path)
    return failure(FACET_BAD_ARGUMENT, "%s has its weights in a file: expected the path of %s.weights",
                   model.name, model.name);
  auto bytes = model.weights ? FileBytes::borrow(model.weights, model.weight_bytes, copy, allocator)
                             : FileBytes::open(path, copy, allocator);
  if (!bytes)
    return bytes.error();
  source.weights = bytes.take();
  source.path = path ? path : "";
  source.weightStart = path ? FACET_PAGE : 0;
  return path ? checkWeightsFile(source.weights, model, path) : success();
}

static Result<facet_model *> openEmbedded(const facet_embedded_model &model, const char *path,
                                          const facet_open_options &options) {
  if (model.abi != FACET_ABI_VERSION)
    return failure(
        FACET_WRONG_ABI,
        "model of ABI %llu in the program, this runtime reads ABI %d: compile the model again with "
        "the facet of this runtime",
        model.abi, FACET_ABI_VERSION);
  Allocator allocator(options.allocator);
  ModelSource source;
  source.embedded = &model;
  FACET_TRY(takeWeights(model, path, options.copy != 0, allocator, source));
  auto tables = FileBytes::borrow(model.tables, model.table_bytes, false, allocator);
  if (!tables)
    return tables.error();
  source.file = tables.take();
  return facet_model::open(std::move(source), options, facet_model::Purpose::Run, allocator);
}

facet_code facet_model_open_embedded(const facet_embedded_model *embedded, const char *weights,
                                     const facet_open_options *options, facet_model **out, facet_error *err) {
  if (!embedded || !out)
    return report(failure(FACET_BAD_ARGUMENT, "embedded or out is NULL"), err);
  auto given = readOptions(options);
  if (!given)
    return report(given.error(), err);
  auto model = openEmbedded(*embedded, weights, *given);
  if (!model)
    return report(model.error(), err);
  *out = *model;
  return FACET_OK;
}
