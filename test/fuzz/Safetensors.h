// Small safetensors files.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace facet::test {

/// The length of a header in front of it.
inline std::string withLength(std::string_view header) {
  std::string file;
  for (uint64_t i = 0, length = header.size(); i < 8; ++i)
    file += static_cast<char>(length >> 8 * i);
  return file.append(header);
}

/// Two floats.
inline std::string tensorFile(const std::string &name) {
  return withLength("{\"" + name + "\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}}") +
         std::string(8, 0);
}

} // namespace facet::test
