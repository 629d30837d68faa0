// Python's str methods that cut, search and join texts; shared by methods and filters. Origins go along.
#ifndef FACET_RUNTIME_TEXT_TEMPLATE_TEXTOPERATIONS_H
#define FACET_RUNTIME_TEXT_TEMPLATE_TEXTOPERATIONS_H

#include "runtime/text/template/RenderState.h"

namespace facet {

/// str.strip and its halves; Characters null: white space.
SourcedText strip(RenderState &R, const SourcedText &Text, const SourcedText *Characters, bool Left,
                  bool Right);
/// str.split or rsplit; Separator null: white space. At most Limit cuts, any number if negative.
TemplateValue split(RenderState &R, const SourcedText &Text, const SourcedText *Separator, int64_t Limit,
                    bool FromRight);
TemplateValue splitLines(RenderState &R, const SourcedText &Text, bool KeepEnds);
/// str.replace: at most Limit times, any number if negative.
TemplateValue replace(RenderState &R, const SourcedText &Text, const SourcedText &Old, const SourcedText &New,
                      int64_t Limit);
/// The texts of Items, each as str gives it, with Separator between them.
TemplateValue join(RenderState &R, const std::vector<TemplateValue> &Items, const SourcedText &Separator);

} // namespace facet
#endif
