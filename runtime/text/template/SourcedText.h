// Text that remembers where each byte came from: the template's author (or the host), or data such as a
// user's message. Every string of the template engine is one of these.
#ifndef FACET_RUNTIME_TEXT_TEMPLATE_SOURCEDTEXT_H
#define FACET_RUNTIME_TEXT_TEMPLATE_SOURCEDTEXT_H

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace facet {

enum class Origin : unsigned char { Data, Template };

/// Bytes and their origins, as runs: `switches` holds, ascending, the offsets at which the origin changes, so
/// a text of one origin needs no memory beyond its bytes. A switch is always inside the text (0 < s < size).
class SourcedText {
public:
  SourcedText() = default;
  SourcedText(std::string Bytes, Origin From) : Bytes(std::move(Bytes)), First(From) {}

  const std::string &bytes() const { return Bytes; }
  size_t size() const { return Bytes.size(); }
  bool empty() const { return Bytes.empty(); }
  /// Bytes that this object occupies, roughly: what the memory limit counts.
  size_t footprint() const { return Bytes.size() + Switches.size() * sizeof(size_t); }

  void append(std::string_view More, Origin From);
  void append(const SourcedText &More) { append(More, 0, More.size()); }
  /// Appends the bytes [Begin, End) of More with their origins.
  void append(const SourcedText &More, size_t Begin, size_t End);
  SourcedText substr(size_t Begin, size_t End) const;

  /// The origin of [Begin, End) where it is written again in another form (upper case, an escape): Template
  /// only if every byte is; of an empty range, that of the text's first byte.
  Origin originOf(size_t Begin, size_t End) const;
  Origin origin() const { return originOf(0, size()); }

  Origin firstOrigin() const { return First; }
  const std::vector<size_t> &switches() const { return Switches; }

private:
  std::string Bytes;
  std::vector<size_t> Switches;
  Origin First = Origin::Template;
};

inline Origin flip(Origin From) { return From == Origin::Data ? Origin::Template : Origin::Data; }
/// What is made of two things is the template's only if both are.
inline Origin both(Origin A, Origin B) {
  return A == Origin::Template && B == Origin::Template ? Origin::Template : Origin::Data;
}

} // namespace facet
#endif
