// The safetensors container: u64 size of a JSON header, the header, then the tensors' bytes.
#include "test/e2e/oracle/Checkpoint.h"

#include <bit>
#include <cstring>
#include <fstream>
#include <sstream>
#include <stdexcept>

namespace facet::oracle {

static std::string read_file(const std::string &path) {
  std::ifstream file(path, std::ios::binary);
  if (!file)
    throw std::runtime_error("cannot read " + path);
  std::ostringstream bytes;
  bytes << file.rdbuf();
  return std::move(bytes).str();
}

nlohmann::json read_json(const std::string &path) { return nlohmann::json::parse(read_file(path)); }

static float widen_bf16(const char *bytes) {
  uint16_t half;
  std::memcpy(&half, bytes, 2);
  return std::bit_cast<float>(uint32_t(half) << 16);
}

static float read_f32(const char *bytes) {
  float value;
  std::memcpy(&value, bytes, 4);
  return value;
}

Tensors read_safetensors(const std::string &path, const std::string &prefix) {
  std::string file = read_file(path);
  uint64_t header_size;
  std::memcpy(&header_size, file.data(), 8);
  nlohmann::json header = nlohmann::json::parse(file.substr(8, header_size));
  Tensors tensors;
  for (const auto &[name, entry] : header.items()) {
    if (name == "__metadata__" || !name.starts_with(prefix))
      continue;
    std::string type = entry.at("dtype");
    if (type != "BF16" && type != "F32")
      continue;
    size_t begin = entry.at("data_offsets").at(0), end = entry.at("data_offsets").at(1),
           size = type == "F32" ? 4 : 2;
    Tensor tensor{entry.at("shape").get<std::vector<size_t>>(), {}};
    for (size_t at = begin; at < end; at += size) {
      const char *bytes = file.data() + 8 + header_size + at;
      tensor.values.push_back(size == 4 ? read_f32(bytes) : widen_bf16(bytes));
    }
    tensors.emplace(name.substr(prefix.size()), std::move(tensor));
  }
  return tensors;
}

} // namespace facet::oracle
