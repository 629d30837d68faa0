# facet compile: a checkpoint to an artifact.
add_executable(facet-compile compile.cpp)
target_link_libraries(facet-compile PRIVATE FacetCompiler facet_warnings)
