// Appending and cutting texts whose bytes have origins.
#include "runtime/text/template/SourcedText.h"

#include <algorithm>

using namespace facet;

void SourcedText::append(std::string_view More, Origin From) {
  if (More.empty())
    return;
  if (Bytes.empty()) {
    First = From;
  } else {
    Origin Last = Switches.size() % 2 ? flip(First) : First;
    if (Last != From)
      Switches.push_back(Bytes.size());
  }
  Bytes.append(More);
}

void SourcedText::append(const SourcedText &More, size_t Begin, size_t End) {
  if (Begin >= End)
    return;
  auto It = std::upper_bound(More.Switches.begin(), More.Switches.end(), Begin);
  Origin From = (It - More.Switches.begin()) % 2 ? flip(More.First) : More.First;
  std::string_view View(More.Bytes);
  while (Begin < End) {
    size_t Stop = It == More.Switches.end() ? End : std::min(*It, End);
    append(View.substr(Begin, Stop - Begin), From);
    Begin = Stop;
    From = flip(From);
    if (It != More.Switches.end())
      ++It;
  }
}

SourcedText SourcedText::substr(size_t Begin, size_t End) const {
  SourcedText Out;
  if (Begin < End)
    Out.append(*this, Begin, End);
  else
    Out.First = First;
  return Out;
}

Origin SourcedText::originOf(size_t Begin, size_t End) const {
  if (Switches.empty())
    return First;
  auto It = std::upper_bound(Switches.begin(), Switches.end(), Begin);
  Origin From = (It - Switches.begin()) % 2 ? flip(First) : First;
  if (Begin >= End)
    return From;
  bool OneRun = It == Switches.end() || *It >= End;
  return OneRun ? From : Origin::Data;
}
