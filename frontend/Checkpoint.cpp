// Opens the files of a checkpoint in the order in which an error is most telling: config, texts, tensors.
#include "frontend/Checkpoint.h"
#include "frontend/Json.h"
#include "runtime/limits.h"

using namespace mlir::facet;
using llvm::StringRef;

/// Text of a file that may be absent.
static llvm::Error readOptional(const CheckpointDirectory &files, StringRef name, uint64_t limit,
                                std::string &text) {
  if (!files.contains(name))
    return llvm::Error::success();
  llvm::Expected<std::string> read = files.readText(name, limit);
  if (!read)
    return read.takeError();
  text = std::move(*read);
  return llvm::Error::success();
}

/// A special token is a string, or an object with its string as `content`.
static const Json *contentOf(const Json &value) {
  if (value.is_object() && value.contains("content"))
    return contentOf(value["content"]);
  return value.is_string() ? &value : nullptr;
}

llvm::Expected<SpecialTexts> mlir::facet::parseTokenizerConfig(StringRef text, bool wantsChat) {
  llvm::Expected<Json> root = parseJson(text, "tokenizer_config.json");
  if (!root)
    return root.takeError();
  std::string error;
  JsonReader reader(*root, "tokenizer_config.json", error);
  SpecialTexts result;
  auto collect = [&](const Json &object) {
    for (const auto &[key, value] : object.items())
      if (const Json *content = contentOf(value); content && StringRef(key).ends_with("_token"))
        result.tokens[key] = content->get<std::string>();
  };
  if (root->is_object())
    collect(*root);
  for (StringRef key : {"extra_special_tokens", "model_specific_special_tokens"})
    if (const Json *more = reader.find(key); more && more->is_object())
      collect(*more);
  if (wantsChat)
    result.chat = reader.text("chat_template", "");
  if (!error.empty())
    return refuse(error);
  return result;
}

llvm::Error Checkpoint::readTexts(const CheckpointDirectory &files, const CheckpointOptions &options) {
  llvm::Expected<std::string> configText = files.readText("config.json", FACET_MAX_CONFIG_BYTES);
  if (!configText)
    return configText.takeError();
  config = std::move(*configText);
  llvm::Expected<TextConfig> parsed = parseTextConfig(config, options.allowConfig);
  if (!parsed)
    return parsed.takeError();
  text = std::move(*parsed);

  std::string generation;
  if (llvm::Error error = readOptional(files, "generation_config.json", FACET_MAX_CONFIG_BYTES, generation))
    return error;
  generate = defaultGenerationConfig(text);
  if (files.contains("generation_config.json")) {
    llvm::Expected<GenerationConfig> read = parseGenerationConfig(generation, text, options.allowConfig);
    if (!read)
      return read.takeError();
    generate = std::move(*read);
  }

  if (llvm::Error error = readOptional(files, "tokenizer.json", FACET_MAX_TOKENIZER_JSON_BYTES, tokenizer))
    return error;
  if (llvm::Error error = readOptional(files, "chat_template.jinja", FACET_MAX_TEMPLATE_BYTES, chat))
    return error;
  if (llvm::Error error =
          readOptional(files, "tokenizer_config.json", FACET_MAX_TOKENIZER_CONFIG_BYTES, tokenizerConfig))
    return error;
  if (!files.contains("tokenizer_config.json"))
    return llvm::Error::success();
  llvm::Expected<SpecialTexts> read = parseTokenizerConfig(tokenizerConfig, chat.empty());
  if (!read)
    return read.takeError();
  special = std::move(read->tokens);
  if (chat.empty())
    chat = std::move(read->chat);
  return llvm::Error::success();
}

llvm::Expected<std::unique_ptr<Checkpoint>> Checkpoint::open(StringRef path,
                                                             const CheckpointOptions &options) {
  llvm::Expected<CheckpointDirectory> files = CheckpointDirectory::open(path);
  if (!files)
    return files.takeError();
  std::unique_ptr<Checkpoint> checkpoint(new Checkpoint);
  if (llvm::Error error = checkpoint->readTexts(*files, options))
    return error;
  llvm::Expected<TensorDirectory> tensors = TensorDirectory::open(*files);
  if (!tensors)
    return tensors.takeError();
  checkpoint->directory = std::move(*tensors);
  return checkpoint;
}
