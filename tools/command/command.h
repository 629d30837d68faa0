// The command line of a program as one table. Parsing and --help come from it here, and from what
// --help=json prints of it completions, man pages and docs/tools (command/generate.py).
#ifndef FACET_TOOLS_COMMAND_COMMAND_H
#define FACET_TOOLS_COMMAND_COMMAND_H

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace facet::command {

/// Exit statuses of every program.
enum Exit { Ok = 0, BadInput = 1, BadUsage = 2, Internal = 70 };

/// What a shell can offer for a value.
enum class Kind : unsigned char { Flag, Text, File, Directory, Choice };

/// What is expected and where it goes; values.h makes them. Variables must outlive the parsing.
struct Value {
  Kind Expects = Kind::Flag;
  std::string Name; ///< in help: "FILE"; empty for a flag
  std::vector<std::string> Choices = {};
  /// Gets the text of the value, or "" for a flag. Returns "" or "expected ..., found ...".
  std::function<std::string(const std::string &Text)> Set;
};

struct Argument {
  Value Into; ///< its name is the argument's
  std::string Help = {};
  bool Required = true;                     ///< those that are not come last
  std::vector<std::string> OtherNames = {}; ///< options of other programs that take it
};

struct Option {
  std::string Name; ///< "-o" or "--weights"
  Value Into;
  std::string Help;
  std::vector<std::string> OtherNames = {}; ///< of other programs: understood only to suggest this one
  bool Required = false;
};

struct Example {
  std::string Line, Does;
};

/// Texts are sentences of one paragraph; "\n" begins another, and lines after "\n  " are kept as they are.
struct Command {
  std::string Verb; ///< one of verbs.h
  std::string Description;
  std::vector<Argument> Arguments = {};
  std::vector<Option> Options = {};
  std::string Input = {};   ///< what is read from standard input
  std::string Surplus = {}; ///< what to do about one argument too many
  std::vector<Example> Examples = {};
  std::string Notes = {};
  std::string ExitStatus = "0 done, 1 bad input, 2 bad usage, 70 an error in this program";
};

/// The exit status if the arguments ask for --help, -h or --help=json, and that was answered.
std::optional<int> answerHelp(const Command &C, int Count, const char *const *Values);

/// Sets what the arguments say. The exit status if the program is to end here: --help was answered, or
/// standard error says what is wrong with the arguments.
std::optional<int> parse(const Command &C, int Count, const char *const *Values);

/// Prints "facet VERB: PROBLEM; see facet VERB --help"; returns BadUsage.
int usageError(const Command &C, const std::string &Problem);

/// Flushes standard output. Status, or BadInput after saying so where not all that was written arrived.
int finishOutput(const std::string &Verb, int Status);

/// "facet run MODEL.facet PROMPT [options]"
std::string usageOf(const Command &C);
std::string helpOf(const Command &C);
/// An object as docs/json.md describes.
std::string jsonOf(const Command &C);

} // namespace facet::command
#endif
