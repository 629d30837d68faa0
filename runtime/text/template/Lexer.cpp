// Template data, tags and the white space between them; what is inside tags is cut in LexTag.cpp.
#include "runtime/text/template/Lexer.h"
#include "runtime/text/template/Unicode.h"

#include <algorithm>

using namespace facet;

Lexer::Lexer(std::string_view Given) {
  Source.reserve(Given.size());
  for (size_t I = 0; I < Given.size(); ++I) {
    if (Given[I] != '\r') {
      Source += Given[I];
      continue;
    }
    Source += '\n';
    if (I + 1 < Given.size() && Given[I + 1] == '\n')
      ++I;
  }
  if (!Source.empty() && Source.back() == '\n') // keep_trailing_newline is off
    Source.pop_back();
}

Token Lexer::next() {
  if (!Pending.empty()) {
    Token Tok = std::move(Pending.back());
    Pending.pop_back();
    return Tok;
  }
  switch (Mode) {
  case Root:
    return root();
  case Block:
  case Variable:
    return tag();
  case Stopped:
    break;
  }
  return Last;
}

size_t Lexer::lineAt(size_t At) {
  Line += std::count(Source.begin() + LinePos, Source.begin() + At, '\n');
  LinePos = At;
  return Line;
}

Token Lexer::error(std::string Message) {
  Last = {TokenKind::Error, lineAt(Pos), std::move(Message)};
  Mode = Stopped;
  return Last;
}

Token Lexer::make(TokenKind Kind, size_t End, std::string Text) {
  Token Tok{Kind, lineAt(Pos), std::move(Text)};
  Pos = End;
  return Tok;
}

size_t Lexer::skipSpace(size_t At) const {
  while (At < Source.size()) {
    Character C = characterAt(Source, At);
    if (!isSpace(C.Code))
      break;
    At = C.End;
  }
  return At;
}

/// Where a tag's end at At leaves off, or At if there is none: "-%}" takes the white space after it, "%}" one
/// newline if the tag trims, "+%}" nothing.
size_t Lexer::tagEnd(size_t At, std::string_view Close, bool Trims) const {
  if (at(At, Close)) {
    size_t End = At + Close.size();
    return Trims && at(End, "\n") ? End + 1 : End;
  }
  if (at(At, "-") && at(At + 1, Close))
    return skipSpace(At + 1 + Close.size());
  if (Trims && at(At, "+") && at(At + 1, Close))
    return At + 1 + Close.size();
  return At;
}

/// If "{%", a sign and a keyword are at At: where the keyword and the white space after it end. Otherwise 0.
size_t Lexer::tagKeyword(size_t At, std::string_view Keyword, char &Sign) const {
  if (!at(At, "{%"))
    return 0;
  At += 2;
  Sign = at(At, "-") || at(At, "+") ? Source[At++] : ' ';
  At = skipSpace(At);
  return at(At, Keyword) ? skipSpace(At + Keyword.size()) : 0;
}

/// The data from Pos to a tag at End: '-' strips all white space before the tag, and a tag that starts its
/// line (StripLine: not "{{") loses its indentation unless the sign is '+'.
std::string Lexer::data(size_t End, char Sign, bool StripLine) const {
  std::string_view Text = std::string_view(Source).substr(Pos, End - Pos);
  if (Sign == '-') {
    while (!Text.empty()) {
      size_t Begin = characterBefore(Text, Text.size());
      if (!isSpace(characterAt(Text, Begin).Code))
        break;
      Text = Text.substr(0, Begin);
    }
  } else if (Sign != '+' && StripLine) {
    size_t Newline = Text.rfind('\n');
    bool StartsLine = Newline != Text.npos || Pos == 0 || Source[Pos - 1] == '\n';
    size_t LineBegin = Newline == Text.npos ? 0 : Newline + 1;
    if (StartsLine && skipSpace(Pos + LineBegin) >= End)
      Text = Text.substr(0, LineBegin);
  }
  return std::string(Text);
}

Token Lexer::root() {
  size_t Tag = Pos;
  while ((Tag = Source.find('{', Tag)) != Source.npos && !at(Tag, "{%") && !at(Tag, "{{") && !at(Tag, "{#"))
    ++Tag;
  if (Tag == Source.npos) {
    std::string Rest = Source.substr(Pos);
    if (!Rest.empty())
      return make(TokenKind::Data, Source.size(), std::move(Rest));
    Last = make(TokenKind::End, Source.size());
    Mode = Stopped;
    return Last;
  }
  size_t Inside = Tag + 2;
  char Sign = at(Inside, "-") || at(Inside, "+") ? Source[Inside++] : ' ';
  char Type = Source[Tag + 1];
  std::string Text = data(Tag, Sign, Type != '{');
  Token Data = make(TokenKind::Data, Tag, std::move(Text));

  Token Begin;
  char RawSign;
  size_t Raw = Type == '%' ? tagKeyword(Tag, "raw", RawSign) : 0;
  size_t RawEnd = Raw && !at(Raw, "+") ? tagEnd(Raw, "%}", false) : Raw;
  if (Type == '#') {
    Begin = comment(Inside);
  } else if (Raw && RawEnd != Raw) {
    Begin = raw(RawEnd);
  } else {
    Begin = make(Type == '%' ? TokenKind::BlockBegin : TokenKind::VariableBegin, Inside);
    Mode = Type == '%' ? Block : Variable;
  }
  if (Data.Text.empty())
    return Begin;
  Pending.push_back(std::move(Begin));
  return Data;
}

/// Skips a comment; stands for it is empty data.
Token Lexer::comment(size_t Begin) {
  size_t Close = Source.find("#}", Begin);
  if (Close == Source.npos)
    return error("this comment is not closed: expected '#}' before the end of the template");
  char Before = Close > Begin ? Source[Close - 1] : ' ';
  size_t End = tagEnd(Before == '-' || Before == '+' ? Close - 1 : Close, "#}", true);
  return make(TokenKind::Data, End);
}

/// The body of {% raw %} as data, and past its {% endraw %}.
Token Lexer::raw(size_t BodyBegin) {
  for (size_t Tag = BodyBegin; (Tag = Source.find("{%", Tag)) != Source.npos; Tag += 2) {
    char Sign;
    size_t After = tagKeyword(Tag, "endraw", Sign);
    size_t End = After ? tagEnd(After, "%}", true) : 0;
    if (End == After)
      continue;
    Pos = BodyBegin;
    std::string Text = data(Tag, Sign, true);
    return make(TokenKind::Data, End, std::move(Text));
  }
  return error("this raw block is not closed: expected '{% endraw %}' before the end of the template");
}
