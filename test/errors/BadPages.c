/* Preloaded into facet-run by errors_test.py. When a file has been mapped, FACET_TEST_PAGES=shrink cuts the
   file of FACET_TEST_FILE to a page, and =unreadable makes its second page one that cannot be read. */
#define _GNU_SOURCE
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* What the runtime says of a mapping that it has just made. */
int madvise(void *start, size_t size, int advice) {
  const char *wanted = getenv("FACET_TEST_PAGES");
  if (wanted && !strcmp(wanted, "shrink") && truncate(getenv("FACET_TEST_FILE"), 4096))
    abort();
  if (wanted && !strcmp(wanted, "unreadable"))
    mmap((char *)start + 4096, 4096, PROT_READ, MAP_SHARED | MAP_FIXED, memfd_create("empty", 0), 0);
  return 0;
}
