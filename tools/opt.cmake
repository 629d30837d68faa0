# facet-opt, the MLIR tool
add_executable(facet-opt facet-opt.cpp)
target_link_libraries(facet-opt PRIVATE FacetCompiler facet_warnings)
