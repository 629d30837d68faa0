# The compiler's package and the runtime's programs.
set(_compilers facet-opt facet-tune facet-lsp-server facet-reduce)
set_target_properties(facet-compile ${_compilers} PROPERTIES INSTALL_RPATH ${LLVM_LIBRARY_DIR})
set_target_properties(facet-compile PROPERTIES EXPORT_NAME compiler)
install(TARGETS facet-compile EXPORT FacetCompiler RUNTIME COMPONENT compiler)
install(TARGETS ${_compilers} RUNTIME COMPONENT compiler)
install(TARGETS facet facet-run facet-chat facet-eval facet-bench facet-inspect facet-tokenize facet-render
  RUNTIME COMPONENT runtime)
set(_package ${CMAKE_INSTALL_LIBDIR}/cmake/Facet)
install(EXPORT FacetCompiler NAMESPACE facet:: DESTINATION ${_package} COMPONENT compiler)
install(FILES ${PROJECT_SOURCE_DIR}/cmake/FacetAddModel.cmake DESTINATION ${_package} COMPONENT compiler)
foreach(component runtime compiler)
  install(FILES ${PROJECT_SOURCE_DIR}/LICENSE DESTINATION share/doc/facet-${component} RENAME copyright COMPONENT ${component})
endforeach()
