/* Looks at the far end of weights that lie beyond what code reaches; needs no C library, so that it links for any
 * machine. Exit status 0 if all is where it should be. BYTES: of the weights. */
extern const unsigned char large_weights[] __attribute__((visibility("hidden")));
static const unsigned char *const volatile place = large_weights;
static const volatile char text[] = "read-only data";
static volatile int data = 7;
static volatile char zeros[1 << 20];

#ifdef __x86_64__
static _Noreturn void leave(long status) {
  __asm__ volatile("syscall" : : "a"(231L), "D"(status) : "rcx", "r11", "memory");
  __builtin_unreachable();
}
#else
static _Noreturn void leave(long status) {
  register long x0 __asm__("x0") = status, x8 __asm__("x8") = 94;
  __asm__ volatile("svc 0" : : "r"(x0), "r"(x8) : "memory");
  __builtin_unreachable();
}
#endif

_Noreturn void _start(void) {
  leave(!(place[BYTES - 1] == 42 && place[0] == 0 && data == 7 && text[0] == 'r' && zeros[sizeof zeros - 1] == 0));
}
