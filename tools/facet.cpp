// facet: `facet VERB args` becomes the program facet-VERB that lies beside this one.
#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <dirent.h>
#include <string>
#include <unistd.h>
#include <vector>

namespace {

constexpr int kUsage = 2, kInternal = 70;

struct Verb {
  const char *name, *does;
};

/// What the verbs that we know of do; others are listed by name alone.
const Verb kVerbs[] = {
    {"compile", "checkpoint to artifact (or MLIR, LLVM IR, assembly, object code)"},
    {"run", "generate text from a prompt"},
    {"eval", "check an artifact against a folder of goldens"},
    {"bench", "measure tokens per second"},
    {"inspect", "show an artifact: target, plan, schedule, kernels"},
    {"tokenize", "text to ids, and back"},
    {"render", "a conversation to its prompt"},
    {"opt", "run passes on .mlir files"},
};

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
  for (const Verb &verb : kVerbs)
    if (auto it = std::find(found.begin(), found.end(), verb.name); it != found.end()) {
      fprintf(out, "  %-10s %s\n", verb.name, verb.does);
      found.erase(it);
    }
  for (const std::string &verb : found)
    fprintf(out, "  %s\n", verb.c_str());
  fputs("\n`facet VERB --help` says more.\n", out);
}

} // namespace

int main(int argc, char **argv) {
  std::string folder = own_folder(), verb = argc > 1 ? argv[1] : "";
  if (verb == "--help" || verb == "-h") {
    print_help(stdout, folder);
    return 0;
  }
  if (verb == "--version") {
    puts("facet " FACET_VERSION);
    return 0;
  }
  if (verb.empty()) {
    print_help(stderr, folder);
    return kUsage;
  }
  std::string name = "facet-" + verb, program = folder + "/" + name;
  if (!is_verb(verb) || access(program.c_str(), F_OK) != 0) {
    fprintf(stderr, "facet: no verb '%s'; `facet --help` lists them\n", verb.c_str());
    return kUsage;
  }
  argv[1] = name.data();
  execv(program.c_str(), argv + 1);
  fprintf(stderr, "facet: cannot run %s: %s\n", program.c_str(), strerror(errno));
  return kInternal;
}
