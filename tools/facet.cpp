// facet: `facet VERB args` becomes the program facet-VERB that lies beside this one.
#include "tools/command/command.h"
#include "tools/command/suggestion.h"
#include "tools/command/verbs.h"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <dirent.h>
#include <string>
#include <unistd.h>
#include <vector>

namespace {

using namespace facet::command;

/// The folder of this program, symbolic links resolved; empty if the system does not say.
std::string own_folder() {
  char path[4096];
  ssize_t size = readlink("/proc/self/exe", path, sizeof path);
  if (size <= 0 || size == ssize_t(sizeof path))
    return {};
  std::string whole(path, size_t(size));
  return whole.substr(0, whole.rfind('/'));
}

bool is_verb(const std::string &name) {
  return !name.empty() && name.find_first_not_of("abcdefghijklmnopqrstuvwxyz-") == std::string::npos &&
         name[0] != '-';
}

std::vector<std::string> verbs_in(const std::string &folder) {
  std::vector<std::string> verbs;
  DIR *open = opendir(folder.c_str());
  while (dirent *entry = open ? readdir(open) : nullptr) {
    std::string name = entry->d_name, path = folder + "/" + name;
    if (name.starts_with("facet-") && is_verb(name.substr(6)) && access(path.c_str(), X_OK) == 0)
      verbs.push_back(name.substr(6));
  }
  if (open)
    closedir(open);
  std::sort(verbs.begin(), verbs.end());
  return verbs;
}

void print_help(FILE *out, const std::string &folder) {
  std::vector<std::string> found = verbs_in(folder);
  fputs("usage: facet VERB [ARGUMENTS]\n       facet --help | --version\n\nverbs:\n", out);
  for (const Verb &verb : verbs())
    if (auto it = std::find(found.begin(), found.end(), verb.Name); it != found.end()) {
      fprintf(out, "  %-10s %s\n", verb.Name.c_str(), verb.Does.c_str());
      found.erase(it);
    }
  for (const std::string &verb : found)
    fprintf(out, "  %s\n", verb.c_str());
  fputs("\n`facet VERB --help` says more.\n", out);
}

/// What `facet OPTION` means, or "".
std::string closest_option(const std::string &typed) {
  if (typed == "-v" || typed == "-V" || typed == "version")
    return "--version";
  return closest(typed, {"--version", "--help"});
}

/// " (did you mean 'run'?)", or "".
std::string suggestion(const std::string &typed, const std::vector<std::string> &found) {
  if (typed == "pull" || typed == "download" || typed == "fetch")
    return " (Facet downloads nothing: `hf download ORGANISATION/NAME` does)";
  std::string option = closest_option(typed);
  if (!option.empty())
    return " (did you mean '" + option + "'?)";
  const size_t dashes = std::min(typed.find_first_not_of('-'), typed.size());
  std::string meant = closest(typed.substr(dashes), found);
  for (const Verb &verb : verbs())
    if (std::find(verb.OtherNames.begin(), verb.OtherNames.end(), typed) != verb.OtherNames.end())
      meant = verb.Name;
  if (std::find(found.begin(), found.end(), meant) != found.end())
    return " (did you mean '" + meant + "'?)";
  // A program that takes a file was forgotten: `facet model.facet "..."`.
  if (typed.ends_with(".facet"))
    return " (did you mean 'run " + typed + "'?)";
  if (access((typed + "/config.json").c_str(), F_OK) == 0)
    return " (did you mean 'compile " + typed + "'?)";
  return typed.starts_with("-") ? " (options come after the verb)" : "";
}

} // namespace

int main(int argc, char **argv) {
  std::string folder = own_folder(), verb = argc > 1 ? argv[1] : "";
  if (verb == "help" && argc > 2) { // `facet help run` is `facet run --help`
    static char help[] = "--help";
    verb = argv[2];
    argv[2] = help;
    argv[3] = nullptr;
  }
  if (verb == "--help" || verb == "-h" || verb == "help") {
    print_help(stdout, folder);
    return finishOutput("help", Ok);
  }
  if (verb == "--version") {
    puts("facet " FACET_VERSION);
    fflush(stdout);
    std::string compiler =
        folder + "/facet-compile"; // knows LLVM; where it is not installed, the line above is all
    execl(compiler.c_str(), "facet-compile", "--version", nullptr);
    return 0;
  }
  if (verb.empty()) {
    print_help(stderr, folder);
    return BadUsage;
  }
  std::string name = "facet-" + verb, program = folder + "/" + name;
  if (!is_verb(verb) || access(program.c_str(), F_OK) != 0) {
    fprintf(stderr, "facet: no verb '%s'%s; `facet --help` lists them\n", verb.c_str(),
            suggestion(verb, verbs_in(folder)).c_str());
    return BadUsage;
  }
  argv[1] = name.data();
  execv(program.c_str(), argv + 1);
  fprintf(stderr, "facet: cannot run %s: %s\n", program.c_str(), strerror(errno));
  return Internal;
}
