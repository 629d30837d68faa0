// Reads the command line of facet run.
#include "tools/run_options.h"

#include <charconv>
#include <cmath>
#include <cstdint>

using namespace facet;

const char facet::RunHelp[] =
    "usage: facet run MODEL.facet PROMPT [options]\n"
    "\n"
    "Writes the model's answer to PROMPT as it comes; - reads the prompt from standard input. Standard "
    "output\n"
    "holds the answer alone, with a newline at its end.\n"
    "\n"
    "  -n N            at most N tokens (default: until the model stops or the context is full)\n"
    "  --greedy        always the likeliest token\n"
    "  --seed S        of the draws (default 0): the same seed gives the same text\n"
    "  --temp T, --top-k K, --top-p P, --min-p P\n"
    "                  sampling; the defaults are the checkpoint's\n"
    "  --stop TEXT     ends the answer before TEXT; may be repeated\n"
    "  --system TEXT   a system message before the prompt\n"
    "  --think         let the model think first; its thoughts go to standard error\n"
    "  --raw           no chat template: the prompt is what the model continues. Special tokens such as\n"
    "                  <|turn> are recognised in it; <bos> is put in front unless it begins with it\n"
    "  --context N     positions of prompt and answer together (default: 8192, or less if the model has "
    "less)\n"
    "  --threads T     default: the CPUs there are\n"
    "  --verify auto|always|never\n"
    "                  whether the weights' hashes are checked; auto skips a file that was checked before\n"
    "  --collect-importance FILE\n"
    "                  no answer: PROMPT names a file of prompts, one a line, which the model answers, or "
    "of\n"
    "                  conversations as JSON; FILE is written for facet compile --importance\n"
    "  --json          write one JSON object instead, as docs/json.md says\n"
    "  --verbose       write the whole memory plan and the speed to standard error\n"
    "  --help          this text\n"
    "\n"
    "What it will take of memory is written to standard error before it is loaded, and refused if there is "
    "less,\n"
    "or if the environment variable FACET_MEMORY is set to fewer bytes.\n"
    "exit status: 0 done, 1 bad input, 2 bad usage, 70 an error in this program\n";

template <typename T> static bool parseNumber(const std::string &Text, T &Value) {
  T Parsed;
  auto [End, Error] = std::from_chars(Text.data(), Text.data() + Text.size(), Parsed);
  if (Text.empty() || Error != std::errc() || End != Text.data() + Text.size())
    return false;
  Value = Parsed;
  return true;
}

bool facet::parseInteger(const std::string &Text, int &Value) { return parseNumber(Text, Value); }

static std::string setCount(const std::string &Name, const std::string &Text, int &Value, int Least,
                            int Most) {
  int Parsed;
  if (!parseNumber(Text, Parsed) || Parsed < Least || Parsed > Most)
    return Name + ": expected a whole number from " + std::to_string(Least) + " to " + std::to_string(Most) +
           ", found '" + Text + "'";
  Value = Parsed;
  return "";
}

static std::string setReal(const std::string &Name, const std::string &Text, std::optional<float> &Value,
                           float Most) {
  float Parsed;
  if (!parseNumber(Text, Parsed) || !(Parsed >= 0 && Parsed <= Most))
    return Name + ": expected a number from 0 to " + std::to_string(static_cast<int>(Most)) + ", found '" +
           Text + "'";
  Value = Parsed;
  return "";
}

static std::string setOption(const std::string &Name, const std::string &Text, RunOptions &O) {
  if (Name == "-n")
    return setCount(Name, Text, O.MaxTokens, 1, INT32_MAX);
  if (Name == "--context")
    return setCount(Name, Text, O.Context, 1, INT32_MAX);
  if (Name == "--threads")
    return setCount(Name, Text, O.Threads, 1, 256);
  if (Name == "--seed")
    return parseNumber(Text, O.Seed) ? ""
                                     : Name + ": expected a number from 0 to 2^64 - 1, found '" + Text + "'";
  if (Name == "--top-k") {
    int K = 0;
    std::string Error = setCount(Name, Text, K, 0, INT32_MAX);
    O.TopK = K;
    return Error;
  }
  if (Name == "--temp")
    return setReal(Name, Text, O.Temperature, 100);
  if (Name == "--top-p")
    return setReal(Name, Text, O.TopP, 1);
  if (Name == "--min-p")
    return setReal(Name, Text, O.MinP, 1);
  if (Name == "--system") {
    O.System = Text;
    return "";
  }
  if (Name == "--collect-importance") {
    O.Importance = Text;
    return Text.empty() ? Name + ": expected the name of a file" : "";
  }
  if (Name == "--stop") {
    O.Stops.push_back(Text);
    return Text.empty() ? Name + ": expected a text that is not empty" : "";
  }
  if (Text == "auto" || Text == "always" || Text == "never") {
    O.Verify = Text == "auto"     ? FACET_VERIFY_AUTO
               : Text == "always" ? FACET_VERIFY_ALWAYS
                                  : FACET_VERIFY_NEVER;
    return "";
  }
  return Name + ": expected auto, always or never, found '" + Text + "'";
}

static bool takesValue(const std::string &Name) {
  for (const char *Known : {"-n", "--context", "--threads", "--seed", "--top-k", "--temp", "--top-p",
                            "--min-p", "--system", "--stop", "--verify", "--collect-importance"})
    if (Name == Known)
      return true;
  return false;
}

std::string facet::parseRunOptions(int Count, char **Values, RunOptions &O) {
  int Given = 0;
  bool Literal = false;
  for (int I = 1; I < Count; ++I) {
    std::string Argument = Values[I];
    if (Literal || Argument.size() < 2 || Argument[0] != '-') {
      if (Given == 2)
        return "expected one MODEL.facet and one PROMPT, found also '" + Argument + "'; quote the prompt";
      (Given++ ? O.Prompt : O.Model) = std::move(Argument);
      continue;
    }
    size_t Equals = Argument.starts_with("--") ? Argument.find('=') : std::string::npos;
    std::string Name = Argument.substr(0, Equals);
    if (takesValue(Name)) {
      if (Equals == std::string::npos && ++I == Count)
        return Name + ": expected a value after it";
      std::string Error =
          setOption(Name, Equals == std::string::npos ? Values[I] : Argument.substr(Equals + 1), O);
      if (!Error.empty())
        return Error;
    } else if (Argument == "--") {
      Literal = true;
    } else if (Argument == "--help" || Argument == "-h") {
      O.Help = true;
      return "";
    } else if (Argument == "--greedy") {
      O.Greedy = true;
    } else if (Argument == "--think") {
      O.Think = true;
    } else if (Argument == "--raw") {
      O.Raw = true;
    } else if (Argument == "--json") {
      O.Json = true;
    } else if (Argument == "--verbose") {
      O.Verbose = true;
    } else {
      return "unknown option '" + Argument + "'";
    }
  }
  if (Given < 2)
    return Given ? "expected a PROMPT after the model" : "expected a MODEL.facet and a PROMPT";
  if (!O.Importance.empty() && (O.Raw || O.Json || O.Threads > 1))
    return "--collect-importance does not go with --raw, --json or more than one thread";
  if (O.Raw && (O.Think || !O.System.empty()))
    return "--raw does not go with --system or --think: they are the chat template's";
  return "";
}
