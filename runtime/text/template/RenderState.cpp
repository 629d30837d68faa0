// Limits, errors, and sorting arguments into parameters.
#include "runtime/text/template/RenderState.h"
#include "runtime/text/template/Operators.h"

using namespace facet;

TemplateValue RenderState::fail(std::string Message, TemplateError::Kind What) {
  if (!Failed) {
    Failed = true;
    Error = {What, Line, std::move(Message)};
  }
  return {};
}

bool RenderState::step(size_t Count) {
  Steps += Count;
  if (Steps > Limits.Steps)
    fail("the template takes more than " + std::to_string(Limits.Steps) + " steps", TemplateError::Limit);
  return !Failed;
}

bool RenderState::work(size_t Bytes) {
  Work += Bytes;
  if (Work > Limits.WorkBytes)
    fail("the template makes more than " + std::to_string(Limits.WorkBytes) + " bytes of text and lists",
         TemplateError::Limit);
  return !Failed;
}

bool RenderState::room(size_t Bytes) {
  if (Bytes > Limits.OutputBytes)
    fail("the template makes a text of more than " + std::to_string(Limits.OutputBytes) + " bytes",
         TemplateError::Limit);
  return !Failed && work(Bytes);
}

void RenderState::tooDeep() {
  fail("macros or expressions are nested deeper than " + std::to_string(Limits.Depth) + " levels",
       TemplateError::Limit);
}

TemplateValue RenderState::text(SourcedText Text) {
  if (!room(Text.footprint()) || !work(sizeof(SourcedText) + 2 * sizeof(size_t)))
    return {};
  return TemplateValue::text(std::move(Text));
}

TemplateValue RenderState::list(std::vector<TemplateValue> Items, ListFlavor Flavor, Origin From) {
  if (!work(sizeof(ListObject) + Items.size() * sizeof(TemplateValue)))
    return {};
  return checkDepth(TemplateValue::sequence(std::move(Items), Flavor, From));
}

TemplateValue RenderState::dict(std::vector<std::pair<TemplateValue, TemplateValue>> Entries, Origin From) {
  if (!step(Entries.size()) || !work(sizeof(DictObject) + Entries.size() * 2 * sizeof(TemplateValue)))
    return {};
  for (const auto &[Key, Value] : Entries)
    if (!Key.is(ValueKind::String) && !Key.isNumber() && !Key.is(ValueKind::None))
      return fail("a dict's key is a string, a number or none, found " + describe(Key));
  return checkDepth(TemplateValue::mapping(std::move(Entries), From));
}

TemplateValue RenderState::checkDepth(TemplateValue Container) {
  if (Container.depth() > TemplateValue::MaxDepth)
    return fail("lists and dicts are nested deeper than " + std::to_string(TemplateValue::MaxDepth) +
                    " levels",
                TemplateError::Limit);
  return Container;
}

std::string facet::describe(const TemplateValue &Value) {
  switch (Value.kind()) {
  case ValueKind::Undefined: {
    std::string Name = Value.undefinedName();
    return Name.empty() ? "an undefined value" : "'" + Name + "', which is undefined";
  }
  case ValueKind::None:
    return "none";
  case ValueKind::Bool:
    return "a boolean";
  case ValueKind::Int:
  case ValueKind::BigInt:
    return "an integer";
  case ValueKind::Float:
    return "a number";
  case ValueKind::String:
    return "a string";
  case ValueKind::List:
    return Value.asList().Flavor == ListFlavor::Tuple ? "a tuple" : "a list";
  case ValueKind::Dict:
    return "a dict";
  case ValueKind::Range:
    return "a range";
  case ValueKind::Namespace:
    return "a namespace";
  case ValueKind::Macro:
    return "a macro";
  case ValueKind::Function:
  case ValueKind::Method:
    return "a function";
  case ValueKind::Loop:
    return "a loop";
  }
  return "a value";
}

Bound::Bound(RenderState &R, const char *What, size_t Required,
             std::initializer_list<const char *> ParameterNames, const Arguments &Given)
    : R(R), What(What) {
  size_t Count = 0;
  for (const char *Name : ParameterNames)
    Names[Count++] = Name;
  if (Given.Values.size() > Count) {
    R.fail(std::string(What) + " takes at most " + std::to_string(Count) + " arguments, found " +
           std::to_string(Given.Values.size()));
    return;
  }
  for (size_t I = 0; I < Given.Values.size(); ++I)
    Slots[I] = &Given.Values[I];
  for (const auto &[Name, Value] : Given.Named) {
    size_t I = 0;
    while (I < Count && Name != Names[I])
      ++I;
    if (I == Count || Slots[I]) {
      R.fail(std::string(What) + (I == Count ? " has no argument '" : " is given twice the argument '") +
             Name + "'");
      return;
    }
    Slots[I] = &Value;
  }
  for (size_t I = 0; I < Required; ++I)
    if (!Slots[I])
      R.fail(std::string(What) + " needs the argument '" + Names[I] + "'");
}

bool Bound::truth(size_t I) const { return Slots[I] && isTrue(*Slots[I]); }

const SourcedText *Bound::string(size_t I) {
  if (!Slots[I])
    return nullptr;
  if (Slots[I]->is(ValueKind::String))
    return &Slots[I]->asText();
  R.fail(std::string(What) + " expects a string as '" + Names[I] + "', found " + describe(*Slots[I]));
  return nullptr;
}

int64_t Bound::integer(size_t I, int64_t Default) {
  if (!Slots[I])
    return Default;
  if (Slots[I]->is(ValueKind::Int) || Slots[I]->is(ValueKind::Bool))
    return Slots[I]->asInt();
  R.fail(std::string(What) + " expects an integer as '" + Names[I] + "', found " + describe(*Slots[I]));
  return Default;
}
