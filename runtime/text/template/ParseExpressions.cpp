// Expressions, loosest binding first.
#include "runtime/text/template/Builtins.h"
#include "runtime/text/template/Parser.h"

#include <algorithm>
#include <charconv>

using namespace facet;

Expr *Parser::make(ExprKind Kind, size_t Line, std::vector<Expr *> Children) {
  if (Failed)
    return nullptr;
  Expr &E = Out.Exprs.emplace_back();
  E.Kind = Kind;
  E.Line = static_cast<unsigned>(Line);
  E.Children = std::move(Children);
  for (Expr *Child : E.Children)
    E.Depth = std::max(E.Depth, Child ? Child->Depth + 1 : 1);
  if (E.Depth > MaxTree)
    return fail("this expression applies more than " + std::to_string(MaxTree) + " operations to each other",
                Line);
  return &E;
}

Expr *Parser::binary(ExprKind Kind, size_t Line, Expr *Left, Expr *Right) {
  return Left && Right ? make(Kind, Line, {Left, Right}) : nullptr;
}

Expr *Parser::text(std::string Bytes, size_t Line) {
  Expr *E = make(ExprKind::Constant, Line);
  if (E)
    E->Value = TemplateValue::string(std::move(Bytes), Origin::Template);
  return E;
}

Expr *Parser::expression(bool WithConditional) {
  Nesting Level(*this);
  if (tooDeep())
    return nullptr;
  return WithConditional ? conditional() : orExpr();
}

/// One expression, or several with commas between them: a tuple.
Expr *Parser::tuple(bool WithConditional, bool Parenthesized) {
  size_t Line = Current.Line;
  std::vector<Expr *> Items;
  bool IsTuple = false;
  while (!Failed) {
    if (isA(TokenKind::VariableEnd) || isA(TokenKind::BlockEnd) || isA(TokenKind::RightParen) ||
        (!Parenthesized && isName("recursive")))
      break;
    Expr *Item = expression(WithConditional);
    if (!Item)
      return nullptr;
    Items.push_back(Item);
    if (!skip(TokenKind::Comma))
      break;
    IsTuple = true;
  }
  if (IsTuple || (Items.empty() && Parenthesized))
    return make(ExprKind::Tuple, Line, std::move(Items));
  if (Items.empty())
    return unexpected("an expression");
  return Items[0];
}

Expr *Parser::conditional() {
  Expr *Then = orExpr();
  while (Then && isName("if")) {
    size_t Line = Current.Line;
    advance();
    Expr *Condition = orExpr();
    Expr *Else = nullptr;
    if (skipName("else") && !(Else = expression()))
      return nullptr;
    if (!Condition)
      return nullptr;
    Then = make(ExprKind::Conditional, Line, {Condition, Then, Else});
  }
  return Then;
}

Expr *Parser::orExpr() {
  Expr *Left = andExpr();
  for (size_t Line = Current.Line; Left && skipName("or"); Line = Current.Line)
    Left = binary(ExprKind::Or, Line, Left, andExpr());
  return Left;
}

Expr *Parser::andExpr() {
  Expr *Left = notExpr();
  for (size_t Line = Current.Line; Left && skipName("and"); Line = Current.Line)
    Left = binary(ExprKind::And, Line, Left, notExpr());
  return Left;
}

Expr *Parser::notExpr() {
  if (!isName("not"))
    return compare();
  Nesting Level(*this);
  if (tooDeep())
    return nullptr;
  size_t Line = Current.Line;
  advance();
  Expr *Operand = notExpr();
  return Operand ? make(ExprKind::Not, Line, {Operand}) : nullptr;
}

Expr *Parser::compare() {
  size_t Line = Current.Line;
  Expr *First = sum();
  std::vector<Expr *> Operands{First};
  std::vector<CompareOp> Ops;
  while (!Failed) {
    if (skip(TokenKind::Equal))
      Ops.push_back(CompareOp::Equal);
    else if (skip(TokenKind::NotEqual))
      Ops.push_back(CompareOp::NotEqual);
    else if (skip(TokenKind::Less))
      Ops.push_back(CompareOp::Less);
    else if (skip(TokenKind::LessEqual))
      Ops.push_back(CompareOp::LessEqual);
    else if (skip(TokenKind::Greater))
      Ops.push_back(CompareOp::Greater);
    else if (skip(TokenKind::GreaterEqual))
      Ops.push_back(CompareOp::GreaterEqual);
    else if (skipName("in"))
      Ops.push_back(CompareOp::In);
    else if (isName("not") && Following.Kind == TokenKind::Name && Following.Text == "in") {
      advance();
      advance();
      Ops.push_back(CompareOp::NotIn);
    } else
      break;
    Operands.push_back(sum());
  }
  if (Failed || Ops.empty())
    return Failed ? nullptr : First;
  Expr *E = make(ExprKind::Compare, Line, std::move(Operands));
  if (E)
    E->Ops = std::move(Ops);
  return E;
}

Expr *Parser::sum() {
  Expr *Left = concat();
  while (Left && (isA(TokenKind::Add) || isA(TokenKind::Sub))) {
    ExprKind Kind = isA(TokenKind::Add) ? ExprKind::Add : ExprKind::Sub;
    size_t Line = Current.Line;
    advance();
    Left = binary(Kind, Line, Left, concat());
  }
  return Left;
}

Expr *Parser::concat() {
  size_t Line = Current.Line;
  Expr *First = product();
  if (!isA(TokenKind::Tilde))
    return First;
  std::vector<Expr *> Parts{First};
  while (!Failed && skip(TokenKind::Tilde))
    Parts.push_back(product());
  return make(ExprKind::Concat, Line, std::move(Parts));
}

Expr *Parser::product() {
  Expr *Left = power();
  while (Left) {
    ExprKind Kind;
    if (isA(TokenKind::Mul))
      Kind = ExprKind::Mul;
    else if (isA(TokenKind::Div))
      Kind = ExprKind::Div;
    else if (isA(TokenKind::FloorDiv))
      Kind = ExprKind::FloorDiv;
    else if (isA(TokenKind::Mod))
      Kind = ExprKind::Mod;
    else
      break;
    size_t Line = Current.Line;
    advance();
    Left = binary(Kind, Line, Left, power());
  }
  return Left;
}

/// Jinja2 binds ** to the left, and looser than the sign: -2 ** 2 is 4.
Expr *Parser::power() {
  Expr *Left = unary();
  for (size_t Line = Current.Line; Left && skip(TokenKind::Power); Line = Current.Line)
    Left = binary(ExprKind::Power, Line, Left, unary());
  return Left;
}

Expr *Parser::unary(bool WithFilters) {
  Expr *E;
  if (isA(TokenKind::Sub) || isA(TokenKind::Add)) {
    Nesting Level(*this);
    if (tooDeep())
      return nullptr;
    ExprKind Kind = isA(TokenKind::Sub) ? ExprKind::Negate : ExprKind::Positive;
    size_t Line = Current.Line;
    advance();
    Expr *Operand = unary(false);
    E = Operand ? make(Kind, Line, {Operand}) : nullptr;
  } else {
    E = primary();
  }
  E = E ? postfix(E) : nullptr;
  return E && WithFilters ? filtersAndTests(E) : E;
}

Expr *Parser::primary() {
  Token Tok = Current;
  switch (Tok.Kind) {
  case TokenKind::Name: {
    for (const char *Word : {"and", "or", "in", "is", "if", "else", "not"})
      if (Tok.Text == Word)
        return unexpected("an expression");
    advance();
    if (Tok.Text == "true" || Tok.Text == "True" || Tok.Text == "false" || Tok.Text == "False" ||
        Tok.Text == "none" || Tok.Text == "None") {
      Expr *E = make(ExprKind::Constant, Tok.Line);
      if (E)
        E->Value = (Tok.Text[0] | 0x20) == 'n'
                       ? TemplateValue::none(Origin::Template)
                       : TemplateValue::boolean((Tok.Text[0] | 0x20) == 't', Origin::Template);
      return E;
    }
    Expr *E = make(ExprKind::Name, Tok.Line);
    if (!E)
      return nullptr;
    E->Symbol = symbol(Tok.Text);
    if (!Macros.empty()) {
      Macros.back()->UsesVarargs |= E->Symbol == Out.Varargs;
      Macros.back()->UsesKwargs |= E->Symbol == Out.Kwargs;
      Macros.back()->UsesCaller |= E->Symbol == Out.Caller;
    }
    return E;
  }
  case TokenKind::String: {
    std::string Bytes;
    for (; isA(TokenKind::String); advance())
      Bytes += Current.Text;
    return text(std::move(Bytes), Tok.Line);
  }
  case TokenKind::Integer:
  case TokenKind::Float:
    advance();
    return constant(Tok);
  case TokenKind::LeftParen: {
    advance();
    Expr *E = tuple(true, true);
    return E && expect(TokenKind::RightParen, "after what the parentheses hold") ? E : nullptr;
  }
  case TokenKind::LeftBracket:
    return listDisplay();
  case TokenKind::LeftBrace:
    return dictDisplay();
  default:
    return unexpected("an expression");
  }
}

Expr *Parser::constant(const Token &Number) {
  Expr *E = make(ExprKind::Constant, Number.Line);
  if (!E)
    return nullptr;
  const char *Begin = Number.Text.data(), *End = Begin + Number.Text.size();
  if (Number.Kind == TokenKind::Float) {
    double Value = 0;
    auto [Stop, Problem] = std::from_chars(Begin, End, Value);
    if (Problem != std::errc() || Stop != End)
      return fail("this number is out of the range of a double", Number.Line);
    E->Value = TemplateValue::real(Value, Origin::Template);
    return E;
  }
  char Letter = Number.Text.size() > 2 ? Number.Text[1] : ' ';
  int Base = Letter == 'x' ? 16 : Letter == 'o' ? 8 : Letter == 'b' ? 2 : 10;
  int64_t Value = 0;
  auto [Stop, Problem] = std::from_chars(Base == 10 ? Begin : Begin + 2, End, Value, Base);
  if (Problem != std::errc() || Stop != End)
    return fail("expected an integer of at most 64 bits", Number.Line);
  E->Value = TemplateValue::integer(Value, Origin::Template);
  return E;
}

Expr *Parser::listDisplay() {
  size_t Line = Current.Line;
  advance();
  std::vector<Expr *> Items;
  while (!Failed && !isA(TokenKind::RightBracket)) {
    if (!Items.empty() && !expect(TokenKind::Comma, "between the items of a list"))
      return nullptr;
    if (isA(TokenKind::RightBracket))
      break;
    Items.push_back(expression());
  }
  return expect(TokenKind::RightBracket, "after a list") ? make(ExprKind::List, Line, std::move(Items))
                                                         : nullptr;
}

Expr *Parser::dictDisplay() {
  size_t Line = Current.Line;
  advance();
  std::vector<Expr *> Items;
  while (!Failed && !isA(TokenKind::RightBrace)) {
    if (!Items.empty() && !expect(TokenKind::Comma, "between the entries of a dict"))
      return nullptr;
    if (isA(TokenKind::RightBrace))
      break;
    Items.push_back(expression());
    if (!expect(TokenKind::Colon, "after a dict's key"))
      return nullptr;
    Items.push_back(expression());
  }
  return expect(TokenKind::RightBrace, "after a dict") ? make(ExprKind::Dict, Line, std::move(Items))
                                                       : nullptr;
}

unsigned Parser::symbol(const std::string &Name) {
  auto [It, New] = Symbols.emplace(Name, static_cast<unsigned>(Out.Names.size()));
  if (New)
    Out.Names.push_back(Name);
  return It->second;
}
