// + - * / // % ** on numbers, texts and lists, as Python computes them; integers have 64 bits and never wrap.
#include "runtime/text/template/Access.h"
#include "runtime/text/template/Format.h"
#include "runtime/text/template/Operators.h"

#include <cmath>

using namespace facet;

namespace {
const char *nameOf(ExprKind Op) {
  switch (Op) {
  case ExprKind::Add:
    return "+";
  case ExprKind::Sub:
    return "-";
  case ExprKind::Mul:
    return "*";
  case ExprKind::Div:
    return "/";
  case ExprKind::FloorDiv:
    return "//";
  case ExprKind::Mod:
    return "%";
  default:
    return "**";
  }
}

TemplateValue overflow(RenderState &R, ExprKind Op) {
  return R.fail(std::string("the result of '") + nameOf(Op) + "' does not fit into 64 bits");
}

bool integerPower(int64_t Base, int64_t Exponent, int64_t &Out) {
  Out = 1;
  for (; Exponent > 0; Exponent >>= 1) {
    if ((Exponent & 1) && __builtin_mul_overflow(Out, Base, &Out))
      return false;
    if (Exponent > 1 && __builtin_mul_overflow(Base, Base, &Base))
      return false;
  }
  return true;
}

TemplateValue integers(RenderState &R, ExprKind Op, int64_t A, int64_t B, Origin From) {
  int64_t Out = 0;
  bool Overflow = false;
  switch (Op) {
  case ExprKind::Add:
    Overflow = __builtin_add_overflow(A, B, &Out);
    break;
  case ExprKind::Sub:
    Overflow = __builtin_sub_overflow(A, B, &Out);
    break;
  case ExprKind::Mul:
    Overflow = __builtin_mul_overflow(A, B, &Out);
    break;
  case ExprKind::FloorDiv:
  case ExprKind::Mod: {
    if (B == -1) { // INT64_MIN / -1 is the one quotient that overflows
      if (Op == ExprKind::Mod)
        return TemplateValue::integer(0, From);
      Overflow = __builtin_sub_overflow(int64_t(0), A, &Out);
      break;
    }
    int64_t Quotient = A / B, Rest = A % B;
    bool Down = Rest != 0 && (Rest < 0) != (B < 0); // Python rounds down, C++ toward zero
    Out = Op == ExprKind::Mod ? Rest + (Down ? B : 0) : Quotient - Down;
    break;
  }
  default: // Power, of an exponent >= 0
    Overflow = !integerPower(A, B, Out);
  }
  return Overflow ? overflow(R, Op) : TemplateValue::integer(Out, From);
}

TemplateValue numbers(RenderState &R, ExprKind Op, const TemplateValue &A, const TemplateValue &B) {
  Origin From = both(A.origin(), B.origin());
  if (A.is(ValueKind::BigInt) || B.is(ValueKind::BigInt))
    return R.fail(std::string("'") + nameOf(Op) + "' takes integers of at most 64 bits");
  bool Divides = Op == ExprKind::Div || Op == ExprKind::FloorDiv || Op == ExprKind::Mod;
  if (Divides && B.asDouble() == 0)
    return R.fail("division by zero");
  bool Whole = !A.is(ValueKind::Float) && !B.is(ValueKind::Float);
  if (Whole && Op != ExprKind::Div && (Op != ExprKind::Power || B.asInt() >= 0))
    return integers(R, Op, A.asInt(), B.asInt(), From);
  double X = A.asDouble(), Y = B.asDouble(), Out = 0;
  switch (Op) {
  case ExprKind::Add:
    Out = X + Y;
    break;
  case ExprKind::Sub:
    Out = X - Y;
    break;
  case ExprKind::Mul:
    Out = X * Y;
    break;
  case ExprKind::Div:
    Out = X / Y;
    break;
  case ExprKind::FloorDiv:
  case ExprKind::Mod: {
    double Rest = std::fmod(X, Y);
    double Quotient = (X - Rest) / Y;
    if (Rest != 0 && (Rest < 0) != (Y < 0)) {
      Rest += Y;
      Quotient -= 1;
    }
    if (Rest == 0)
      Rest = std::copysign(0.0, Y);
    double Floor = std::floor(Quotient);
    if (Quotient - Floor > 0.5)
      Floor += 1;
    Out = Op == ExprKind::Mod ? Rest : Quotient == 0 ? std::copysign(0.0, X / Y) : Floor;
    break;
  }
  default:
    if (X == 0 && Y < 0)
      return R.fail("zero cannot be raised to a negative power");
    if (X < 0 && Y != std::floor(Y))
      return R.fail("a negative number cannot be raised to a fraction");
    Out = std::pow(X, Y);
  }
  return TemplateValue::real(Out, From);
}

TemplateValue repeat(RenderState &R, const TemplateValue &What, const TemplateValue &Times) {
  size_t Count = Times.asInt() < 0 ? 0 : static_cast<size_t>(Times.asInt());
  if (What.is(ValueKind::String)) {
    const SourcedText &Text = What.asText();
    size_t Size;
    if (__builtin_mul_overflow(Text.footprint(), Count, &Size) || !R.room(Size))
      return R.room(SIZE_MAX), TemplateValue();
    SourcedText Out;
    for (size_t I = 0; I < Count && !Text.empty(); ++I)
      Out.append(Text);
    return TemplateValue::text(std::move(Out));
  }
  const ListObject &List = What.asList();
  size_t Size;
  if (__builtin_mul_overflow(List.Items.size(), Count * sizeof(TemplateValue), &Size) ||
      Count > SIZE_MAX / 64 || !R.work(Size))
    return R.work(SIZE_MAX / 2), TemplateValue();
  std::vector<TemplateValue> Items;
  for (size_t I = 0; I < Count && !List.Items.empty(); ++I)
    Items.insert(Items.end(), List.Items.begin(), List.Items.end());
  return R.list(std::move(Items), List.Flavor, What.origin());
}

bool isPlainList(const TemplateValue &V) {
  return V.is(ValueKind::List) && V.asList().Flavor <= ListFlavor::Tuple;
}
bool isRepeatable(const TemplateValue &V) { return V.is(ValueKind::String) || isPlainList(V); }
bool isWhole(const TemplateValue &V) { return V.is(ValueKind::Int) || V.is(ValueKind::Bool); }
} // namespace

TemplateValue facet::arithmetic(RenderState &R, ExprKind Op, const TemplateValue &A, const TemplateValue &B) {
  if (Op == ExprKind::Mod && A.is(ValueKind::String)) {
    bool IsTuple = B.is(ValueKind::List) && B.asList().Flavor == ListFlavor::Tuple;
    return formatPercent(R, A.asText(), IsTuple ? B.asList().Items : std::vector<TemplateValue>{B});
  }
  if (!requireDefined(R, A) || !requireDefined(R, B))
    return {};
  if (A.isNumber() && B.isNumber())
    return numbers(R, Op, A, B);
  if (Op == ExprKind::Add && A.is(ValueKind::String) && B.is(ValueKind::String)) {
    if (!R.room(A.asText().footprint() + B.asText().footprint()))
      return {};
    SourcedText Out = A.asText();
    Out.append(B.asText());
    return TemplateValue::text(std::move(Out));
  }
  if (Op == ExprKind::Add && isPlainList(A) && isPlainList(B) && A.asList().Flavor == B.asList().Flavor) {
    if (!R.work((A.asList().Items.size() + B.asList().Items.size()) * sizeof(TemplateValue)))
      return {};
    std::vector<TemplateValue> Items = A.asList().Items;
    Items.insert(Items.end(), B.asList().Items.begin(), B.asList().Items.end());
    return R.list(std::move(Items), A.asList().Flavor, both(A.origin(), B.origin()));
  }
  if (Op == ExprKind::Mul && isRepeatable(A) && isWhole(B))
    return repeat(R, A, B);
  if (Op == ExprKind::Mul && isWhole(A) && isRepeatable(B))
    return repeat(R, B, A);
  return R.fail(std::string("'") + nameOf(Op) + "' cannot take " + describe(A) + " and " + describe(B));
}

TemplateValue facet::negate(RenderState &R, const TemplateValue &A) {
  if (!requireDefined(R, A))
    return {};
  if (A.is(ValueKind::Float))
    return TemplateValue::real(-A.asDouble(), A.origin());
  if (isWhole(A))
    return integers(R, ExprKind::Sub, 0, A.asInt(), A.origin());
  return R.fail("'-' cannot take " + describe(A));
}
