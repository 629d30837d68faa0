// A header is hostile until every tensor's range has been compared with its shape, its neighbours and the
// file.
#include "frontend/formats/Safetensors.h"
#include "frontend/Json.h"
#include "runtime/CheckedSize.h"
#include "runtime/limits.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringSwitch.h"
#include "llvm/Support/Endian.h"

#include <map>

using namespace mlir::facet;
using llvm::StringRef;
using llvm::Twine;

/// A tensor's entry has three values and a key for each, its name, and its dimensions.
static constexpr JsonLimits headerLimits = {FACET_MAX_SAFETENSORS_LEVELS, FACET_MAX_JSON_VALUES};
static constexpr StringRef singleFile = "model.safetensors", indexFile = "model.safetensors.index.json";

std::string mlir::facet::describeShape(llvm::ArrayRef<int64_t> shape) {
  std::string text = "[";
  for (auto [i, size] : llvm::enumerate(shape))
    text += (i ? ", " : "") + std::to_string(size);
  return text + "]";
}

std::string Tensor::describe() const { return dtype + " " + describeShape(shape); }

/// 0 if unknown.
static uint64_t bitsOf(StringRef dtype) {
  return llvm::StringSwitch<uint64_t>(dtype)
      .Cases({"F64", "I64", "U64", "C64"}, 64)
      .Cases({"F32", "I32", "U32"}, 32)
      .Cases({"F16", "BF16", "I16", "U16"}, 16)
      .Cases({"BOOL", "U8", "I8", "F8_E5M2", "F8_E4M3", "F8_E8M0"}, 8)
      .Cases({"F6_E2M3", "F6_E3M2"}, 6)
      .Case("F4", 4)
      .Default(0);
}

static bool isKeyOfTensor(StringRef key) { return key == "dtype" || key == "shape" || key == "data_offsets"; }

/// Dimensions that fit into 63 bits, as does their product.
static llvm::Error readShape(const Json *value, const std::string &what, Tensor &tensor, uint64_t &elements) {
  if (!value || !value->is_array() || value->size() > FACET_MAX_TENSOR_DIMENSIONS)
    return refuse(what + ": expected a shape of at most 8 dimensions, got " +
                  (value ? showJson(*value) : "none"));
  facet::CheckedSize product = 1;
  for (const Json &size : *value) {
    if (!size.is_number_unsigned() || size.get<uint64_t>() > uint64_t(INT64_MAX))
      return refuse(what + ": expected a shape of whole numbers, got " + showJson(*value));
    tensor.shape.push_back(size.get<int64_t>());
    product = product * size.get<uint64_t>();
  }
  if (!product.fits(FACET_MAX_TENSOR_ELEMENTS))
    return refuse(what + ": shape " + describeShape(tensor.shape) + " has too many elements");
  elements = product.value();
  return llvm::Error::success();
}

/// One entry of the header; `data` is where tensor bytes begin and `size` how many there are.
static llvm::Error readEntry(const Json &entry, const std::string &what, uint64_t data, uint64_t size,
                             Tensor &tensor) {
  if (!entry.is_object())
    return refuse(what + ": expected an object, got " + showJson(entry));
  for (const auto &[key, value] : entry.items())
    if (!isKeyOfTensor(key))
      return refuse(what + ": unknown key '" + key + "'");
  auto field = [&](const char *key) { return entry.contains(key) ? &entry[key] : nullptr; };
  const Json *dtype = field("dtype"), *offsets = field("data_offsets");
  uint64_t bits = dtype && dtype->is_string() ? bitsOf(dtype->get_ref<const std::string &>()) : 0;
  if (!bits)
    return refuse(what + ": unknown dtype " + (dtype ? showJson(*dtype) : "(none)"));
  tensor.dtype = dtype->get<std::string>();
  uint64_t elements = 0;
  if (llvm::Error error = readShape(field("shape"), what, tensor, elements))
    return error;
  auto isOffset = [](const Json &value) { return value.is_number_unsigned(); };
  if (!offsets || !offsets->is_array() || offsets->size() != 2 || !llvm::all_of(*offsets, isOffset))
    return refuse(what + ": expected data_offsets [begin, end], got " +
                  (offsets ? showJson(*offsets) : "none"));
  uint64_t begin = (*offsets)[0].get<uint64_t>(), end = (*offsets)[1].get<uint64_t>();
  if (begin > end || end > size)
    return refuse(what + ": expected data_offsets within the file's " + Twine(size) +
                  " bytes of data, got [" + Twine(begin) + ", " + Twine(end) +
                  "]; copy or download it again");
  if (elements * bits % 8 || elements * bits / 8 != end - begin)
    return refuse(what + ": " + tensor.describe() + " takes " + Twine(elements * bits / 8) +
                  " bytes, but data_offsets span " + Twine(end - begin));
  tensor.offset = data + begin;
  tensor.bytes = end - begin;
  return llvm::Error::success();
}

/// The header's text, and in `data` where tensor bytes begin.
static llvm::Expected<std::string> readHeaderText(const InputFile &file, StringRef name, uint64_t &data) {
  char prefix[8];
  if (file.size() < sizeof prefix)
    return refuse(name + ": expected a safetensors file, got " + Twine(file.size()) + " bytes");
  if (llvm::Error error = file.read(0, prefix))
    return error;
  uint64_t length = llvm::support::endian::read64le(prefix);
  if (length > FACET_MAX_SAFETENSORS_HEADER_BYTES || length > file.size() - sizeof prefix)
    return refuse(name + ": header of " + Twine(length) + " bytes; expected at most " +
                  Twine(FACET_MAX_SAFETENSORS_HEADER_BYTES) + " and no more than the file's " +
                  Twine(file.size()) + ": not a safetensors file, or truncated");
  std::string text(length, '\0');
  if (llvm::Error error = file.read(sizeof prefix, llvm::MutableArrayRef<char>(text.data(), text.size())))
    return error;
  data = sizeof prefix + length;
  return text;
}

/// Tensors in the order of their bytes must follow one another from the first byte to the last.
static llvm::Error checkCover(llvm::ArrayRef<Tensor> tensors, StringRef name, uint64_t data, uint64_t size) {
  uint64_t next = data;
  for (const Tensor &tensor : tensors) {
    if (tensor.offset != next)
      return refuse(name + ": tensor '" + tensor.name + "' begins at byte " + Twine(tensor.offset - data) +
                    " of the data; expected " + Twine(next - data) + ": tensors " +
                    (tensor.offset < next ? "overlap" : "leave a gap"));
    next += tensor.bytes;
  }
  if (next != size)
    return refuse(name + ": tensors cover " + Twine(next - data) + " bytes of data, but the file has " +
                  Twine(size - data));
  return llvm::Error::success();
}

llvm::Error mlir::facet::readSafetensorsHeader(const std::string &path, StringRef name, unsigned fileIndex,
                                               std::vector<Tensor> &tensors) {
  llvm::Expected<InputFile> file = InputFile::open(path, name);
  if (!file)
    return file.takeError();
  uint64_t data = 0;
  llvm::Expected<std::string> text = readHeaderText(*file, name, data);
  if (!text)
    return text.takeError();
  llvm::Expected<Json> header = parseJson(*text, (name + " (header)").str(), headerLimits);
  if (!header)
    return header.takeError();
  if (!header->is_object())
    return refuse(name + " (header): expected an object, got " + showJson(*header));
  size_t first = tensors.size();
  for (const auto &[key, entry] : header->items()) {
    if (key == "__metadata__")
      continue;
    Tensor tensor;
    tensor.name = key;
    tensor.file = fileIndex;
    std::string what = (name + ": tensor '" + key + "'").str();
    if (llvm::Error error = readEntry(entry, what, data, file->size() - data, tensor))
      return error;
    tensors.push_back(std::move(tensor));
  }
  auto order = [](const Tensor &a, const Tensor &b) {
    return std::tie(a.offset, a.bytes, a.name) < std::tie(b.offset, b.bytes, b.name);
  };
  std::sort(tensors.begin() + first, tensors.end(), order);
  return checkCover(llvm::ArrayRef(tensors).drop_front(first), name, data, file->size());
}

/// Tensor name to file name, as the index says.
static llvm::Expected<std::map<std::string, std::string>> readIndex(const CheckpointDirectory &directory) {
  llvm::Expected<std::string> text = directory.readText(indexFile, FACET_MAX_SAFETENSORS_HEADER_BYTES);
  if (!text)
    return text.takeError();
  llvm::Expected<Json> index = parseJson(*text, indexFile, headerLimits);
  if (!index)
    return index.takeError();
  std::string error;
  JsonReader reader(*index, indexFile, error);
  if (index->is_object())
    for (const auto &[key, value] : index->items())
      if (key != "weight_map" && key != "metadata")
        reader.fail(indexFile + ": unknown key '" + key + "'; expected weight_map and metadata");
  const Json *weightMap = reader.object("weight_map");
  if (!weightMap || weightMap->empty())
    reader.fail("weight_map", "an object that names the file of each tensor", weightMap ? "{}" : "none");
  if (!error.empty())
    return refuse(error);
  std::map<std::string, std::string> map;
  for (const auto &[tensor, file] : weightMap->items()) {
    if (!file.is_string())
      return refuse(indexFile + ": tensor '" + tensor + "': expected a file name, got " + showJson(file));
    map[tensor] = file.get<std::string>();
  }
  return map;
}

llvm::Error TensorDirectory::openShards(const CheckpointDirectory &directory) {
  auto map = readIndex(directory);
  if (!map)
    return map.takeError();
  for (const auto &[tensor, file] : *map)
    names.push_back(file);
  llvm::sort(names);
  names.erase(llvm::unique(names), names.end());
  if (directory.contains(singleFile) && !llvm::is_contained(names, singleFile))
    return refuse(indexFile + ": does not list " + singleFile +
                  ", which lies beside it; remove the one that is stale");
  for (auto [i, name] : llvm::enumerate(names)) {
    llvm::Expected<std::string> path = directory.resolve(name);
    if (!path)
      return refuse(indexFile + ": " + llvm::toString(path.takeError()));
    paths.push_back(*path);
    if (llvm::Error error = readSafetensorsHeader(*path, name, i, all))
      return error;
  }
  for (const Tensor &tensor : all) {
    auto listed = map->find(tensor.name);
    if (listed == map->end())
      return refuse(names[tensor.file] + ": tensor '" + tensor.name + "' is not in " + indexFile);
    if (listed->second != names[tensor.file])
      return refuse(names[tensor.file] + ": tensor '" + tensor.name + "' is in " + listed->second +
                    " according to " + indexFile);
  }
  if (all.size() == map->size())
    return llvm::Error::success();
  for (const Tensor &tensor : all)
    map->erase(tensor.name);
  return refuse(map->begin()->second + ": no tensor '" + map->begin()->first + "', which " + indexFile +
                " says it holds");
}

llvm::Expected<TensorDirectory> TensorDirectory::open(const CheckpointDirectory &directory) {
  TensorDirectory result;
  bool sharded = directory.contains(indexFile);
  result.list = (sharded ? indexFile : singleFile).str();
  if (sharded) {
    if (llvm::Error error = result.openShards(directory))
      return error;
  } else {
    if (!directory.contains(singleFile))
      return refuse("no " + singleFile + " and no " + indexFile +
                    " in the checkpoint's directory; copy or download the weights, too");
    llvm::Expected<std::string> path = directory.resolve(singleFile);
    if (!path)
      return path.takeError();
    result.names.push_back(singleFile.str());
    result.paths.push_back(*path);
    if (llvm::Error error = readSafetensorsHeader(*path, singleFile, 0, result.all))
      return error;
  }
  llvm::sort(result.all, [](const Tensor &a, const Tensor &b) { return a.name < b.name; });
  return result;
}

const Tensor *TensorDirectory::find(StringRef name) const {
  auto it =
      llvm::lower_bound(all, name, [](const Tensor &tensor, StringRef name) { return tensor.name < name; });
  return it != all.end() && it->name == name ? &*it : nullptr;
}
