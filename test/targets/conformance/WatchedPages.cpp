#include "test/targets/conformance/WatchedPages.h"

#include <csignal>
#include <stdexcept>
#include <sys/mman.h>

namespace facet::test {

namespace {
WatchedPages *watched = nullptr;
struct sigaction before;
} // namespace

static void onFault(int, siginfo_t *info, void *) {
  // Anything else faults again, under the handler that was there.
  if (!watched->touch(static_cast<char *>(info->si_addr)))
    sigaction(SIGSEGV, &before, nullptr);
}

WatchedPages::WatchedPages(size_t count) : seen(count) {
  void *mapped = mmap(nullptr, count * kPage, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (mapped == MAP_FAILED)
    throw std::runtime_error("cannot map the pages to watch");
  memory = static_cast<char *>(mapped);
  watched = this;
  struct sigaction action = {};
  action.sa_sigaction = onFault;
  action.sa_flags = SA_SIGINFO;
  sigaction(SIGSEGV, &action, &before);
}

WatchedPages::~WatchedPages() {
  sigaction(SIGSEGV, &before, nullptr);
  munmap(memory, seen.size() * kPage);
}

bool WatchedPages::touch(const char *address) {
  if (address < memory || address >= memory + seen.size() * kPage)
    return false;
  size_t page = size_t(address - memory) / kPage;
  seen[page] = 1;
  mprotect(memory + page * kPage, kPage, PROT_READ | PROT_WRITE);
  return true;
}

void WatchedPages::reset() {
  seen.assign(seen.size(), 0);
  mprotect(memory, seen.size() * kPage, PROT_NONE);
}

std::vector<size_t> WatchedPages::touched() const {
  std::vector<size_t> pages;
  for (size_t page = 0; page < seen.size(); ++page)
    if (seen[page])
      pages.push_back(page);
  return pages;
}

} // namespace facet::test
