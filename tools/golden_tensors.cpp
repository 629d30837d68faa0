// Reads a safetensors file: a length, a JSON header, bytes. Every number is checked before it is used.
#include "tools/golden_tensors.h"

#include "tools/template_source.h"

#include <nlohmann/json.hpp>

#include <cmath>
#include <cstring>

using namespace facet;
using Json = nlohmann::json;

bool facet::isShallowJson(std::string_view Text) {
  int Depth = 0;
  bool Quoted = false;
  for (size_t I = 0; I < Text.size(); ++I) {
    char C = Text[I];
    if (Quoted && C == '\\')
      ++I;
    else if (C == '"')
      Quoted = !Quoted;
    else if (!Quoted && (C == '[' || C == '{') && ++Depth > 100)
      return false;
    else if (!Quoted && (C == ']' || C == '}'))
      --Depth;
  }
  return true;
}

std::string GoldenTensors::read(const std::string &File) {
  Path = File;
  Entries.clear();
  std::string Error;
  if (!readWholeFile(Path, MaxBytes, Bytes, Error))
    return Error;
  auto Bad = [&](const std::string &What) {
    Entries.clear();
    return Path + ": " + What + "; is it a safetensors file?";
  };
  uint64_t HeaderSize = 0;
  if (Bytes.size() < 8)
    return Bad("expected a header, found " + std::to_string(Bytes.size()) + " bytes");
  for (int I = 7; I >= 0; --I)
    HeaderSize = HeaderSize << 8 | static_cast<unsigned char>(Bytes[static_cast<size_t>(I)]);
  if (HeaderSize > Bytes.size() - 8)
    return Bad("expected a header of at most " + std::to_string(Bytes.size() - 8) + " bytes, found " +
               std::to_string(HeaderSize));
  const uint64_t DataBegin = 8 + HeaderSize, DataSize = Bytes.size() - DataBegin;
  if (!isShallowJson(std::string_view(Bytes).substr(8, HeaderSize)))
    return Bad("expected a JSON object as header, found one nested too deep");
  Json Header = Json::parse(Bytes.data() + 8, Bytes.data() + DataBegin, nullptr, false);
  if (!Header.is_object())
    return Bad("expected a JSON object as header, found something else");
  for (const auto &[Name, Value] : Header.items()) {
    if (Name == "__metadata__")
      continue;
    auto Field = [&](const char *Key) {
      return Value.is_object() && Value.contains(Key) ? Value[Key] : Json();
    };
    Json Type = Field("dtype"), Shape = Field("shape"), Offsets = Field("data_offsets");
    if (!Type.is_string() || !Shape.is_array() || !Offsets.is_array() || Offsets.size() != 2 ||
        !Offsets[0].is_number_unsigned() || !Offsets[1].is_number_unsigned())
      return Bad("tensor '" + Name + "': expected dtype, shape and two data_offsets");
    Entry E = {Type.get<std::string>(), {}, Offsets[0].get<uint64_t>(), Offsets[1].get<uint64_t>()};
    if (E.Begin > E.End || E.End > DataSize)
      return Bad("tensor '" + Name + "': expected offsets within " + std::to_string(DataSize) +
                 " bytes, found " + std::to_string(E.Begin) + " to " + std::to_string(E.End));
    E.Begin += DataBegin;
    E.End += DataBegin;
    for (const Json &Extent : Shape) {
      if (!Extent.is_number_unsigned())
        return Bad("tensor '" + Name + "': expected a shape of whole numbers");
      E.Shape.push_back(Extent.get<uint64_t>());
    }
    Entries.emplace(Name, std::move(E));
  }
  return "";
}

std::string GoldenTensors::matrix(const std::string &Name, size_t Rows, size_t Columns,
                                  std::vector<float> &Values) const {
  auto Found = Entries.find(Name);
  std::string Where = Path + ": tensor '" + Name + "': ";
  if (Found == Entries.end())
    return Where + "expected it, found none";
  const Entry &E = Found->second;
  std::string Shape;
  for (uint64_t Extent : E.Shape)
    Shape += (Shape.empty() ? "" : ", ") + std::to_string(Extent);
  if (E.Type != "F32" || E.Shape != std::vector<uint64_t>{Rows, Columns})
    return Where + "expected F32 [" + std::to_string(Rows) + ", " + std::to_string(Columns) + "], found " +
           E.Type + " [" + Shape + "]; the goldens are of another model";
  uint64_t Size = E.End - E.Begin;
  if (Size % sizeof(float) || (Columns && Size / sizeof(float) / Columns != Rows) ||
      Size / sizeof(float) != Rows * Columns)
    return Where + "expected " + std::to_string(Rows * Columns) + " values, found " + std::to_string(Size) +
           " bytes";
  Values.resize(Rows * Columns);
  std::memcpy(Values.data(), Bytes.data() + E.Begin, Size);
  for (float Value : Values)
    if (!std::isfinite(Value))
      return Where + "expected finite values, found one that is not";
  return "";
}
