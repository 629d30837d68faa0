# facet inspect: what an artifact holds. Without LLVM.
add_executable(facet-inspect inspect.cpp)
target_link_libraries(facet-inspect PRIVATE FacetRuntimeCore FacetCommand facet_warnings)
