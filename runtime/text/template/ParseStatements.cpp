// Text, {{ }} and {% %} blocks.
#include "runtime/text/template/Parser.h"

using namespace facet;

Stmt *Parser::makeStmt(StmtKind Kind, size_t Line) {
  Stmt &S = Out.Stmts.emplace_back();
  S.Kind = Kind;
  S.Line = static_cast<unsigned>(Line);
  return &S;
}

bool Parser::isBodyEnd(std::initializer_list<std::string_view> Ends) const {
  if (Current.Kind != TokenKind::BlockBegin || Following.Kind != TokenKind::Name)
    return false;
  for (std::string_view End : Ends)
    if (Following.Text == End)
      return true;
  return false;
}

/// Everything up to the end of the template or to a block named in Ends, which stays Current (at its "{%").
StmtList Parser::statements(std::initializer_list<std::string_view> Ends) {
  StmtList List;
  Nesting Level(*this);
  if (tooDeep())
    return List;
  while (!Failed && !isA(TokenKind::End) && !isBodyEnd(Ends)) {
    if (isA(TokenKind::Data)) {
      if (!Current.Text.empty()) {
        Stmt *S = makeStmt(StmtKind::Text, Current.Line);
        S->Value = TemplateValue::string(std::move(Current.Text), Origin::Template);
        List.push_back(S);
      }
      advance();
    } else if (isA(TokenKind::VariableBegin)) {
      Stmt *S = makeStmt(StmtKind::Print, Current.Line);
      advance();
      S->Expression = tuple();
      expect(TokenKind::VariableEnd, "after an expression");
      List.push_back(S);
    } else if (Stmt *S = block(Ends)) {
      List.push_back(S);
    }
  }
  return List;
}

/// The statements up to one of Ends. TakeEnd: also takes "name", otherwise its word is Current afterwards.
StmtList Parser::body(std::initializer_list<std::string_view> Ends, bool TakeEnd) {
  size_t Line = Current.Line;
  if (!expect(TokenKind::BlockEnd, "at the end of a block's first tag"))
    return {};
  StmtList List = statements(Ends);
  if (isBodyEnd(Ends)) {
    advance();
    if (TakeEnd) {
      advance();
      expect(TokenKind::BlockEnd, "at the end of this tag");
    }
  } else if (!Failed) {
    std::string Names;
    for (std::string_view End : Ends)
      Names += (Names.empty() ? "'{% " : " or '{% ") + std::string(End) + " %}'";
    fail("expected " + Names + " for the block of line " + std::to_string(Line) + ", found " +
         describe(Current));
  }
  return List;
}

Stmt *Parser::block(std::initializer_list<std::string_view> Ends) {
  if (!expect(TokenKind::BlockBegin, "or text"))
    return nullptr;
  std::string Word;
  size_t Line = Current.Line;
  if (!expectName(Word, "of a statement after '{%'"))
    return nullptr;
  auto Start = [&](StmtKind Kind) { return makeStmt(Kind, Line); };
  if (Word == "if")
    return ifBlock(Start(StmtKind::If));
  if (Word == "for")
    return forBlock(Start(StmtKind::For));
  if (Word == "set")
    return setBlock(Start(StmtKind::Set));
  if (Word == "macro")
    return macroBlock(Start(StmtKind::Macro));
  if (Word == "call")
    return callBlock(Start(StmtKind::CallBlock));
  if (Word == "with")
    return withBlock(Start(StmtKind::With));
  if (Word == "generation") { // marks what the model wrote, for training; text as any other here
    Stmt *S = Start(StmtKind::Scope);
    S->Body = body({"endgeneration"});
    return S;
  }
  if (Word == "filter") {
    Stmt *S = Start(StmtKind::FilterBlock);
    S->Expression = filters(nullptr, true);
    S->Body = body({"endfilter"});
    return S;
  }
  if (Word == "break" || Word == "continue") {
    if (!Loops)
      return fail("'" + Word + "' stands outside of any loop", Line);
    expect(TokenKind::BlockEnd, "at the end of this tag");
    return Start(Word == "break" ? StmtKind::Break : StmtKind::Continue);
  }
  for (const char *Other : {"include", "import", "from", "extends", "block", "autoescape", "do", "trans"})
    if (Word == Other)
      return fail("'{% " + Word + " %}' is not supported in chat templates", Line);
  std::string Expected;
  for (std::string_view End : Ends)
    Expected += ", or '" + std::string(End) + "' to end the open block";
  return fail("there is no statement '" + Word + "': expected if, for, set, macro or the like" + Expected,
              Line);
}

Stmt *Parser::ifBlock(Stmt *S) {
  std::string Word = "if";
  while (!Failed && (Word == "if" || Word == "elif")) {
    Branch B;
    B.Condition = tuple(false);
    B.Body = body({"elif", "else", "endif"}, false);
    Word = Current.Text;
    advance();
    S->Branches.push_back(std::move(B));
  }
  if (!Failed && Word == "else")
    S->Else = body({"endif"});
  else
    expect(TokenKind::BlockEnd, "at the end of this tag");
  return S;
}

Stmt *Parser::forBlock(Stmt *S) {
  S->To = target(false);
  if (!skipName("in"))
    return unexpected("'in' after the variables of a loop");
  S->Expression = tuple(false);
  if (skipName("if"))
    S->Condition = expression();
  if (isName("recursive"))
    return fail("recursive loops are not supported: write a macro that calls itself");
  ++Loops;
  S->Body = body({"else", "endfor"}, false);
  --Loops;
  bool HasElse = isName("else");
  advance();
  if (HasElse)
    S->Else = body({"endfor"});
  else
    expect(TokenKind::BlockEnd, "at the end of this tag");
  return S;
}

Stmt *Parser::setBlock(Stmt *S) {
  S->To = target(true);
  if (skip(TokenKind::Assign)) {
    S->Expression = tuple();
    expect(TokenKind::BlockEnd, "at the end of this tag");
    return S;
  }
  S->Kind = StmtKind::SetBlock;
  if (isA(TokenKind::Pipe))
    S->Expression = filters(nullptr, false);
  S->Body = body({"endset"});
  return S;
}

bool Parser::signature(MacroNode &Macro) {
  if (!expect(TokenKind::LeftParen, "before the parameters"))
    return false;
  while (!Failed && !isA(TokenKind::RightParen)) {
    if (!Macro.Parameters.empty() && !expect(TokenKind::Comma, "between parameters"))
      return false;
    Parameter P{};
    if (!expectName(P.Name, "of a parameter"))
      return false;
    P.Symbol = symbol(P.Name);
    if (skip(TokenKind::Assign))
      P.Default = expression();
    else if (!Macro.Parameters.empty() && Macro.Parameters.back().Default)
      fail("the parameter '" + P.Name + "' needs a default, as the one before it has one");
    Macro.Parameters.push_back(std::move(P));
  }
  return expect(TokenKind::RightParen, "after the parameters");
}

Stmt *Parser::macroBlock(Stmt *S) {
  S->Macro = &Out.Macros.emplace_back();
  if (!expectName(S->Macro->Name, "of a macro"))
    return nullptr;
  S->Macro->Symbol = symbol(S->Macro->Name);
  Macros.push_back(S->Macro);
  unsigned Outer = std::exchange(Loops, 0);
  if (signature(*S->Macro))
    S->Macro->Body = body({"endmacro"});
  Loops = Outer;
  Macros.pop_back();
  return S;
}

/// {% call(parameters) expression %}: the body is handed to the called macro as `caller`.
Stmt *Parser::callBlock(Stmt *S) {
  S->Macro = &Out.Macros.emplace_back();
  S->Macro->Name = "caller";
  S->Macro->Symbol = Out.Caller;
  if (isA(TokenKind::LeftParen) && !signature(*S->Macro))
    return nullptr;
  S->Expression = expression();
  if (S->Expression && S->Expression->Kind != ExprKind::Call)
    return fail("expected a call of a macro after '{% call'");
  Macros.push_back(S->Macro);
  unsigned Outer = std::exchange(Loops, 0);
  S->Macro->Body = body({"endcall"});
  Loops = Outer;
  Macros.pop_back();
  return S;
}

Stmt *Parser::withBlock(Stmt *S) {
  while (!Failed && !isA(TokenKind::BlockEnd)) {
    if (!S->Assignments.empty() && !expect(TokenKind::Comma, "between assignments"))
      return nullptr;
    Target To = oneTarget(false);
    if (!expect(TokenKind::Assign, "after a variable of 'with'"))
      return nullptr;
    S->Assignments.emplace_back(std::move(To), expression());
  }
  S->Body = body({"endwith"});
  return S;
}

/// "a", "a, b", and with WithAttributes also "ns.a".
Target Parser::target(bool WithAttributes) {
  Target First = oneTarget(WithAttributes);
  if (!isA(TokenKind::Comma))
    return First;
  Target Tuple;
  Tuple.Kind = Target::Tuple;
  Tuple.Parts.push_back(std::move(First));
  while (skip(TokenKind::Comma)) {
    if (isA(TokenKind::Assign) || isA(TokenKind::RightParen) || isName("in"))
      break;
    Tuple.Parts.push_back(oneTarget(WithAttributes));
  }
  return Tuple;
}

Target Parser::oneTarget(bool WithAttributes) {
  Target To;
  Nesting Level(*this);
  if (tooDeep())
    return To;
  if (skip(TokenKind::LeftParen)) {
    To = target(WithAttributes);
    expect(TokenKind::RightParen, "after the variables");
    return To;
  }
  std::string Name;
  if (!expectName(Name, "of a variable"))
    return To;
  for (const char *Word : {"true", "false", "none", "True", "False", "None"})
    if (Name == Word)
      fail("nothing can be assigned to '" + Name + "'");
  To.Symbol = symbol(Name);
  if (WithAttributes && skip(TokenKind::Dot)) {
    To.Kind = Target::Attribute;
    expectName(To.AttributeName, "after '.'");
  }
  return To;
}
