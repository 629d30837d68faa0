// Results without exceptions. A Failure carries a code and a message; Result<T> holds a T or a Failure;
// report() turns a Failure into the C API's code and caller-owned facet_error.
#ifndef FACET_RUNTIME_CORE_RESULT_H
#define FACET_RUNTIME_CORE_RESULT_H

#include "runtime/facet.h"

#include <new>
#include <utility>

namespace facet {

struct Failure {
  facet_code code;
  char message[FACET_ERROR_MESSAGE];
};

/// Messages start in lower case and say what was expected, what was found and what to do.
[[nodiscard]] Failure failure(facet_code code, const char *format, ...) __attribute__((format(printf, 2, 3)));

template <typename T> class [[nodiscard]] Result {
public:
  Result(T value) : good(true) { new (&stored.value) T(std::move(value)); }
  Result(const Failure &failed) : good(false) { new (&stored.failed) Failure(failed); }
  Result(Result &&other) noexcept : good(other.good) {
    if (good)
      new (&stored.value) T(std::move(other.stored.value));
    else
      new (&stored.failed) Failure(other.stored.failed);
  }
  Result &operator=(Result &&) = delete;
  ~Result() {
    if (good)
      stored.value.~T();
  }

  explicit operator bool() const { return good; }
  T &operator*() { return stored.value; }
  T *operator->() { return &stored.value; }
  T take() { return std::move(stored.value); }
  const Failure &error() const { return stored.failed; }

private:
  union Storage {
    Storage() {}
    ~Storage() {}
    T value;
    Failure failed;
  } stored;
  bool good;
};

struct Nothing {};
using Status = Result<Nothing>;
inline Status success() { return Nothing{}; }

/// The only way from inside to the C API: fills `error`, which may be null, and returns the code.
facet_code report(const Failure &failed, facet_error *error);
inline facet_code report(const Status &status, facet_error *error) {
  return status ? FACET_OK : report(status.error(), error);
}

} // namespace facet

/// Returns from the function with the failure of `expression`, if it failed.
#define FACET_TRY(expression)                                                                                \
  do {                                                                                                       \
    if (auto facetTried = (expression); !facetTried)                                                         \
      return facetTried.error();                                                                             \
  } while (false)

#endif
