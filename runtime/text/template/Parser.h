// Builds a ParsedTemplate from tokens by recursive descent, in Jinja2's grammar and order of precedence.
#ifndef FACET_RUNTIME_TEXT_TEMPLATE_PARSER_H
#define FACET_RUNTIME_TEXT_TEMPLATE_PARSER_H

#include "runtime/text/template/Ast.h"
#include "runtime/text/template/Lexer.h"
#include "runtime/text/template/Template.h"

#include <initializer_list>
#include <unordered_map>

namespace facet {

/// One use: construct, parse. After the first error every token reads as the end, so all loops stop.
class Parser {
public:
  Parser(std::string_view Source, ParsedTemplate &Into);
  /// Null, or what is wrong with the source.
  const TemplateError *parse();

private:
  // Tokens.
  void advance();
  bool isA(TokenKind Kind) const { return Current.Kind == Kind; }
  bool isName(std::string_view Word) const { return isA(TokenKind::Name) && Current.Text == Word; }
  bool skip(TokenKind Kind);
  bool skipName(std::string_view Word);
  bool expect(TokenKind Kind, const char *Where);
  bool expectName(std::string &Name, const char *Where);
  std::nullptr_t fail(std::string Message, size_t Line = 0);
  std::nullptr_t unexpected(const std::string &Expected);

  // ParseStatements.cpp
  StmtList statements(std::initializer_list<std::string_view> Ends);
  Stmt *block(std::initializer_list<std::string_view> Ends);
  StmtList body(std::initializer_list<std::string_view> Ends, bool TakeEnd = true);
  bool isBodyEnd(std::initializer_list<std::string_view> Ends) const;
  Stmt *ifBlock(Stmt *S);
  Stmt *forBlock(Stmt *S);
  Stmt *setBlock(Stmt *S);
  Stmt *macroBlock(Stmt *S);
  Stmt *callBlock(Stmt *S);
  Stmt *withBlock(Stmt *S);
  bool signature(MacroNode &Macro);
  Target target(bool WithAttributes);
  Target oneTarget(bool WithAttributes);

  // ParseExpressions.cpp
  Expr *expression(bool WithConditional = true);
  Expr *tuple(bool WithConditional = true, bool Parenthesized = false);
  Expr *conditional();
  Expr *orExpr();
  Expr *andExpr();
  Expr *notExpr();
  Expr *compare();
  Expr *sum();
  Expr *concat();
  Expr *product();
  Expr *power();
  Expr *unary(bool WithFilters = true);
  Expr *primary();
  Expr *constant(const Token &Number);
  Expr *listDisplay();
  Expr *dictDisplay();
  Expr *postfix(Expr *E);
  Expr *subscript(Expr *Object);
  Expr *filtersAndTests(Expr *E);
  Expr *filters(Expr *Input, bool First);
  Expr *test(Expr *Input);
  bool arguments(Expr &Call);

  Expr *make(ExprKind Kind, size_t Line, std::vector<Expr *> Children = {});
  Expr *binary(ExprKind Kind, size_t Line, Expr *Left, Expr *Right);
  Expr *text(std::string Bytes, size_t Line);
  Stmt *makeStmt(StmtKind Kind, size_t Line);
  unsigned symbol(const std::string &Name);

  /// Counts how deep the parser's own calls are nested.
  struct Nesting {
    explicit Nesting(Parser &P) : P(P) { ++P.Depth; }
    ~Nesting() { --P.Depth; }
    Parser &P;
  };
  bool tooDeep();
  static constexpr unsigned MaxNesting = FACET_MAX_TEMPLATE_NESTING;
  static constexpr unsigned MaxTree = FACET_MAX_TEMPLATE_OPERATIONS;

  Lexer Lex;
  ParsedTemplate &Out;
  Token Current, Following;
  std::unordered_map<std::string, unsigned> Symbols;
  std::vector<MacroNode *> Macros; ///< being parsed
  unsigned Depth = 0, Loops = 0;
  bool Failed = false;
  TemplateError Error;
};

} // namespace facet
#endif
