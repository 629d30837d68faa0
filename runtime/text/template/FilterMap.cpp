// map, select and reject: other filters and tests on each element.
#include "runtime/text/template/Access.h"
#include "runtime/text/template/Filters.h"
#include "runtime/text/template/Operators.h"

using namespace facet;

namespace {
/// The arguments after the first Skip, with room for an element in front.
Arguments rest(const Arguments &Given, size_t Skip) {
  Arguments Out;
  Out.Values.emplace_back();
  if (Given.Values.size() > Skip)
    Out.Values.insert(Out.Values.end(), Given.Values.begin() + static_cast<std::ptrdiff_t>(Skip),
                      Given.Values.end());
  Out.Named = Given.Named;
  return Out;
}

/// The elements of the input, and whether there is one. None, as all that is false, has no elements here.
bool input(RenderState &R, const Arguments &Given, const char *What, TemplateValue &List) {
  if (Given.Values.empty())
    R.fail(std::string(What) + " needs something to work on");
  else
    List = iterate(R, isTrue(Given.Values[0]) ? Given.Values[0] : TemplateValue());
  return !R.failed();
}

TemplateValue choose(RenderState &R, const Arguments &Given, const char *What, bool ByAttribute, bool Keep) {
  TemplateValue List;
  if (!input(R, Given, What, List))
    return {};
  size_t At = ByAttribute ? 2 : 1; // where the test's name is, if one is given
  if (ByAttribute && Given.Values.size() < 2)
    return R.fail(std::string(What) + " needs the name of an attribute");
  int Test = -1;
  if (Given.Values.size() > At) {
    if (Given.Values[At].is(ValueKind::String))
      Test = findTest(Given.Values[At].asText().bytes());
    if (Test < 0)
      return R.fail(std::string(What) + " expects the name of a test");
  }
  Arguments Args = rest(Given, At + 1);
  std::vector<TemplateValue> Out;
  for (const TemplateValue &Item : List.asList().Items) {
    TemplateValue Subject = ByAttribute ? attributeAt(R, Item, Given.Values[1]) : Item;
    if (!R.step())
      return {};
    bool Holds = isTrue(Subject);
    if (Test >= 0) {
      Args.Values[0] = Subject;
      Holds = applyTest(R, static_cast<unsigned>(Test), Args);
    }
    if (Holds == Keep)
      Out.push_back(Item);
  }
  return R.list(std::move(Out), ListFlavor::Generator, List.origin());
}
} // namespace

TemplateValue filters::map(RenderState &R, const Arguments &Given) {
  TemplateValue List;
  if (!input(R, Given, "the filter map", List))
    return {};
  std::vector<TemplateValue> Out;
  if (Given.Values.size() == 1) {
    const TemplateValue *Path = nullptr, *Default = nullptr;
    for (const auto &[Name, Value] : Given.Named) {
      if (Name != "attribute" && Name != "default")
        return R.fail("the filter map has no argument '" + Name + "'");
      (Name == "attribute" ? Path : Default) = &Value;
    }
    if (!Path)
      return R.fail("the filter map needs the name of a filter, or attribute='name'");
    for (const TemplateValue &Item : List.asList().Items) {
      TemplateValue Value = attributeAt(R, Item, *Path);
      Out.push_back(Default && Value.is(ValueKind::Undefined) ? *Default : Value);
      if (!R.step())
        return {};
    }
    return R.list(std::move(Out), ListFlavor::Generator, List.origin());
  }
  int Filter = Given.Values[1].is(ValueKind::String) ? findFilter(Given.Values[1].asText().bytes()) : -1;
  if (Filter < 0)
    return R.fail("the filter map expects the name of a filter");
  RenderState::Level Deeper(R); // map can map map
  Arguments Args = rest(Given, 2);
  for (const TemplateValue &Item : List.asList().Items) {
    Args.Values[0] = Item;
    Out.push_back(applyFilter(R, static_cast<unsigned>(Filter), Args));
    if (R.failed())
      return {};
  }
  return R.list(std::move(Out), ListFlavor::Generator, List.origin());
}

TemplateValue filters::select(RenderState &R, const Arguments &Given) {
  return choose(R, Given, "the filter select", false, true);
}
TemplateValue filters::reject(RenderState &R, const Arguments &Given) {
  return choose(R, Given, "the filter reject", false, false);
}
TemplateValue filters::selectattr(RenderState &R, const Arguments &Given) {
  return choose(R, Given, "the filter selectattr", true, true);
}
TemplateValue filters::rejectattr(RenderState &R, const Arguments &Given) {
  return choose(R, Given, "the filter rejectattr", true, false);
}
