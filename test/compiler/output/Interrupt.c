/* Preloaded into a program by output_test.py. FACET_TEST_KILL_BEFORE=CALL[:N] kills it with SIGKILL before
   its Nth call of that name, once it has reserved room for its output; FACET_TEST_NO_TMPFILE is a file system
   without nameless files. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int reserving; /* or done with it */

static void before(const char *call, int *count) {
  if (!strcmp(call, "posix_fallocate"))
    reserving = 1;
  if (!reserving)
    return;
  const char *wanted = getenv("FACET_TEST_KILL_BEFORE");
  size_t length = strlen(call);
  ++*count;
  if (!wanted || strncmp(wanted, call, length) != 0)
    return;
  if (wanted[length] ? wanted[length] == ':' && atoi(wanted + length + 1) == *count : *count == 1)
    kill(getpid(), SIGKILL);
}

#define WRAP(result, name, parameters, arguments)                                                            \
  result name parameters {                                                                                   \
    static int count;                                                                                        \
    before(#name, &count);                                                                                   \
    return ((result(*) parameters)dlsym(RTLD_NEXT, #name))arguments;                                         \
  }

WRAP(int, posix_fallocate, (int fd, off_t at, off_t size), (fd, at, size))
WRAP(ssize_t, pwrite, (int fd, const void *from, size_t size, off_t at), (fd, from, size, at))
WRAP(int, fsync, (int fd), (fd))
WRAP(int, linkat, (int from, const char *old, int to, const char *name, int flags),
     (from, old, to, name, flags))
WRAP(int, rename, (const char *old, const char *name), (old, name))

int open(const char *path, int flags, ...) {
  int mode = 0;
  if ((flags & O_CREAT) || (flags & O_TMPFILE) == O_TMPFILE) {
    va_list rest;
    va_start(rest, flags);
    mode = va_arg(rest, int);
    va_end(rest);
  }
  if ((flags & O_TMPFILE) == O_TMPFILE && getenv("FACET_TEST_NO_TMPFILE")) {
    errno = EOPNOTSUPP;
    return -1;
  }
  return ((int (*)(const char *, int, ...))dlsym(RTLD_NEXT, "open"))(path, flags, mode);
}
