// Reading /proc and cgroups, and putting bytes into words.
#include "tools/memory_plan.h"

#include "runtime/artifact_format.h"

#include <algorithm>
#include <cinttypes>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <functional>
#include <unistd.h>
#include <vector>

namespace facet {
namespace {

constexpr uint64_t kUnknown = UINT64_MAX, kGigabyte = 1'000'000'000, kExcess = 8'000'000;

/// Calls Visit(line without its newline); true from it ends the reading.
void forEachLine(const std::string &Path, const std::function<bool(const std::string &)> &Visit) {
  std::FILE *File = std::fopen(Path.c_str(), "re");
  char Line[1024];
  for (bool Done = false; !Done && File && std::fgets(Line, sizeof(Line), File);) {
    Line[std::strcspn(Line, "\n")] = 0;
    Done = Visit(Line);
  }
  if (File)
    std::fclose(File);
}

/// The number after `Key` at the start of a line; kUnknown if there is none.
uint64_t numberIn(const std::string &File, const std::string &Key) {
  uint64_t Number = kUnknown;
  forEachLine(File, [&](const std::string &Line) {
    if (!Line.starts_with(Key))
      return false;
    const char *Text = Line.c_str() + Key.size();
    char *End;
    uint64_t Read = std::strtoull(Text, &End, 10); // "max" is no number: no limit
    Number = End != Text ? Read : kUnknown;
    return true;
  });
  return Number;
}

/// What one cgroup leaves: its limit less what it holds beside page cache.
uint64_t leftIn(const std::string &Limit, const std::string &Used, const std::string &Stat,
                const char *Cache) {
  const uint64_t Most = numberIn(Limit, ""), Now = numberIn(Used, ""), Cached = numberIn(Stat, Cache);
  if (Most == kUnknown || Now == kUnknown)
    return kUnknown;
  const uint64_t Held = Cached == kUnknown ? Now : Now - std::min(Now, Cached);
  return Most - std::min(Most, Held);
}

uint64_t leftInGroup(const std::string &Group, bool Unified) {
  return Unified ? leftIn(Group + "/memory.max", Group + "/memory.current", Group + "/memory.stat", "file ")
                 : leftIn(Group + "/memory.limit_in_bytes", Group + "/memory.usage_in_bytes",
                          Group + "/memory.stat", "total_cache ");
}

/// The least of a group and all above it.
uint64_t leftInGroups(const std::string &Root) {
  uint64_t Least = kUnknown;
  forEachLine(Root + "/proc/self/cgroup", [&](const std::string &Line) { // number:controllers:/path
    const size_t First = Line.find(':'), Second = Line.find(':', First + 1);
    if (First == std::string::npos || Second == std::string::npos)
      return false;
    const std::string Controllers = "," + Line.substr(First + 1, Second - First - 1) + ",";
    const bool Unified = Controllers == ",,";
    if (!Unified && Controllers.find(",memory,") == std::string::npos)
      return false;
    const std::string Mount = Root + "/sys/fs/cgroup" + (Unified ? "" : "/memory");
    std::string Path = Line.substr(Second + 1);
    while (!Path.empty()) {
      Least = std::min(Least, leftInGroup(Mount + Path, Unified));
      Path.resize(Path.rfind('/') == std::string::npos ? 0 : Path.rfind('/'));
    }
    Least = std::min(Least, leftInGroup(Mount, Unified));
    return false;
  });
  return Least;
}

} // namespace

std::string bytesText(uint64_t Bytes) {
  char Text[32];
  if (Bytes >= 1 << 30)
    std::snprintf(Text, sizeof(Text), "%.2f GiB", double(Bytes) / (1 << 30));
  else if (Bytes >= 1 << 20)
    std::snprintf(Text, sizeof(Text), "%.1f MiB", double(Bytes) / (1 << 20));
  else
    std::snprintf(Text, sizeof(Text), "%.1f KiB", double(Bytes) / (1 << 10));
  return Text;
}

static std::string partsText(const facet_memory_plan &Plan) {
  return "weights " + bytesText(Plan.weight_bytes) + ", K/V " + bytesText(Plan.kv_bytes) +
         " for a context of " + std::to_string(Plan.options.context) + ", arena and the rest " +
         bytesText(Plan.session_bytes - Plan.kv_bytes);
}

static std::string tableText(const facet_model *Model, const facet_memory_plan &Plan) {
  char Line[256];
  std::string Text;
  auto Add = [&](const std::string &Name, uint64_t Bytes, const std::string &Note) {
    std::snprintf(Line, sizeof(Line), "  %-12s %12s%s%s\n", Name.c_str(), bytesText(Bytes).c_str(),
                  Note.empty() ? "" : "  ", Note.c_str());
    Text += Line;
  };
  std::snprintf(Line, sizeof(Line), "memory for a context of %" PRId32 " positions:\n", Plan.options.context);
  Text += Line;
  Add("weights", Plan.weight_bytes,
      Plan.gathered_bytes ? bytesText(Plan.gathered_bytes) + " more stay in the file" : "");
  facet_kv_details Kind;
  for (int K = 0; facet_model_kv(Model, K, &Kind); ++K)
    Add(std::string("K/V ") + Kind.name, Plan.kv_kind_bytes[K],
        bytesText(Kind.bytes_per_position) + " a token" +
            (Kind.window ? ", the last " + std::to_string(Kind.window) : ""));
  Add("arena", Plan.arena_bytes + Plan.scratch_bytes, "");
  Add("the rest", Plan.output_bytes + Plan.table_bytes, "");
  Add("in all", plannedBytes(Plan), "");
  return Text;
}

facet_code planWithoutLoading(const char *Path, const facet_session_options &Options, ReadablePlan &Out,
                              facet_error &Error) {
  facet_open_options Open = {};
  Open.verify = FACET_VERIFY_NEVER;
  facet_model *Model = nullptr;
  if (facet_code Code = facet_model_inspect(Path, &Open, &Model, &Error); Code != FACET_OK)
    return Code;
  facet_code Code = facet_plan(Model, &Options, &Out.Plan, &Error);
  if (Code == FACET_OK) {
    Out.Line = bytesText(plannedBytes(Out.Plan)) + " of memory: " + partsText(Out.Plan);
    Out.Table = tableText(Model, Out.Plan);
  }
  facet_model_close(Model);
  return Code;
}

uint64_t plannedBytes(const facet_memory_plan &Plan) { return Plan.weight_bytes + Plan.session_bytes; }

uint64_t availableMemory(const std::string &Root) {
  uint64_t Least = leftInGroups(Root);
  if (uint64_t Kilobytes = numberIn(Root + "/proc/meminfo", "MemAvailable:"); Kilobytes != kUnknown)
    Least = std::min(Least, Kilobytes * 1024);
  if (const char *Narrowed = std::getenv("FACET_MEMORY"))
    Least = std::min<uint64_t>(Least, std::strtoull(Narrowed, nullptr, 10));
  return Least;
}

std::string whyItCannotFit(const facet_memory_plan &Plan, uint64_t Available) {
  const uint64_t Needed = plannedBytes(Plan);
  if (Needed <= Available)
    return "";
  const uint64_t Rest = Plan.session_bytes - Plan.kv_bytes;
  std::string Text = "needs " + bytesText(Needed) + " of memory, " + bytesText(Available) +
                     " are available: " + partsText(Plan) + "; ";
  if (Plan.weight_bytes + Rest >= Available)
    return Text + "the weights alone are too large: free memory, or compile with smaller ones (facet compile "
                  "--weights)";
  return Text + "the K/V is too large: ask for a smaller --context";
}

MemoryUse memoryUse(const facet_model *Model) {
  MemoryUse Use;
  if (uint64_t Kilobytes = numberIn("/proc/self/smaps_rollup", "Anonymous:"); Kilobytes != kUnknown)
    Use.Anonymous = Kilobytes * 1024;
  size_t Size = 0;
  const auto Start =
      reinterpret_cast<uintptr_t>(facet_model_section_data(Model, FACET_SECTION_WEIGHTS, &Size));
  const auto Page = uintptr_t(sysconf(_SC_PAGESIZE));
  const uintptr_t First = Start / Page, End = Size ? (Start + Size - 1) / Page + 1 : First;
  int File = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
  std::vector<uint64_t> Entries(1 << 12); // the highest bit: present
  for (uintptr_t At = First; File >= 0 && At < End;) {
    const size_t Count = std::min<size_t>(Entries.size(), End - At);
    ssize_t Got = pread(File, Entries.data(), Count * sizeof(uint64_t), off_t(At * sizeof(uint64_t)));
    if (Got <= 0)
      break;
    const auto Read = size_t(Got) / sizeof(uint64_t);
    Use.Weights += Page * uint64_t(std::count_if(Entries.begin(), Entries.begin() + long(Read),
                                                 [](uint64_t Entry) { return Entry >> 63; }));
    At += Read;
  }
  if (File >= 0)
    close(File);
  return Use;
}

uint64_t promisedExcess(const facet_memory_plan &Plan) {
  const uint64_t Planned = plannedBytes(Plan);
  return Planned >= kGigabyte ? Planned / 50 : kExcess;
}

} // namespace facet
