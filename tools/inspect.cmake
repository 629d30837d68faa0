# facet inspect: what an artifact holds. Without LLVM.
add_executable(facet-inspect inspect.cpp inspect_diff.cpp inspect_dot.cpp inspect_options.cpp inspect_text.cpp)
target_link_libraries(facet-inspect PRIVATE FacetRuntimeCore FacetCommand facet_warnings)
