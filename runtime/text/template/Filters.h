// The filters, by subject; Filters.cpp has the table.
#ifndef FACET_RUNTIME_TEXT_TEMPLATE_FILTERS_H
#define FACET_RUNTIME_TEXT_TEMPLATE_FILTERS_H

#include "runtime/text/template/Builtins.h"

namespace facet::filters {

using Filter = TemplateValue(RenderState &R, const Arguments &Args);

// FilterText.cpp: of one value, mostly a text or a number.
Filter trim, upper, lower, title, capitalize, replace, indent, string, escape, format, tojson, wordcount;
Filter toInt, toFloat, abs, round, defaultTo;
// FilterSequence.cpp: of lists and dicts.
Filter length, first, last, list, join, reverse, sum, min, max, items, dictsort, sort, unique, attr, groupby,
    batch;
// FilterMap.cpp: apply other filters and tests to each element.
Filter map, select, reject, selectattr, rejectattr;

} // namespace facet::filters
#endif
