// The schedule of a layer as a graph, for facet inspect --dot.
#ifndef FACET_TOOLS_INSPECT_DOT_H
#define FACET_TOOLS_INSPECT_DOT_H

#include "runtime/facet.h"

namespace facet {

/// Prints a graph in Graphviz's language. Nodes: the layer's dispatches, and dashed those of other layers
/// whose results they read. Edges: a buffer, from the dispatch that wrote it last to one that reads it.
void printDot(const facet_model *Model, int Rows, int Layer);

} // namespace facet
#endif
