# facet compile: a checkpoint to an artifact.
add_executable(facet-compile compile.cpp compile_options.cpp fatal_errors.cpp terminal.cpp)
target_link_libraries(facet-compile PRIVATE FacetCompiler FacetCommand facet_warnings)
