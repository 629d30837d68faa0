// Chat templates: the part of Jinja2 that Hugging Face checkpoints use, rendered with a map that says of each
// byte of the prompt whether the template's author wrote it or it came from data. Start reading here.
#ifndef FACET_RUNTIME_TEXT_TEMPLATE_TEMPLATE_H
#define FACET_RUNTIME_TEXT_TEMPLATE_TEMPLATE_H

#include "runtime/limits.h"
#include "runtime/text/template/Value.h"

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace facet {

/// What ends a rendering that would run away; runtime/limits.h says what each counts. The defaults leave room
/// for a conversation of megabytes.
struct TemplateLimits {
  size_t Steps = FACET_MAX_RENDER_STEPS;
  size_t OutputBytes = FACET_MAX_RENDER_OUTPUT_BYTES;
  size_t WorkBytes = FACET_MAX_RENDER_WORK_BYTES;
  size_t Depth = FACET_MAX_RENDER_DEPTH;
};

/// A run of the prompt's bytes. Runs are ascending, adjacent and alternate; together they cover the text.
struct Span {
  size_t begin, end;
  bool fromTemplate; ///< only in such a run may a special token be recognised
};

struct Rendered {
  std::string text;
  std::vector<Span> spans;
};

/// Why a template could not be parsed or rendered.
struct TemplateError {
  enum Kind {
    Syntax, ///< the source is not a template that we read
    Raised, ///< the template itself refused, with raise_exception(message)
    Failed, ///< an operation on the wrong kind of value, as `none + 1`
    Limit,  ///< one of TemplateLimits was exceeded
  };
  Kind What = Failed;
  size_t Line = 0; ///< of the template, from 1; 0 where no line is to blame
  std::string Message;
  /// "line 12: message"
  std::string describe() const;
};

template <typename T> class TemplateResult {
public:
  TemplateResult(T Value) : Value(std::move(Value)) {}
  TemplateResult(TemplateError Error) : Error(std::move(Error)) {}
  explicit operator bool() const { return Value.has_value(); }
  T &operator*() { return *Value; }
  const T &operator*() const { return *Value; }
  T *operator->() { return &*Value; }
  const T *operator->() const { return &*Value; }
  const TemplateError &error() const { return Error; } ///< only if false

private:
  std::optional<T> Value;
  TemplateError Error;
};

struct ParsedTemplate;

/// A parsed template. Immutable and cheap to copy; any number of threads may render the same one.
class Template {
public:
  /// Source is UTF-8, at most MaxSourceBytes, and is not kept. trim_blocks and lstrip_blocks are on.
  static TemplateResult<Template> parse(std::string_view Source);
  static constexpr size_t MaxSourceBytes = FACET_MAX_TEMPLATE_BYTES;

  /// Context is a dict: what the template sees as its variables. Throws nothing but std::bad_alloc.
  TemplateResult<Rendered> render(const TemplateValue &Context, const TemplateLimits &Limits = {}) const;

private:
  explicit Template(std::shared_ptr<const ParsedTemplate> Parsed) : Parsed(std::move(Parsed)) {}
  std::shared_ptr<const ParsedTemplate> Parsed;
};

} // namespace facet
#endif
