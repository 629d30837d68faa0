// Parsing of facet bench's arguments.
#include "tools/bench_options.h"

#include <cstdlib>

namespace facet {

const char BenchHelp[] =
    "usage: facet bench MODEL.facet [-p N] [-n N] [-d N,...] [-t N,...] [-r N] [--profile] [--trace FILE] "
    "[--json]\n"
    "       facet bench MODEL.facet --memory [-p N] [-d N] [-t N] [--json]\n"
    "\n"
    "  -p N          tokens of a prompt (default 512; 0: none)\n"
    "  -n N          tokens to generate (default 64; 0: none)\n"
    "  -d LIST       depths: tokens in the context before each test (default 0)\n"
    "  -t LIST       threads (default: all)\n"
    "  -r N          rounds (default 3)\n"
    "  --profile     after each test, where its time went: bytes and operations of each kind of dispatch\n"
    "  --trace FILE  write the dispatches of one round of each test as a Chrome trace\n"
    "  --memory      instead of measuring speed, fill a context of -d and -p tokens and compare the memory "
    "that\n"
    "                this process then uses with the plan; exit status 1 if they disagree\n"
    "  --json        one object a line, as docs/json.md lists\n"
    "\n"
    "The ceilings are measured beside each round: read bandwidth for tg, arithmetic for pp. The fastest "
    "round counts\n"
    "in which the bandwidth was the same before and after it; * marks a test that had none. There is no "
    "share for tg\n"
    "where what a token reads fits the last level of cache.\n"
    "exit status: 0 done, 1 bad input, 2 bad usage, 70 an error in this program\n";

namespace {

bool parseList(const char *Text, std::vector<int> &Out, int Least) {
  Out.clear();
  for (char *End = nullptr; *Text; Text = *End == ',' ? End + 1 : End) {
    long Value = std::strtol(Text, &End, 10);
    if (End == Text || Value < Least || Value > 1'000'000 || (*End && *End != ','))
      return false;
    Out.push_back(int(Value));
  }
  return !Out.empty();
}

bool parseNumber(const char *Text, int &Out, int Least) {
  std::vector<int> One;
  if (!parseList(Text, One, Least) || One.size() != 1)
    return false;
  Out = One[0];
  return true;
}

} // namespace

std::string parseBenchOptions(int Count, char **Values, BenchOptions &O) {
  for (int I = 1; I < Count; ++I) {
    const std::string Option = Values[I];
    if (Option == "--help" || Option == "-h") {
      O.Help = true;
      return "";
    }
    if (bool *Flag = Option == "--json"      ? &O.Json
                     : Option == "--profile" ? &O.Profile
                     : Option == "--memory"  ? &O.Memory
                                             : nullptr) {
      *Flag = true;
      continue;
    }
    if (Option[0] != '-' && O.Model.empty()) {
      O.Model = Option;
      continue;
    }
    const char *Value = I + 1 < Count ? Values[I + 1] : "";
    bool Good = false;
    if (Option == "-p")
      Good = parseNumber(Value, O.Prompt, 0);
    else if (Option == "-n")
      Good = parseNumber(Value, O.Generate, 0);
    else if (Option == "-r")
      Good = parseNumber(Value, O.Rounds, 1);
    else if (Option == "-d")
      Good = parseList(Value, O.Depths, 0);
    else if (Option == "-t")
      Good = parseList(Value, O.Threads, 1);
    else if (Option == "--trace")
      Good = !(O.Trace = Value).empty();
    else
      return "unexpected '" + Option + "'";
    if (!Good)
      return "unexpected '" + std::string(Value) + "' after " + Option;
    ++I;
  }
  return O.Model.empty() ? "expected an artifact" : "";
}

} // namespace facet
