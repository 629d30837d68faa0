// A parsed template: expressions and statements. All nodes belong to the ParsedTemplate, which is immutable
// after parsing; nodes point at each other without owning, so no destructor recurses.
#ifndef FACET_RUNTIME_TEXT_TEMPLATE_AST_H
#define FACET_RUNTIME_TEXT_TEMPLATE_AST_H

#include "runtime/text/template/Value.h"

#include <deque>
#include <string>
#include <vector>

namespace facet {

/// What a node holds beside its kind; "a, b" are Children.
enum class ExprKind : unsigned char {
  Constant, // Value
  Name,     // Symbol
  Tuple,
  List,      // the items
  Dict,      // key, value, key, value, ...
  Attribute, // object; Value: the name
  Item,      // object, key
  Slice,     // object, start, stop, step; null where left out
  Call,      // callee, arguments...; Keywords
  Filter,    // input (null: the text of the enclosing block), arguments...; Keywords, Id
  Test,      // input, arguments...; Keywords, Id
  Concat,    // the parts of a ~ b ~ c
  Add,
  Sub,
  Mul,
  Div,
  FloorDiv,
  Mod,
  Power, // left, right
  Negate,
  Positive,
  Not, // operand
  And,
  Or,          // left, right
  Compare,     // operands of a < b < c; Ops
  Conditional, // test, then, else (null: undefined)
};

enum class CompareOp : unsigned char { Equal, NotEqual, Less, LessEqual, Greater, GreaterEqual, In, NotIn };

struct Expr;
struct Keyword {
  std::string Name;
  Expr *Value;
};

struct Expr {
  ExprKind Kind = ExprKind::Constant;
  unsigned Line = 0;
  unsigned Depth = 1; ///< of the tree below
  unsigned Symbol = 0;
  unsigned Id = 0; ///< FilterId or TestId
  TemplateValue Value;
  std::vector<Expr *> Children;
  std::vector<Keyword> Keywords;
  std::vector<CompareOp> Ops;
};

/// What is assigned to: a name, an attribute of a namespace, or a tuple of targets.
struct Target {
  enum { Name, Attribute, Tuple } Kind = Name;
  unsigned Symbol = 0;
  std::string AttributeName;
  std::vector<Target> Parts;
};

struct Stmt;
using StmtList = std::vector<Stmt *>;

struct Parameter {
  unsigned Symbol;
  std::string Name;
  Expr *Default; ///< null: undefined
};

/// A macro, or the body of a call block.
struct MacroNode {
  std::string Name;
  unsigned Symbol = 0;
  std::vector<Parameter> Parameters;
  StmtList Body;
  bool UsesVarargs = false, UsesKwargs = false, UsesCaller = false;
};

enum class StmtKind : unsigned char {
  Text,        // Value
  Print,       // Expression
  If,          // Branches, Else
  For,         // To, Expression: what is iterated; Condition or null; Body, Else
  Set,         // To, Expression
  SetBlock,    // To, Body; Expression: filters or null
  FilterBlock, // Expression: filters; Body
  With,        // Assignments, Body
  Scope,       // Body
  Macro,       // Macro
  CallBlock,   // Expression: a Call; Macro: the caller
  Break,
  Continue,
};

struct Branch {
  Expr *Condition;
  StmtList Body;
};

struct Stmt {
  StmtKind Kind = StmtKind::Text;
  unsigned Line = 0;
  TemplateValue Value;
  Expr *Expression = nullptr;
  Expr *Condition = nullptr;
  Target To;
  std::vector<Branch> Branches;
  std::vector<std::pair<Target, Expr *>> Assignments;
  StmtList Body, Else;
  MacroNode *Macro = nullptr;
};

struct ParsedTemplate {
  std::deque<Expr> Exprs;
  std::deque<Stmt> Stmts;
  std::deque<MacroNode> Macros;
  std::vector<std::string> Names; ///< of symbols
  StmtList Body;
  // Symbols that the evaluator sets itself.
  unsigned Loop = 0, Caller = 0, Varargs = 0, Kwargs = 0;
};

} // namespace facet
#endif
