// The table of a command as --help and --help=json show it.
#include "tools/command/command.h"
#include "tools/command/verbs.h"

#include <algorithm>

namespace facet::command {

namespace {

constexpr size_t Width = 100, HelpColumn = 18;

/// Breaks each paragraph of Text between words. The first line begins at column Used, the others at Indent.
std::string wrapped(const std::string &Text, size_t Indent, size_t Used) {
  std::string Out;
  size_t Column = Used;
  for (size_t Begin = 0; Begin < Text.size();) {
    if (Text[Begin] == '\n') {
      Out += '\n';
      size_t End = Text.find('\n', Begin + 1);
      if (Text.compare(Begin + 1, 2, "  ") == 0) { // kept as it is
        Out += Text.substr(Begin + 1, End == std::string::npos ? End : End - Begin - 1);
        Begin = std::min(End, Text.size());
      } else {
        Out += std::string(Indent, ' ');
        Column = Indent;
        ++Begin;
      }
      continue;
    }
    const size_t End = std::min(Text.find_first_of(" \n", Begin), Text.size()), Length = End - Begin;
    if (Column > Indent && Column + 1 + Length > Width) {
      Out += "\n" + std::string(Indent, ' ');
      Column = Indent;
    } else if (Column > Indent) {
      Out += ' ';
      ++Column;
    }
    Out += Text.substr(Begin, Length);
    Column += Length;
    Begin = End < Text.size() && Text[End] == ' ' ? End + 1 : End;
  }
  return Out + "\n";
}

/// A name, and what it does in a column of its own.
std::string entry(const std::string &Name, const std::string &Help) {
  std::string Line = "  " + Name;
  if (Line.size() + 2 > HelpColumn)
    Line += "\n" + std::string(HelpColumn, ' ');
  else
    Line.resize(HelpColumn, ' ');
  return Line + wrapped(Help, HelpColumn, HelpColumn);
}

std::string quoted(const std::string &Text) {
  std::string Out = "\"";
  for (char Byte : Text) {
    if (Byte == '\n')
      Out += "\\n";
    else
      Out += Byte == '"' || Byte == '\\' ? std::string{'\\', Byte} : std::string{Byte};
  }
  return Out + "\"";
}

template <typename T, typename F> std::string list(const std::vector<T> &Items, F &&Json) {
  std::string Out;
  for (const T &Item : Items)
    Out += (Out.empty() ? "" : ",") + Json(Item);
  return "[" + Out + "]";
}

std::string jsonOf(const Value &V) {
  static const char *const Names[] = {"flag", "text", "file", "directory", "choice"};
  return std::string("\"value\":") + quoted(V.Name) + ",\"kind\":\"" + Names[static_cast<int>(V.Expects)] +
         "\",\"choices\":" + list(V.Choices, quoted);
}

std::string summaryOf(const Command &C) {
  for (const Verb &V : verbs())
    if (V.Name == C.Verb)
      return V.Does;
  return "";
}

std::string entryOf(const std::string &Name, const Value &V, const std::string &Help, bool Required) {
  return "{\"name\":" + quoted(Name) + "," + jsonOf(V) + ",\"help\":" + quoted(Help) +
         ",\"required\":" + (Required ? "true" : "false") + "}";
}

} // namespace

std::string usageOf(const Command &C) {
  std::string Usage = "facet " + C.Verb;
  for (const Argument &A : C.Arguments)
    Usage += " " + (A.Required ? A.Into.Name : "[" + A.Into.Name + "]");
  for (const Option &O : C.Options)
    if (O.Required)
      Usage += " " + O.Name + " " + O.Into.Name;
  return Usage + " [options]" + (C.Input.empty() ? "" : " < " + C.Input);
}

std::string helpOf(const Command &C) {
  std::string Help = "usage: " + usageOf(C) + "\n\n" + wrapped(C.Description, 0, 0) + "\n";
  for (const Argument &A : C.Arguments)
    if (!A.Help.empty())
      Help += entry(A.Into.Name, A.Help);
  for (const Option &O : C.Options)
    Help += entry(O.Into.Name.empty() ? O.Name : O.Name + " " + O.Into.Name, O.Help);
  Help += entry("--help", "this text");
  if (!C.Notes.empty())
    Help += "\n" + wrapped(C.Notes, 0, 0);
  if (!C.Examples.empty())
    Help += "\nexamples:\n";
  for (const Example &E : C.Examples)
    Help += "  " + E.Line + "\n      " + wrapped(E.Does, 6, 6);
  return Help + "\n" + wrapped("exit status: " + C.ExitStatus, 0, 0);
}

std::string jsonOf(const Command &C) {
  auto argument = [](const Argument &A) { return entryOf(A.Into.Name, A.Into, A.Help, A.Required); };
  auto option = [](const Option &O) { return entryOf(O.Name, O.Into, O.Help, O.Required); };
  auto example = [](const Example &E) {
    return "{\"line\":" + quoted(E.Line) + ",\"does\":" + quoted(E.Does) + "}";
  };
  return "{\"verb\":" + quoted(C.Verb) + ",\"summary\":" + quoted(summaryOf(C)) +
         ",\"usage\":" + quoted(usageOf(C)) + ",\"description\":" + quoted(C.Description) +
         ",\"arguments\":" + list(C.Arguments, argument) + ",\"options\":" + list(C.Options, option) +
         ",\"notes\":" + quoted(C.Notes) + ",\"examples\":" + list(C.Examples, example) +
         ",\"exit_status\":" + quoted(C.ExitStatus) + "}\n";
}

} // namespace facet::command
