// What one rendering carries through operators, filters and methods: its limits, and its first error.
#ifndef FACET_RUNTIME_TEXT_TEMPLATE_RENDERSTATE_H
#define FACET_RUNTIME_TEXT_TEMPLATE_RENDERSTATE_H

#include "runtime/text/template/Template.h"

namespace facet {

/// Errors are sticky: after the first, every function that takes a RenderState returns soon, with any value,
/// and its caller looks at failed() before it uses the value.
class RenderState {
public:
  explicit RenderState(const TemplateLimits &Limits) : Limits(Limits) {}

  bool failed() const { return Failed; }
  const TemplateError &error() const { return Error; }
  /// Always returns Undefined, to be returned in turn.
  TemplateValue fail(std::string Message, TemplateError::Kind What = TemplateError::Failed);

  /// Charge for time. False once it is spent, or after an error.
  bool step(size_t Count = 1);
  /// Charge for looking at that many bytes.
  bool scan(size_t Bytes) { return step(1 + Bytes / 32); }
  /// Charge for bytes that are made.
  bool work(size_t Bytes);
  /// Is a string of that many bytes allowed, and paid for?
  bool room(size_t Bytes);

  // Values that are paid for. Undefined, with an error, where a limit is passed.
  TemplateValue text(SourcedText Text);
  TemplateValue list(std::vector<TemplateValue> Items, ListFlavor Flavor, Origin From);
  /// Fails where a key is a list or the like.
  TemplateValue dict(std::vector<std::pair<TemplateValue, TemplateValue>> Entries, Origin From);

  /// One more level of nodes inside each other while it lives; Weight levels where the frames between are
  /// larger.
  struct Level {
    explicit Level(RenderState &R, size_t Weight = 1) : R(R), Weight(Weight) {
      R.Depth += Weight;
      if (R.Depth > R.Limits.Depth)
        R.tooDeep();
    }
    ~Level() { R.Depth -= Weight; }
    RenderState &R;
    size_t Weight;
  };

  const TemplateLimits &Limits;
  unsigned Line = 0; ///< of the node being evaluated

private:
  void tooDeep();
  TemplateValue checkDepth(TemplateValue Container);
  size_t Steps = 0, Work = 0, Depth = 0;
  bool Failed = false;
  TemplateError Error;
};

/// The arguments of a call; the input of a filter or test is the first.
struct Arguments {
  std::vector<TemplateValue> Values;
  std::vector<std::pair<std::string, TemplateValue>> Named;
};

/// Arguments sorted into a function's parameters: null where one is left out.
class Bound {
public:
  /// The first Required of Names must be given. What is the function, for errors.
  Bound(RenderState &R, const char *What, size_t Required, std::initializer_list<const char *> Names,
        const Arguments &Given);
  const TemplateValue *operator[](size_t I) const { return Slots[I]; }
  bool truth(size_t I) const; ///< false where left out
  /// A string, integer: checked; the default where left out.
  const SourcedText *string(size_t I);
  int64_t integer(size_t I, int64_t Default);

private:
  static constexpr size_t MaxSlots = 6;
  RenderState &R;
  const char *What;
  const char *Names[MaxSlots] = {};
  const TemplateValue *Slots[MaxSlots] = {};
};

/// "a string", "none", "a list": a value's type in messages.
std::string describe(const TemplateValue &Value);

} // namespace facet
#endif
