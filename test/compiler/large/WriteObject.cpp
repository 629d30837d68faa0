// Writes the object file of weights that a library embeds: zeros but for the last byte, which is 42. Sparse.
//     large-object MACHINE BYTES FILE        MACHINE: e_machine of ELF
#include "compiler/WeightObject.h"

#include <cstdio>
#include <cstdlib>
#include <unistd.h>

int main(int argc, char **argv) {
  if (argc != 4)
    return 2;
  const unsigned long long bytes = std::strtoull(argv[2], nullptr, 10);
  const auto object =
      mlir::facet::makeWeightObject("large_weights", bytes, static_cast<unsigned>(std::atoi(argv[1])));
  std::FILE *file = std::fopen(argv[3], "wb");
  const std::string end = '\x2a' + object.tail;
  const bool written = file && std::fwrite(object.head.data(), object.head.size(), 1, file) == 1 &&
                       fseeko(file, static_cast<off_t>(bytes - 1), SEEK_CUR) == 0 &&
                       std::fwrite(end.data(), end.size(), 1, file) == 1 && std::fclose(file) == 0;
  return written ? 0 : 1;
}
