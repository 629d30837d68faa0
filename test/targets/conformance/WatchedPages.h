// Memory whose pages are unmapped until someone touches them, and that knows which ones were.
#pragma once

#include <cstddef>
#include <vector>

namespace facet::test {

/// One at a time in a process: it handles SIGSEGV while it lives.
class WatchedPages {
public:
  static constexpr size_t kPage = 4096;

  explicit WatchedPages(size_t count);
  ~WatchedPages();
  WatchedPages(const WatchedPages &) = delete;

  char *data() const { return memory; }
  /// Forgets what was touched.
  void reset();
  /// The pages that were touched since, ascending.
  std::vector<size_t> touched() const;
  /// Notes a fault at `address` and lets it pass; false if that is elsewhere.
  bool touch(const char *address);

private:
  char *memory;
  std::vector<char> seen; // [page]
};

} // namespace facet::test
