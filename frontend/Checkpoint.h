// A Hugging Face checkpoint directory, opened and checked: what it is, and where its tensors' bytes are.
#pragma once

#include "frontend/Config.h"
#include "frontend/formats/Safetensors.h"

#include <map>
#include <memory>

namespace mlir::facet {

struct CheckpointOptions {
  /// Unknown config keys to accept, by name or by path ("text_config.key").
  llvm::SmallVector<std::string> allowConfig;
};

/// What we use of tokenizer_config.json.
struct SpecialTexts {
  std::map<std::string, std::string> tokens; ///< by role: "bos_token", "eot_token", ...
  std::string chat;                          ///< the chat template
};
/// The file belongs to the tokenizer's library and holds much that is not ours: only what we use is checked,
/// and the template only if it is wanted.
llvm::Expected<SpecialTexts> parseTokenizerConfig(llvm::StringRef text, bool wantsChat);

/// Immutable once open; any thread may read. Weight bytes are not read, but to compare a separate head with
/// the embedding that it must equal.
class Checkpoint {
public:
  /// Errors name the file, the key or tensor, what was expected, what was found and what to do.
  static llvm::Expected<std::unique_ptr<Checkpoint>> open(llvm::StringRef directory,
                                                          const CheckpointOptions &options);

  const TensorDirectory &tensors() const { return directory; }
  /// Names of the weight files relative to the directory, sorted: what the module's sources index.
  llvm::ArrayRef<std::string> fileNames() const { return directory.fileNames(); }
  /// Absolute paths of the same files.
  llvm::ArrayRef<std::string> filePaths() const { return directory.filePaths(); }

  const TextConfig &textConfig() const { return text; }
  /// Sampling defaults and stop, bos and pad ids.
  const GenerationConfig &generation() const { return generate; }
  /// config.json as it is on disk.
  llvm::StringRef configJson() const { return config; }
  /// tokenizer.json; empty if the checkpoint has none.
  llvm::StringRef tokenizerJson() const { return tokenizer; }
  /// tokenizer_config.json; empty if the checkpoint has none.
  llvm::StringRef tokenizerConfigJson() const { return tokenizerConfig; }
  /// chat_template.jinja, or the template within tokenizer_config.json; empty if the checkpoint has neither.
  llvm::StringRef chatTemplate() const { return chat; }
  /// Strings of special tokens by role ("bos_token", "eot_token", ...), from tokenizer_config.json.
  const std::map<std::string, std::string> &specialTokens() const { return special; }

private:
  Checkpoint() = default;
  llvm::Error readTexts(const CheckpointDirectory &files, const CheckpointOptions &options);

  TensorDirectory directory;
  TextConfig text;
  GenerationConfig generate;
  std::string config, tokenizer, tokenizerConfig, chat;
  std::map<std::string, std::string> special;
};

} // namespace mlir::facet
