// Edit distance of words.
#include "tools/command/suggestion.h"

#include <algorithm>
#include <cctype>

namespace facet::command {

size_t editDistance(std::string_view A, std::string_view B) {
  const size_t Width = B.size() + 1;
  std::vector<size_t> Table((A.size() + 1) * Width);
  auto at = [&](size_t I, size_t J) -> size_t & { return Table[I * Width + J]; };
  for (size_t I = 0; I <= A.size(); ++I)
    for (size_t J = 0; J <= B.size(); ++J) {
      if (I == 0 || J == 0) {
        at(I, J) = I + J;
        continue;
      }
      at(I, J) = std::min({at(I - 1, J) + 1, at(I, J - 1) + 1, at(I - 1, J - 1) + (A[I - 1] != B[J - 1])});
      if (I > 1 && J > 1 && A[I - 1] == B[J - 2] && A[I - 2] == B[J - 1])
        at(I, J) = std::min(at(I, J), at(I - 2, J - 2) + 1);
    }
  return at(A.size(), B.size());
}

static bool isSameLetter(std::string_view A, std::string_view B) {
  return A.size() == B.size() && std::equal(A.begin(), A.end(), B.begin(), [](char X, char Y) {
           return std::tolower(static_cast<unsigned char>(X)) == std::tolower(static_cast<unsigned char>(Y));
         });
}

std::string closest(std::string_view Typed, const std::vector<std::string> &Words) {
  constexpr size_t LongestWord = 64; // nothing that we know is longer; keeps the table small
  std::string Best;
  size_t Least = SIZE_MAX;
  if (Typed.size() > LongestWord)
    return Best;
  for (const std::string &Word : Words) {
    if (Word.size() <= 2 && !isSameLetter(Typed, Word)) // as -n: every other letter is one edit away
      continue;
    const size_t Distance = editDistance(Typed, Word);
    if (Distance < Least && Distance <= std::max<size_t>(1, Word.size() / 3)) {
      Least = Distance;
      Best = Word;
    }
  }
  return Best;
}

} // namespace facet::command
