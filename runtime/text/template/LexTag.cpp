// What stands inside {{ }} and {% %}: names, numbers, strings and operators.
#include "runtime/text/template/Lexer.h"
#include "runtime/text/template/Unicode.h"

#include <iterator>

using namespace facet;

namespace {
/// Longer ones first.
constexpr std::string_view Operators[] = {"//", "**", "==", "!=", ">=", "<=", "+", "-", "*",
                                          "/",  "%",  "~",  "[",  "]",  "(",  ")", "{", "}",
                                          ">",  "<",  "=",  ".",  ":",  "|",  ",", ";"};

bool isDigit(char C) { return C >= '0' && C <= '9'; }
bool isNamePart(char C) {
  return isDigit(C) || (C >= 'a' && C <= 'z') || (C >= 'A' && C <= 'Z') || C == '_' || (C & 0x80);
}
int hexDigit(char C) {
  if (isDigit(C))
    return C - '0';
  C |= 0x20;
  return C >= 'a' && C <= 'f' ? C - 'a' + 10 : -1;
}
} // namespace

std::string facet::describe(TokenKind Kind) {
  switch (Kind) {
  case TokenKind::End:
    return "the end of the template";
  case TokenKind::Error:
    return "an error";
  case TokenKind::Data:
    return "text";
  case TokenKind::BlockBegin:
    return "'{%'";
  case TokenKind::BlockEnd:
    return "'%}'";
  case TokenKind::VariableBegin:
    return "'{{'";
  case TokenKind::VariableEnd:
    return "'}}'";
  case TokenKind::Name:
    return "a name";
  case TokenKind::String:
    return "a string";
  case TokenKind::Integer:
  case TokenKind::Float:
    return "a number";
  default:
    size_t Index = static_cast<size_t>(Kind) - static_cast<size_t>(TokenKind::FloorDiv);
    return "'" + std::string(Operators[Index]) + "'";
  }
}

std::string facet::describe(const Token &Tok) {
  if (Tok.Kind == TokenKind::Name)
    return "'" + Tok.Text + "'";
  return describe(Tok.Kind);
}

Token Lexer::tag() {
  Pos = skipSpace(Pos);
  if (Open.empty()) {
    bool IsBlock = Mode == Block;
    size_t End = tagEnd(Pos, IsBlock ? "%}" : "}}", IsBlock);
    if (End != Pos) {
      Mode = Root;
      return make(IsBlock ? TokenKind::BlockEnd : TokenKind::VariableEnd, End);
    }
  }
  if (Pos >= Source.size()) {
    std::string Expected = !Open.empty()   ? std::string("'") + Open.back() + "'"
                           : Mode == Block ? "'%}'"
                                           : "'}}'";
    return error("expected " + Expected + ", found the end of the template");
  }
  char C = Source[Pos];
  if (isDigit(C))
    return number();
  if (isNamePart(C)) {
    size_t End = Pos;
    while (End < Source.size() && isNamePart(Source[End]))
      ++End;
    return make(TokenKind::Name, End, Source.substr(Pos, End - Pos));
  }
  if (C == '\'' || C == '"')
    return string();
  for (size_t I = 0; I < std::size(Operators); ++I) {
    if (!at(Pos, Operators[I]))
      continue;
    if (C == '(' || C == '[' || C == '{') {
      if (Open.size() >= 1000)
        return error("brackets are nested deeper than 1000");
      Open.push_back(C == '(' ? ')' : C == '[' ? ']' : '}');
    } else if (C == ')' || C == ']' || C == '}') {
      if (Open.empty() || Open.back() != C)
        return error(
            std::string("unexpected '") + C + "', expected " +
            (Open.empty() ? std::string("no closing bracket") : std::string("'") + Open.back() + "'"));
      Open.pop_back();
    }
    auto Kind = static_cast<TokenKind>(static_cast<size_t>(TokenKind::FloorDiv) + I);
    return make(Kind, Pos + Operators[I].size());
  }
  return error(std::string("expected an expression, found '") + C + "'");
}

Token Lexer::number() {
  size_t At = Pos;
  std::string Digits;
  auto Take = [&](auto IsDigit) { // digits with single '_' between them
    while (At < Source.size() && (IsDigit(Source[At]) ||
                                  (Source[At] == '_' && At + 1 < Source.size() && IsDigit(Source[At + 1])))) {
      if (Source[At] != '_')
        Digits += Source[At];
      ++At;
    }
  };
  auto IsHex = [](char C) { return hexDigit(C) >= 0; };
  char Base = Source[Pos] == '0' && Pos + 1 < Source.size() ? static_cast<char>(Source[Pos + 1] | 0x20) : ' ';
  if ((Base == 'x' || Base == 'o' || Base == 'b') && Pos + 2 < Source.size() && IsHex(Source[Pos + 2])) {
    Digits = std::string("0") + Base;
    At += 2;
    Take(IsHex); // digits that the base lacks are refused when the number is read
    return make(TokenKind::Integer, At, Digits);
  }
  Take(isDigit);
  bool AfterDot = Pos > 0 && Source[Pos - 1] == '.'; // x.0.5 is two indices, not one number
  bool IsFloat = false;
  if (!AfterDot && at(At, ".") && At + 1 < Source.size() && isDigit(Source[At + 1])) {
    IsFloat = true;
    Digits += '.';
    ++At;
    Take(isDigit);
  }
  if (!AfterDot && (at(At, "e") || at(At, "E"))) {
    size_t Exponent = At + 1;
    if (at(Exponent, "+") || at(Exponent, "-"))
      ++Exponent;
    if (Exponent < Source.size() && isDigit(Source[Exponent])) {
      IsFloat = true;
      Digits += 'e';
      if (Source[Exponent - 1] == '-')
        Digits += '-';
      At = Exponent;
      Take(isDigit);
    }
  }
  return make(IsFloat ? TokenKind::Float : TokenKind::Integer, At, Digits);
}

Token Lexer::string() {
  char Quote = Source[Pos];
  size_t End = Pos + 1;
  while (End < Source.size() && Source[End] != Quote)
    End += Source[End] == '\\' ? 2 : 1;
  if (End >= Source.size())
    return error(std::string("this string is not closed: expected ") + Quote);
  std::string Text, Problem;
  if (!decode(std::string_view(Source).substr(Pos + 1, End - Pos - 1), Text, Problem))
    return error(std::move(Problem));
  return make(TokenKind::String, End + 1, std::move(Text));
}

/// Python's escapes. An unknown one is kept with its backslash.
bool Lexer::decode(std::string_view Body, std::string &Out, std::string &Problem) const {
  static constexpr std::string_view Letters = "nrtbfav\\'\"", Meanings = "\n\r\t\b\f\a\v\\'\"";
  for (size_t I = 0; I < Body.size(); ++I) {
    if (Body[I] != '\\') {
      Out += Body[I];
      continue;
    }
    char C = Body[++I]; // the lexer never ends a string on a backslash
    if (size_t Known = Letters.find(C); Known != Letters.npos) {
      Out += Meanings[Known];
    } else if (C == '\n') {
      continue;
    } else if (C >= '0' && C < '8') {
      unsigned Code = 0;
      size_t End = I + 3;
      for (; I < Body.size() && I < End && Body[I] >= '0' && Body[I] < '8'; ++I)
        Code = Code * 8 + (Body[I] - '0');
      --I;
      appendCharacter(Out, Code);
    } else if (C == 'x' || C == 'u' || C == 'U') {
      size_t Count = C == 'x' ? 2 : C == 'u' ? 4 : 8;
      char32_t Code = 0;
      for (size_t D = 0; D < Count; ++D) {
        int Digit = I + 1 < Body.size() ? hexDigit(Body[I + 1]) : -1;
        if (Digit < 0 || Code > 0x10FFFF) {
          Problem =
              std::string("expected ") + std::to_string(Count) + " hexadecimal digits after '\\" + C + "'";
          return false;
        }
        Code = Code * 16 + Digit;
        ++I;
      }
      if (Code > 0x10FFFF || (Code >= 0xD800 && Code < 0xE000)) {
        Problem = "an escape in this string is not a Unicode character";
        return false;
      }
      appendCharacter(Out, Code);
    } else if (C == 'N') {
      Problem = "'\\N{...}' is not supported: write the character itself or '\\uXXXX'";
      return false;
    } else {
      Out += '\\';
      Out += C;
    }
  }
  return true;
}
