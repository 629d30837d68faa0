// Cuts a template's source into tokens, with Jinja2's rules for white space around tags (trim_blocks and
// lstrip_blocks on), raw blocks and comments.
#ifndef FACET_RUNTIME_TEXT_TEMPLATE_LEXER_H
#define FACET_RUNTIME_TEXT_TEMPLATE_LEXER_H

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace facet {

enum class TokenKind : unsigned char {
  End,
  Error,
  Data,
  BlockBegin,
  BlockEnd,
  VariableBegin,
  VariableEnd,
  Name,
  String,
  Integer,
  Float,
  // Operators, in the order of the table in Lexer.cpp.
  FloorDiv,
  Power,
  Equal,
  NotEqual,
  GreaterEqual,
  LessEqual,
  Add,
  Sub,
  Mul,
  Div,
  Mod,
  Tilde,
  LeftBracket,
  RightBracket,
  LeftParen,
  RightParen,
  LeftBrace,
  RightBrace,
  Greater,
  Less,
  Assign,
  Dot,
  Colon,
  Pipe,
  Comma,
  Semicolon,
};

struct Token {
  TokenKind Kind = TokenKind::End;
  size_t Line = 1;
  std::string Text; ///< data, a name, a decoded string, digits without '_', or an error's message
};

/// "'%}'", "a name", "the end of the template": for messages.
std::string describe(const Token &Tok);
std::string describe(TokenKind Kind);

/// After Error or End it gives the same again.
class Lexer {
public:
  explicit Lexer(std::string_view Source);
  Token next();

private:
  Token root();
  Token tag();
  Token comment(size_t Begin);
  Token raw(size_t BodyBegin);
  Token string();
  Token number();
  Token error(std::string Message);
  Token make(TokenKind Kind, size_t End, std::string Text = {});
  bool decode(std::string_view Body, std::string &Out, std::string &Problem) const;
  std::string data(size_t End, char Sign, bool StripLine) const;
  size_t skipSpace(size_t At) const;
  size_t tagKeyword(size_t At, std::string_view Keyword, char &Sign) const;
  size_t tagEnd(size_t At, std::string_view Close, bool Trims) const;
  bool at(size_t Where, std::string_view What) const {
    return Where <= Source.size() && Source.compare(Where, What.size(), What) == 0;
  }
  size_t lineAt(size_t At);

  std::string Source; ///< newlines are '\n'
  size_t Pos = 0;
  size_t Line = 1, LinePos = 0; ///< Line is that of LinePos
  enum { Root, Block, Variable, Stopped } Mode = Root;
  std::vector<char> Open; ///< brackets that are to be closed
  Token Last;
  std::vector<Token> Pending; ///< the begin token that follows data, if any
};

} // namespace facet
#endif
