// LLVM's allocators mark memory for AddressSanitizer only in code compiled with it: Debian's libraries are
// not, and would trip over the marks that our code makes with the same headers. The rest as in
// Quarantine.cpp.
extern "C" const char *__asan_default_options() {
  return "allow_user_poisoning=0:quarantine_size_mb=4:malloc_context_size=4";
}
