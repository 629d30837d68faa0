// What follows a primary expression: attributes, subscripts, calls, filters and tests.
#include "runtime/text/template/Builtins.h"
#include "runtime/text/template/Parser.h"

using namespace facet;

Expr *Parser::postfix(Expr *E) {
  while (E && !Failed) {
    if (isA(TokenKind::Dot) || isA(TokenKind::LeftBracket)) {
      E = subscript(E);
    } else if (isA(TokenKind::LeftParen)) {
      E = make(ExprKind::Call, Current.Line, {E});
      if (E && !arguments(*E))
        return nullptr;
    } else {
      break;
    }
  }
  return Failed ? nullptr : E;
}

Expr *Parser::subscript(Expr *Object) {
  size_t Line = Current.Line;
  if (skip(TokenKind::Dot)) {
    Token Tok = Current;
    if (Tok.Kind == TokenKind::Integer) {
      advance();
      Expr *Key = constant(Tok);
      return Key ? make(ExprKind::Item, Line, {Object, Key}) : nullptr;
    }
    std::string Name;
    if (!expectName(Name, "after '.'"))
      return nullptr;
    Expr *E = make(ExprKind::Attribute, Line, {Object});
    if (E)
      E->Value = TemplateValue::string(std::move(Name), Origin::Template);
    return E;
  }
  advance(); // '['
  Expr *Bounds[3] = {};
  bool IsSlice = false;
  for (unsigned I = 0; I < 3 && !Failed; ++I) {
    if (!isA(TokenKind::Colon) && !isA(TokenKind::RightBracket) && !(Bounds[I] = expression()))
      return nullptr;
    if (I == 2 || !skip(TokenKind::Colon))
      break;
    IsSlice = true;
  }
  if (!IsSlice && !Bounds[0])
    return unexpected("an index");
  if (isA(TokenKind::Comma))
    return fail("an index of several values is not supported");
  if (!expect(TokenKind::RightBracket, "after an index"))
    return nullptr;
  if (!IsSlice)
    return make(ExprKind::Item, Line, {Object, Bounds[0]});
  return make(ExprKind::Slice, Line, {Object, Bounds[0], Bounds[1], Bounds[2]});
}

/// Reads "(a, b, name=c)" into Call's children and keywords.
bool Parser::arguments(Expr &Call) {
  if (!expect(TokenKind::LeftParen, "before arguments"))
    return false;
  bool First = true;
  while (!Failed && !isA(TokenKind::RightParen)) {
    if (!First && !expect(TokenKind::Comma, "between arguments"))
      return false;
    First = false;
    if (isA(TokenKind::RightParen))
      break;
    if (isA(TokenKind::Mul) || isA(TokenKind::Power)) {
      fail("'*' and '**' before an argument are not supported: write the arguments out");
      return false;
    }
    bool IsKeyword = isA(TokenKind::Name) && Following.Kind == TokenKind::Assign;
    std::string Name = IsKeyword ? Current.Text : "";
    if (IsKeyword) {
      advance();
      advance();
    } else if (!Call.Keywords.empty()) {
      fail("a positional argument cannot follow a keyword argument");
      return false;
    }
    Expr *Value = expression();
    if (!Value)
      return false;
    if (IsKeyword) {
      for (const Keyword &K : Call.Keywords)
        if (K.Name == Name) {
          fail("the argument '" + Name + "' is given twice");
          return false;
        }
      Call.Keywords.push_back({std::move(Name), Value});
    } else {
      Call.Children.push_back(Value);
    }
    if (Value->Depth >= Call.Depth)
      Call.Depth = Value->Depth + 1;
  }
  if (Call.Depth > MaxTree) {
    fail("this expression applies more than " + std::to_string(MaxTree) + " operations to each other",
         Call.Line);
    return false;
  }
  return expect(TokenKind::RightParen, "after arguments");
}

Expr *Parser::filtersAndTests(Expr *E) {
  while (E && !Failed) {
    if (isA(TokenKind::Pipe)) {
      E = filters(E, false);
    } else if (isName("is")) {
      E = test(E);
    } else if (isA(TokenKind::LeftParen)) {
      E = make(ExprKind::Call, Current.Line, {E});
      if (E && !arguments(*E))
        return nullptr;
    } else {
      break;
    }
  }
  return Failed ? nullptr : E;
}

/// "| name(arguments)" and so on. In a filter block the first filter has no pipe (First) and no Input.
Expr *Parser::filters(Expr *Input, bool First) {
  Expr *E = Input;
  while (!Failed && (First || isA(TokenKind::Pipe))) {
    if (!First)
      advance();
    First = false;
    size_t Line = Current.Line;
    std::string Name;
    if (!expectName(Name, "of a filter after '|'"))
      return nullptr;
    int Id = findFilter(Name);
    if (Id < 0)
      return fail("there is no filter named '" + Name + "' here", Line);
    E = make(ExprKind::Filter, Line, {E});
    if (!E)
      return nullptr;
    E->Id = static_cast<unsigned>(Id);
    if (isA(TokenKind::LeftParen) && !arguments(*E))
      return nullptr;
  }
  return Failed ? nullptr : E;
}

Expr *Parser::test(Expr *Input) {
  advance(); // "is"
  size_t Line = Current.Line;
  bool Negated = skipName("not");
  std::string Name;
  if (!expectName(Name, "of a test after 'is'"))
    return nullptr;
  int Id = findTest(Name);
  if (Id < 0)
    return fail("there is no test named '" + Name + "' here", Line);
  Expr *E = make(ExprKind::Test, Line, {Input});
  if (!E)
    return nullptr;
  E->Id = static_cast<unsigned>(Id);
  if (isName("is"))
    return fail("tests cannot be chained with 'is': write 'and' between them");
  bool EndsHere = false; // a test's one argument may stand without parentheses
  for (const char *Word : {"else", "or", "and", "if", "in", "not", "recursive"})
    EndsHere |= isName(Word);
  if (isA(TokenKind::LeftParen)) {
    if (!arguments(*E))
      return nullptr;
  } else if (!EndsHere &&
             (isA(TokenKind::Name) || isA(TokenKind::String) || isA(TokenKind::Integer) ||
              isA(TokenKind::Float) || isA(TokenKind::LeftBracket) || isA(TokenKind::LeftBrace))) {
    Expr *Argument = primary();
    if (!Argument || !(Argument = postfix(Argument)))
      return nullptr;
    E->Children.push_back(Argument);
    if (Argument->Depth >= E->Depth)
      E->Depth = Argument->Depth + 1;
  }
  return Negated ? make(ExprKind::Not, Line, {E}) : E;
}
