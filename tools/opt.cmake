# The tools that read .mlir files: facet-opt, facet-lsp-server, facet-reduce
foreach(verb opt lsp-server reduce)
  add_executable(facet-${verb} facet-${verb}.cpp mlir_options.cpp mlir_tools.cpp)
  target_link_libraries(facet-${verb} PRIVATE FacetCompiler FacetCommand facet_root_tools facet_warnings)
endforeach()
