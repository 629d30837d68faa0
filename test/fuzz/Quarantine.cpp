// What an input frees is of no interest to the next one: a small quarantine spares the kernel's clearing of
// fresh pages, which takes a third of the time otherwise.
extern "C" const char *__asan_default_options() { return "quarantine_size_mb=4:malloc_context_size=4"; }
