// Arithmetic on sizes that a file or an embedder states. Includes nothing.
#ifndef FACET_RUNTIME_CHECKEDSIZE_H
#define FACET_RUNTIME_CHECKEDSIZE_H

namespace facet {

/// A sum or product that remembers whether it, or a part of it, was too large for 64 bits.
class CheckedSize {
public:
  constexpr CheckedSize(unsigned long long number) : number(number) {}

  friend constexpr CheckedSize operator+(CheckedSize a, CheckedSize b) {
    CheckedSize sum(0);
    sum.overflowed = __builtin_add_overflow(a.number, b.number, &sum.number) || a.overflowed || b.overflowed;
    return sum;
  }
  friend constexpr CheckedSize operator*(CheckedSize a, CheckedSize b) {
    CheckedSize product(0);
    product.overflowed =
        __builtin_mul_overflow(a.number, b.number, &product.number) || a.overflowed || b.overflowed;
    return product;
  }

  constexpr bool fits(unsigned long long limit = ~0ull) const { return !overflowed && number <= limit; }
  /// Only if it fits.
  constexpr unsigned long long value() const { return number; }

private:
  unsigned long long number;
  bool overflowed = false;
};

} // namespace facet
#endif
