// The token stream of the parser and its errors.
#include "runtime/text/template/Parser.h"

using namespace facet;

Parser::Parser(std::string_view Source, ParsedTemplate &Into) : Lex(Source), Out(Into) {
  Out.Loop = symbol("loop");
  Out.Caller = symbol("caller");
  Out.Varargs = symbol("varargs");
  Out.Kwargs = symbol("kwargs");
  Current = Lex.next();
  Following = Lex.next();
  if (Current.Kind == TokenKind::Error)
    fail(Current.Text, Current.Line);
}

const TemplateError *Parser::parse() {
  if (!Failed)
    Out.Body = statements({});
  if (!Failed && !isA(TokenKind::End))
    unexpected("the end of the template");
  return Failed ? &Error : nullptr;
}

void Parser::advance() {
  if (Failed)
    return;
  Current = std::move(Following);
  Following = Current.Kind == TokenKind::End || Current.Kind == TokenKind::Error ? Current : Lex.next();
  if (Current.Kind == TokenKind::Error)
    fail(Current.Text, Current.Line);
}

bool Parser::skip(TokenKind Kind) {
  if (!isA(Kind))
    return false;
  advance();
  return true;
}

bool Parser::skipName(std::string_view Word) {
  if (!isName(Word))
    return false;
  advance();
  return true;
}

bool Parser::expect(TokenKind Kind, const char *Where) {
  if (!skip(Kind))
    unexpected(describe(Kind) + " " + Where);
  return !Failed;
}

bool Parser::expectName(std::string &Name, const char *Where) {
  if (!isA(TokenKind::Name)) {
    unexpected(std::string("the name ") + Where);
    return false;
  }
  Name = Current.Text;
  advance();
  return !Failed;
}

std::nullptr_t Parser::fail(std::string Message, size_t Line) {
  if (!Failed) {
    Failed = true;
    Error = {TemplateError::Syntax, Line ? Line : Current.Line, std::move(Message)};
  }
  Current.Kind = Following.Kind = TokenKind::End;
  return nullptr;
}

std::nullptr_t Parser::unexpected(const std::string &Expected) {
  return fail("expected " + Expected + ", found " + describe(Current));
}

bool Parser::tooDeep() {
  if (Depth > MaxNesting)
    fail("brackets and blocks are nested deeper than " + std::to_string(MaxNesting));
  return Failed;
}
