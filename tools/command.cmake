# The command lines of the tools, as tables. Without LLVM; small, since facet-run links it.
add_library(FacetCommand STATIC command/command.cpp command/help.cpp command/hub_cache.cpp command/model_path.cpp command/suggestion.cpp command/values.cpp
  command/verbs.cpp)
target_compile_options(FacetCommand PRIVATE -ffunction-sections -fdata-sections)
target_link_libraries(FacetCommand PUBLIC facet_root_tools PRIVATE facet_root_formats facet_warnings)
