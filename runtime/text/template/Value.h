// The values that a template computes with: Python's None, bool, int, float, str, list, tuple, dict, and the
// few objects of Jinja2. Values are immutable and shared, so copying one copies a pointer.
#ifndef FACET_RUNTIME_TEXT_TEMPLATE_VALUE_H
#define FACET_RUNTIME_TEXT_TEMPLATE_VALUE_H

#include "runtime/limits.h"
#include "runtime/text/template/SourcedText.h"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace facet {

struct ListObject;
struct DictObject;
struct RangeObject;
struct MethodObject;
struct LoopObject;
struct NamespaceObject;
struct MacroObject;

enum class ValueKind : unsigned char {
  Undefined,
  None,
  Bool,
  Int,
  BigInt,
  Float,
  String,
  List,
  Dict,
  Range,
  Namespace,
  Macro,
  Function,
  Method,
  Loop,
};

/// How a sequence behaves and prints; all are held as lists.
enum class ListFlavor : unsigned char { List, Tuple, Generator, Keys, Values, Items };

class TemplateValue {
public:
  /// Undefined.
  TemplateValue() = default;

  // What a host builds a context from. Origin::Data is for everything that users, tools or models wrote.
  static TemplateValue none(Origin From = Origin::Data);
  static TemplateValue boolean(bool Value, Origin From = Origin::Data);
  static TemplateValue integer(int64_t Value, Origin From = Origin::Data);
  /// An integer beyond 64 bits, as decimal digits: it can be printed and compared for equality.
  static TemplateValue bigInteger(std::string Digits, Origin From = Origin::Data);
  static TemplateValue real(double Value, Origin From = Origin::Data);
  static TemplateValue string(std::string Utf8, Origin From = Origin::Data);
  static TemplateValue list(std::vector<TemplateValue> Items, Origin From = Origin::Data);
  /// Later entries replace earlier ones of the same key. Keys have the origin From.
  static TemplateValue dict(std::vector<std::pair<std::string, TemplateValue>> Entries,
                            Origin From = Origin::Data);

  // What the evaluator makes.
  static TemplateValue text(SourcedText Text);
  static TemplateValue sequence(std::vector<TemplateValue> Items, ListFlavor Flavor, Origin From);
  static TemplateValue mapping(std::vector<std::pair<TemplateValue, TemplateValue>> Entries, Origin From);
  static TemplateValue range(std::shared_ptr<const RangeObject> Range, Origin From);
  static TemplateValue function(unsigned Id);
  static TemplateValue method(TemplateValue Self, unsigned Id);
  static TemplateValue loop(std::shared_ptr<LoopObject> Loop);
  static TemplateValue nameSpace(NamespaceObject *Namespace); ///< owned by the evaluator
  static TemplateValue macro(MacroObject *Macro);             ///< owned by the evaluator
  /// What a missing variable or attribute gives; Name is for messages.
  static TemplateValue undefined(std::string Name);

  ValueKind kind() const { return Kind; }
  bool is(ValueKind K) const { return Kind == K; }
  bool isNumber() const { return Kind >= ValueKind::Bool && Kind <= ValueKind::Float; }
  /// Of a scalar or a container itself; a string's bytes have their own.
  Origin origin() const { return From; }
  /// The same value under another origin: scalars and containers, not strings.
  TemplateValue withOrigin(Origin NewFrom) const;

  // Each accessor is only for its kind.
  bool asBool() const { return Scalar.Integer != 0; }
  int64_t asInt() const { return Scalar.Integer; } ///< Bool or Int
  double asDouble() const;                         ///< any number
  const SourcedText &asText() const { return *static_cast<const SourcedText *>(Object.get()); }
  const std::string &asDigits() const { return asText().bytes(); }
  const ListObject &asList() const { return *static_cast<const ListObject *>(Object.get()); }
  const DictObject &asDict() const { return *static_cast<const DictObject *>(Object.get()); }
  const RangeObject &asRange() const { return *static_cast<const RangeObject *>(Object.get()); }
  const MethodObject &asMethod() const { return *static_cast<const MethodObject *>(Object.get()); }
  LoopObject &asLoop() const;
  NamespaceObject &asNamespace() const { return *static_cast<NamespaceObject *>(Scalar.Pointer); }
  MacroObject &asMacro() const { return *static_cast<MacroObject *>(Scalar.Pointer); }
  unsigned asFunction() const { return static_cast<unsigned>(Scalar.Integer); }
  /// The name that was not found, or "".
  std::string undefinedName() const;

  /// How deep containers are nested in this one; 0 for scalars. Bounded, so that no recursion over a value,
  /// its destructor's included, can exhaust the stack.
  unsigned depth() const;
  static constexpr unsigned MaxDepth = FACET_MAX_VALUE_LEVELS;

private:
  TemplateValue(ValueKind Kind, Origin From) : Kind(Kind), From(From) {}
  ValueKind Kind = ValueKind::Undefined;
  Origin From = Origin::Template;
  union {
    int64_t Integer = 0;
    double Real;
    void *Pointer;
  } Scalar;
  std::shared_ptr<const void> Object;
};

struct ListObject {
  std::vector<TemplateValue> Items;
  ListFlavor Flavor;
  unsigned Depth;
};

struct DictObject {
  std::vector<std::pair<TemplateValue, TemplateValue>> Entries; ///< in order of insertion, keys distinct
  std::unordered_map<std::string_view, size_t> Index;           ///< of string keys, where entries are many
  unsigned Depth;
  /// The value of a key, or null. A key that is no scalar is never found.
  const TemplateValue *find(std::string_view Key) const;
  const TemplateValue *find(const TemplateValue &Key) const;
};

struct RangeObject {
  int64_t Start, Step, Count, Stop;
  int64_t at(int64_t I) const { return Start + I * Step; }
};

struct MethodObject {
  TemplateValue Self;
  unsigned Id;
};

/// The `loop` variable of a running for.
struct LoopObject {
  explicit LoopObject(TemplateValue Items) : Items(std::move(Items)) {}
  const std::vector<TemplateValue> &items() const { return Items.asList().Items; }
  TemplateValue
      Items; ///< a list; its origin is that of the loop's numbers, as it decides how many rounds there are
  size_t Index = 0;
  TemplateValue LastChanged;
  bool HasChanged = false;
};

} // namespace facet
#endif
