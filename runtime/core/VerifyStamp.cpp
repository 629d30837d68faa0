// Stamps that spare `auto` from hashing weights again: a file named by root digest that holds device, inode,
// size and times of an artifact whose weights were hashed.
#include "runtime/core/Artifact.h"

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <fcntl.h>
#include <unistd.h>

using namespace facet;

/// The stamp's path, and its directory's length; false without a home.
static bool stampPath(const unsigned char *root, char *out, size_t capacity, size_t &directoryLength) {
  const char *cache = std::getenv("XDG_CACHE_HOME"), *home = std::getenv("HOME");
  int length;
  if (cache && cache[0] == '/')
    length = std::snprintf(out, capacity, "%s/facet", cache);
  else if (home && home[0] == '/')
    length = std::snprintf(out, capacity, "%s/.cache/facet", home);
  else
    return false;
  if (length < 0 || static_cast<size_t>(length) + 80 >= capacity)
    return false;
  directoryLength = static_cast<size_t>(length);
  char *end = out + length;
  *end++ = '/';
  for (int i = 0; i < 32; ++i, end += 2)
    std::snprintf(end, 3, "%02x", root[i]);
  std::memcpy(end, ".stamp", 7);
  return true;
}

static void describe(const struct stat &s, char out[256]) {
  std::snprintf(out, 256, "facet-verified 1 %llu %llu %llu %lld.%09ld %lld.%09ld\n",
                static_cast<unsigned long long>(s.st_dev), static_cast<unsigned long long>(s.st_ino),
                static_cast<unsigned long long>(s.st_size), static_cast<long long>(s.st_mtim.tv_sec),
                s.st_mtim.tv_nsec, static_cast<long long>(s.st_ctim.tv_sec), s.st_ctim.tv_nsec);
}

bool facet::hasVerifyStamp(const FileBytes &file, const unsigned char *root) {
  char path[4096], expected[256], found[256];
  size_t directory;
  if (!file.isFile() || !stampPath(root, path, sizeof path, directory))
    return false;
  int stamp = open(path, O_RDONLY | O_CLOEXEC);
  if (stamp < 0)
    return false;
  ssize_t length = read(stamp, found, sizeof found - 1);
  close(stamp);
  describe(file.status(), expected);
  return length == static_cast<ssize_t>(std::strlen(expected)) &&
         std::memcmp(found, expected, std::strlen(expected)) == 0;
}

static void makeDirectories(char *path, size_t length) {
  for (size_t i = 1; i <= length; ++i) {
    if (path[i] != '/')
      continue;
    path[i] = 0;
    mkdir(path, 0700); // a failure shows when the stamp is opened
    path[i] = '/';
  }
}

void facet::writeVerifyStamp(const FileBytes &file, const unsigned char *root) {
  char path[4096], temporary[4160], text[256], now[256];
  size_t directory;
  struct stat current;
  if (!file.statusNow(current) || !stampPath(root, path, sizeof path, directory))
    return;
  describe(file.status(), text);
  describe(current, now);
  // A file changed within the clock's granularity of being hashed would look unchanged: leave it for next
  // time.
  if (std::strcmp(text, now) != 0 || std::time(nullptr) - current.st_ctim.tv_sec < 2)
    return;
  makeDirectories(path, directory);
  std::snprintf(temporary, sizeof temporary, "%s.%ld", path, static_cast<long>(getpid()));
  int stamp = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (stamp < 0)
    return;
  bool good = write(stamp, text, std::strlen(text)) == static_cast<ssize_t>(std::strlen(text));
  good = close(stamp) == 0 && good;
  if (!good || rename(temporary, path) != 0)
    unlink(temporary);
}
