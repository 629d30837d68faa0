// Functions that every template can call.
#include "runtime/text/template/Builtins.h"
#include "runtime/text/template/Format.h"
#include "runtime/text/template/Operators.h"

#include <iterator>

using namespace facet;

namespace {
constexpr std::string_view Names[] = {"range", "namespace", "dict", "raise_exception", "strftime_now"};
constexpr int64_t MaxRange = 100000; ///< that of Jinja2's sandbox

TemplateValue range(RenderState &R, const Arguments &Given) {
  Bound Args(R, "range", 1, {"start", "stop", "step"}, Given);
  int64_t First = Args.integer(0, 0), Second = Args.integer(1, 0), Step = Args.integer(2, 1);
  if (R.failed())
    return {};
  int64_t Start = Args[1] ? First : 0, Stop = Args[1] ? Second : First;
  if (Step == 0)
    return R.fail("range expects a step that is not zero");
  Origin From = Origin::Template;
  for (const TemplateValue &Argument : Given.Values)
    From = both(From, Argument.origin());
  // In 128 bits, no difference of two 64-bit numbers overflows.
  __int128 Distance = Step > 0 ? static_cast<__int128>(Stop) - Start : static_cast<__int128>(Start) - Stop;
  __int128 Stride = Step > 0 ? static_cast<__int128>(Step) : -static_cast<__int128>(Step);
  __int128 Count = Distance <= 0 ? 0 : (Distance + Stride - 1) / Stride;
  if (Count > MaxRange)
    return R.fail("range has more than " + std::to_string(MaxRange) + " numbers", TemplateError::Limit);
  if (!R.work(sizeof(RangeObject)))
    return {};
  return TemplateValue::range(
      std::make_shared<const RangeObject>(RangeObject{Start, Step, static_cast<int64_t>(Count), Stop}), From);
}

TemplateValue dict(RenderState &R, const Arguments &Given) {
  std::vector<std::pair<TemplateValue, TemplateValue>> Entries;
  Origin From = Origin::Template;
  if (Given.Values.size() > 1 || (Given.Values.size() == 1 && !Given.Values[0].is(ValueKind::Dict)))
    return R.fail("dict expects one dict at most, and names");
  if (Given.Values.size() == 1) {
    Entries = Given.Values[0].asDict().Entries;
    From = Given.Values[0].origin();
  }
  for (const auto &[Name, Value] : Given.Named)
    Entries.emplace_back(TemplateValue::string(Name, Origin::Template), Value);
  return R.dict(std::move(Entries), From);
}
} // namespace

int facet::findFunction(std::string_view Name) {
  for (size_t I = 0; I < std::size(Names); ++I)
    if (Names[I] == Name)
      return static_cast<int>(I);
  return -1;
}

TemplateValue facet::callFunction(RenderState &R, BuiltinFunction Function, const Arguments &Args) {
  switch (Function) {
  case BuiltinFunction::Range:
    return range(R, Args);
  case BuiltinFunction::Dict:
    return dict(R, Args);
  case BuiltinFunction::RaiseException: {
    Bound Message(R, "raise_exception", 1, {"message"}, Args);
    if (R.failed())
      return {};
    SourcedText Text = toText(R, *Message[0]);
    return R.fail(Text.bytes(), TemplateError::Raised);
  }
  case BuiltinFunction::StrftimeNow:
    return R.fail("strftime_now is not available: the host gave no time");
  case BuiltinFunction::Namespace:
    break; // the evaluator's
  }
  return R.fail("this function cannot be called here");
}
