// A chat template and its model's special tokens, from wherever the user points: for the tools.
#ifndef FACET_TOOLS_TEMPLATE_SOURCE_H
#define FACET_TOOLS_TEMPLATE_SOURCE_H

#include "runtime/text/template/Conversation.h"

#include <optional>
#include <string>

namespace facet {

/// Either Error is empty and the rest is there, or the other way round.
struct TemplateSource {
  std::string Path; ///< for messages
  std::string Text;
  SpecialTokens Tokens;
  std::string Error; ///< "FILE: expected ..., found ...; what to do"
};

/// A .facet file: its template and metadata sections.
TemplateSource loadTemplateFromArtifact(const std::string &Path);
/// A checkpoint's directory: chat_template.jinja and tokenizer_config.json.
TemplateSource loadTemplateFromCheckpoint(const std::string &Directory);
/// A .jinja file. Special tokens are those of a tokenizer_config.json beside it, or else <bos> and <eos>.
TemplateSource loadTemplateFile(const std::string &Path);
/// Any of the three, by what Path is.
TemplateSource loadTemplate(const std::string &Path);

/// Reads a whole file, or standard input for "-"; false with Error set, which names the file.
bool readWholeFile(const std::string &Path, size_t MaxBytes, std::string &Bytes, std::string &Error);

} // namespace facet
#endif
