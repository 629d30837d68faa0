// What the template tests share: reading files, and rendering in one line.
#ifndef FACET_TEST_RUNTIME_TEXT_TEMPLATE_RENDER_H
#define FACET_TEST_RUNTIME_TEXT_TEMPLATE_RENDER_H

#include "runtime/text/Json.h"
#include "runtime/text/template/Conversation.h"

#include <cstdio>
#include <gtest/gtest.h>
#include <string>

namespace facet::testing {

/// Empty if there is no such file.
inline std::string readFile(const std::string &Path) {
  std::string Bytes;
  if (std::FILE *File = std::fopen(Path.c_str(), "rb")) {
    char Buffer[1 << 16];
    while (size_t Count = std::fread(Buffer, 1, sizeof Buffer, File))
      Bytes.append(Buffer, Count);
    std::fclose(File);
  }
  return Bytes;
}

inline TemplateValue json(const std::string &Text, Origin From = Origin::Data) {
  TemplateResult<TemplateValue> Value = parseJson(Text, From);
  EXPECT_TRUE(Value) << Value.error().describe() << " in " << Text.substr(0, 200);
  return Value ? *Value : TemplateValue();
}

inline TemplateResult<Rendered> render(const std::string &Source, const TemplateValue &Context,
                                       const TemplateLimits &Limits = {}) {
  TemplateResult<Template> Parsed = Template::parse(Source);
  return Parsed ? Parsed->render(Context, Limits) : TemplateResult<Rendered>(Parsed.error());
}

inline TemplateResult<Rendered> render(const std::string &Source, const std::string &Context = "{}",
                                       const TemplateLimits &Limits = {}) {
  return render(Source, json(Context), Limits);
}

/// The text, or "error: " and the message with its line.
inline std::string outcome(const TemplateResult<Rendered> &Result) {
  return Result ? Result->text : "error: " + Result.error().describe();
}

} // namespace facet::testing
#endif
