// The table of filters.
#include "runtime/text/template/Filters.h"

#include <iterator>

using namespace facet;

namespace {
struct Row {
  std::string_view Name;
  filters::Filter *Apply;
};
constexpr Row Rows[] = {
    {"abs", filters::abs},
    {"attr", filters::attr},
    {"batch", filters::batch},
    {"capitalize", filters::capitalize},
    {"count", filters::length},
    {"d", filters::defaultTo},
    {"default", filters::defaultTo},
    {"dictsort", filters::dictsort},
    {"e", filters::escape},
    {"escape", filters::escape},
    {"first", filters::first},
    {"float", filters::toFloat},
    {"format", filters::format},
    {"groupby", filters::groupby},
    {"indent", filters::indent},
    {"int", filters::toInt},
    {"items", filters::items},
    {"join", filters::join},
    {"last", filters::last},
    {"length", filters::length},
    {"list", filters::list},
    {"lower", filters::lower},
    {"map", filters::map},
    {"max", filters::max},
    {"min", filters::min},
    {"reject", filters::reject},
    {"rejectattr", filters::rejectattr},
    {"replace", filters::replace},
    {"reverse", filters::reverse},
    {"round", filters::round},
    {"safe", filters::string}, // nothing is escaped unasked, so there is nothing to mark
    {"select", filters::select},
    {"selectattr", filters::selectattr},
    {"sort", filters::sort},
    {"string", filters::string},
    {"sum", filters::sum},
    {"title", filters::title},
    {"tojson", filters::tojson},
    {"trim", filters::trim},
    {"unique", filters::unique},
    {"upper", filters::upper},
    {"wordcount", filters::wordcount},
};
} // namespace

int facet::findFilter(std::string_view Name) {
  for (size_t I = 0; I < std::size(Rows); ++I)
    if (Rows[I].Name == Name)
      return static_cast<int>(I);
  return -1;
}

TemplateValue facet::applyFilter(RenderState &R, unsigned Id, const Arguments &Args) {
  return R.step() ? Rows[Id].Apply(R, Args) : TemplateValue();
}
