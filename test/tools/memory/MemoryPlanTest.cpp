// What is available, told by a made-up /proc and /sys; and whether a plan fits.
#include "tools/memory_plan.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>

using namespace facet;

namespace {

class MemoryPlanTest : public testing::Test {
protected:
  MemoryPlanTest() : Root(std::filesystem::path(testing::TempDir()) / "facet-memory-plan") {
    std::filesystem::remove_all(Root);
  }
  ~MemoryPlanTest() override { std::filesystem::remove_all(Root); }

  void file(const std::string &Path, const std::string &Text) {
    std::filesystem::path Full = Root.string() + Path;
    std::filesystem::create_directories(Full.parent_path());
    std::ofstream(Full) << Text;
  }
  uint64_t available() { return availableMemory(Root.string()); }

  std::filesystem::path Root;
};

} // namespace

TEST_F(MemoryPlanTest, KnowsNothingOfAnEmptySystem) { EXPECT_EQ(available(), UINT64_MAX); }

TEST_F(MemoryPlanTest, ReadsWhatTheSystemCallsAvailable) {
  file("/proc/meminfo", "MemTotal:  900 kB\nMemFree:  10 kB\nMemAvailable:     500 kB\n");
  EXPECT_EQ(available(), 500u * 1024);
  setenv("FACET_MEMORY", "1000", 1);
  EXPECT_EQ(available(), 1000u);
  unsetenv("FACET_MEMORY");
}

// The tightest group above the process counts; page cache would be given up.
TEST_F(MemoryPlanTest, ReadsGroupsOfVersion2) {
  file("/proc/meminfo", "MemAvailable: 500 kB\n");
  file("/proc/self/cgroup", "0::/outer/inner\n");
  file("/sys/fs/cgroup/outer/inner/memory.max", "max\n");
  file("/sys/fs/cgroup/outer/inner/memory.current", "5000\n");
  EXPECT_EQ(available(), 500u * 1024);
  file("/sys/fs/cgroup/outer/memory.max", "100000\n");
  file("/sys/fs/cgroup/outer/memory.current", "70000\n");
  EXPECT_EQ(available(), 30000u);
  file("/sys/fs/cgroup/outer/memory.stat", "anon 20000\nfile 50000\nfile_mapped 1\n");
  EXPECT_EQ(available(), 80000u);
}

TEST_F(MemoryPlanTest, ReadsGroupsOfVersion1) {
  file("/proc/self/cgroup", "5:cpu,cpuacct:/x\n4:memory:/jobs/one\n");
  file("/sys/fs/cgroup/memory/jobs/memory.limit_in_bytes", "64000\n");
  file("/sys/fs/cgroup/memory/jobs/memory.usage_in_bytes", "60000\n");
  file("/sys/fs/cgroup/memory/jobs/memory.stat", "cache 1\ntotal_cache 10000\n");
  EXPECT_EQ(available(), 14000u);
  file("/sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712\n");
  file("/sys/fs/cgroup/memory/memory.usage_in_bytes", "1\n");
  EXPECT_EQ(available(), 14000u);
}

TEST_F(MemoryPlanTest, NamesWhatIsTooLarge) {
  facet_memory_plan Plan = {};
  Plan.options.context = 4096;
  Plan.weight_bytes = 3ull << 30, Plan.kv_bytes = 2ull << 30, Plan.session_bytes = (2ull << 30) + (100 << 20);
  EXPECT_EQ(whyItCannotFit(Plan, plannedBytes(Plan)), "");
  EXPECT_EQ(whyItCannotFit(Plan, 4ull << 30),
            "needs 5.10 GiB of memory, 4.00 GiB are available: weights 3.00 GiB, K/V 2.00 GiB for a context "
            "of 4096, "
            "arena and the rest 100.0 MiB; the K/V is too large: ask for a smaller --context");
  EXPECT_NE(whyItCannotFit(Plan, 3ull << 30).find("the weights alone are too large"), std::string::npos);
}
