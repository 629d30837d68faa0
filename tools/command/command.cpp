// Parsing of a command line by its table, with answers that say what to type instead.
#include "tools/command/command.h"
#include "tools/command/suggestion.h"

#include <algorithm>
#include <cstdio>

namespace facet::command {

namespace {

const Option *find(const Command &C, const std::string &Name) {
  auto Found =
      std::find_if(C.Options.begin(), C.Options.end(), [&](const Option &O) { return O.Name == Name; });
  return Found == C.Options.end() ? nullptr : &*Found;
}

std::string described(const Option &O) { return O.Into.Name.empty() ? O.Name : O.Name + " " + O.Into.Name; }

std::string unknownOption(const Command &C, const std::string &Name) {
  if (size_t Equals = Name.find('='); Equals != std::string::npos && find(C, Name.substr(0, Equals)))
    return Name.substr(0, Equals) + ": expected its value after a blank, found '" + Name + "'";
  std::string Problem = "unknown option '" + Name + "'";
  for (const Argument &A : C.Arguments)
    if (std::find(A.OtherNames.begin(), A.OtherNames.end(), Name) != A.OtherNames.end())
      return Problem + "; give " + A.Into.Name + " as an argument: " + usageOf(C);
  std::vector<std::string> Names;
  for (const Option &O : C.Options) {
    if (std::find(O.OtherNames.begin(), O.OtherNames.end(), Name) != O.OtherNames.end())
      return Problem + " (did you mean '" + described(O) + "'?)";
    Names.push_back(O.Name);
  }
  // A word of its own that was typed with one dash, or a short name with two.
  const std::string Dashed = Name.starts_with("--") ? Name : "-" + Name;
  std::string Meant = find(C, Dashed) ? Dashed : closest(Name, Names);
  if (Name.size() == 3 && Name.starts_with("--") && find(C, Name.substr(1)))
    Meant = Name.substr(1);
  return Meant.empty() ? Problem : Problem + " (did you mean '" + described(*find(C, Meant)) + "'?)";
}

class Parser {
public:
  Parser(const Command &C, int Count, const char *const *Values) : C(C), Words(Values + 1, Values + Count) {}

  /// "" or what is wrong.
  std::string run() {
    bool Literal = false;
    for (; Next < Words.size(); ++Next) {
      const std::string &Word = Words[Next];
      std::string Problem;
      if (Literal || Word.size() < 2 || Word[0] != '-')
        Problem = takeArgument(Word);
      else if (Word == "--")
        Literal = true;
      else
        Problem = takeOption(Word);
      if (!Problem.empty())
        return Problem;
    }
    return missing();
  }

private:
  std::string takeArgument(const std::string &Word) {
    if (Given == C.Arguments.size()) {
      std::string Problem = "expected ";
      for (size_t I = 0; I < C.Arguments.size(); ++I)
        Problem += (I ? " and one " : "one ") + C.Arguments[I].Into.Name;
      return (C.Arguments.empty() ? "expected no arguments" : Problem) + ", found also '" + Word + "'" +
             (C.Surplus.empty() ? "" : "; " + C.Surplus);
    }
    const Value &Into = C.Arguments[Given++].Into;
    std::string Problem = Into.Set(Word);
    return Problem.empty() ? "" : Into.Name + ": " + Problem;
  }

  std::string takeOption(const std::string &Word) {
    const size_t Equals = Word.starts_with("--") ? Word.find('=') : std::string::npos;
    const std::string Name = Word.substr(0, Equals);
    const Option *O = find(C, Name);
    if (!O)
      return unknownOption(C, Name);
    Seen.push_back(O);
    std::string Text;
    if (O->Into.Expects == Kind::Flag) {
      if (Equals != std::string::npos)
        return Name + ": expected no value, found '" + Word.substr(Equals + 1) + "'";
    } else if (Equals != std::string::npos) {
      Text = Word.substr(Equals + 1);
    } else if (Next + 1 == Words.size()) {
      return Name + ": expected " + O->Into.Name + " after it";
    } else if (find(C, Words[Next + 1])) {
      return Name + ": expected " + O->Into.Name + " after it, found the option '" + Words[Next + 1] + "'";
    } else {
      Text = Words[++Next];
    }
    if (O->Into.Expects == Kind::File || O->Into.Expects == Kind::Directory)
      Taken = " ('" + Text + "' is the " + O->Into.Name + " of " + Name + ")";
    std::string Problem = O->Into.Set(Text);
    return Problem.empty() ? "" : Name + ": " + Problem;
  }

  std::string missing() const {
    std::string Names;
    for (size_t I = Given; I < C.Arguments.size(); ++I)
      if (C.Arguments[I].Required)
        Names += (Names.empty() ? "" : " and ") + C.Arguments[I].Into.Name;
    if (!Names.empty())
      return "expected " + Names + (Given ? " after " + C.Arguments[Given - 1].Into.Name : Taken) +
             "; usage: " + usageOf(C);
    for (const Option &O : C.Options)
      if (O.Required && std::find(Seen.begin(), Seen.end(), &O) == Seen.end())
        return "expected " + described(O) + ": " + O.Help;
    return "";
  }

  const Command &C;
  std::vector<std::string> Words;
  size_t Next = 0, Given = 0;
  std::vector<const Option *> Seen;
  std::string Taken; ///< what the last option took that may have been meant as an argument
};

} // namespace

int usageError(const Command &C, const std::string &Problem) {
  std::fprintf(stderr, "facet %s: %s; see facet %s --help\n", C.Verb.c_str(), Problem.c_str(),
               C.Verb.c_str());
  return BadUsage;
}

int finishOutput(const std::string &Verb, int Status) {
  if (std::fflush(stdout) == 0 && !std::ferror(stdout))
    return Status;
  std::fprintf(stderr, "facet %s: standard output: cannot write all of it; is the disk full?\n",
               Verb.c_str());
  return Status == Ok ? BadInput : Status;
}

std::optional<int> answerHelp(const Command &C, int Count, const char *const *Values) {
  for (int I = 1; I < Count && std::string(Values[I]) != "--"; ++I) {
    const std::string Word = Values[I];
    if (Word == "--help" || Word == "-h" || Word == "--help=json") {
      std::fputs((Word == "--help=json" ? jsonOf(C) : helpOf(C)).c_str(), stdout);
      return finishOutput(C.Verb, Ok);
    }
  }
  return std::nullopt;
}

std::optional<int> parse(const Command &C, int Count, const char *const *Values) {
  if (std::optional<int> Answered = answerHelp(C, Count, Values))
    return Answered;
  std::string Problem = Parser(C, Count, Values).run();
  return Problem.empty() ? std::nullopt : std::optional<int>(usageError(C, Problem));
}

} // namespace facet::command
