// Reads a Hugging Face checkpoint's config and safetensors for tests: trusting, whole, everything as f32.
#pragma once

#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace facet::oracle {

struct Tensor {
  std::vector<size_t> shape;
  std::vector<float> values;
};

using Tensors = std::map<std::string, Tensor>;

nlohmann::json read_json(const std::string &path);
/// F32 and BF16 tensors whose names start with `prefix`, which is cut off.
Tensors read_safetensors(const std::string &path, const std::string &prefix = "");

} // namespace facet::oracle
