// glibc's allocator under its other names, for tests that replace malloc. SANITIZED: a sanitizer has replaced
// it already.
#ifndef FACET_TEST_RUNTIME_CORE_LIBCMALLOC_H
#define FACET_TEST_RUNTIME_CORE_LIBCMALLOC_H

#include <cstddef>

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || __has_feature(memory_sanitizer)
#define SANITIZED 1
#endif
#endif

extern "C" {
void *__libc_malloc(size_t);
void *__libc_calloc(size_t, size_t);
void *__libc_realloc(void *, size_t);
void *__libc_memalign(size_t, size_t);
void __libc_free(void *);
}

#endif
