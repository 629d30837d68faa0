// Checkpoints made for a test in a directory of their own: valid ones, and ones with anything wrong in them.
#pragma once

#include "frontend/models/Gemma4Text.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <filesystem>

namespace facet::test {

struct TestTensor {
  std::string name, dtype;
  std::vector<int64_t> shape;
};

/// Bytes of its elements.
uint64_t bytesOf(const TestTensor &tensor);
/// A header that lays tensors out one after another.
std::string headerOf(const std::vector<TestTensor> &tensors);
std::string readFile(const std::string &path);

/// A small model: layer 0 sliding with K/V of its own, layer 1 full; two query heads and one K/V head.
nlohmann::json smallConfig();
std::vector<TestTensor> smallTensors();
/// Four layers of which the last two read the K/V of the others.
nlohmann::json sharedConfig();
std::vector<TestTensor> sharedTensors(bool redundant);

/// Replaces, by name, or adds.
void set(std::vector<TestTensor> &tensors, TestTensor tensor);
void drop(std::vector<TestTensor> &tensors, const std::string &name);

class TestCheckpoint {
public:
  /// An empty directory, removed at the end.
  TestCheckpoint();
  ~TestCheckpoint();
  TestCheckpoint(const TestCheckpoint &) = delete;
  /// The small model, whole.
  TestCheckpoint(const nlohmann::json &config, const std::vector<TestTensor> &tensors) : TestCheckpoint() {
    write("config.json", config.dump());
    writeTensors("model.safetensors", tensors);
  }

  std::string file(const std::string &name) const { return path + "/" + name; }
  void write(const std::string &name, const std::string &bytes) const;
  /// Header of 8 bytes and `header`, then zeros up to `data` bytes of tensors; sparse.
  void writeSafetensors(const std::string &name, const std::string &header, uint64_t data) const;
  void writeTensors(const std::string &name, const std::vector<TestTensor> &tensors) const;

  /// The error of opening it and building its module; "" if there is none.
  std::string error(std::vector<std::string> allow = {}) const;
  /// Its module, or null and a failed test.
  mlir::OwningOpRef<mlir::ModuleOp> build(mlir::MLIRContext &context) const;

  std::string path;
};

} // namespace facet::test
