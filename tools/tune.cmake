# facet tune: measures schedules of kernels on this machine.
add_executable(facet-tune tune.cpp tune_candidates.cpp tune_kernel.cpp tune_plot.cpp tune_search.cpp tune_options.cpp
  tune_work.cpp fatal_errors.cpp terminal.cpp)
target_link_libraries(facet-tune PRIVATE FacetCompiler FacetRuntimeCore FacetCommand facet_warnings)
