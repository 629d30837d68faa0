# Completions, man pages and pages of options, generated from what the programs say of themselves.
find_package(Python3 COMPONENTS Interpreter REQUIRED)
set(_share ${PROJECT_BINARY_DIR}/share)
add_custom_command(OUTPUT ${_share}/man/man1/facet-run.1
  COMMAND ${Python3_EXECUTABLE} ${CMAKE_CURRENT_SOURCE_DIR}/command/generate.py ${PROJECT_BINARY_DIR}/bin ${PROJECT_BINARY_DIR}
  DEPENDS command/generate.py facet facet-opt facet-lsp-server facet-reduce facet-tokenize facet-render facet-compile facet-tune facet-inspect facet-run facet-chat
    facet-eval facet-bench
  COMMENT "Generating completions and man pages")
add_custom_target(tool-pages ALL DEPENDS ${_share}/man/man1/facet-run.1)
# What belongs to a program is in the package of that program.
foreach(folder bash-completion zsh fish)
  install(DIRECTORY ${_share}/${folder} DESTINATION share COMPONENT runtime)
endforeach()
set(_runtime_pages facet facet-run facet-chat facet-eval facet-bench facet-inspect facet-tokenize facet-render)
set(_compiler_pages facet-compile facet-tune facet-opt facet-lsp-server facet-reduce)
foreach(component runtime compiler)
  list(TRANSFORM _${component}_pages REPLACE "(.+)" "${_share}/man/man1/\\1.1")
  install(FILES ${_${component}_pages} DESTINATION share/man/man1 COMPONENT ${component})
endforeach()
add_custom_target(tool-docs COMMAND ${CMAKE_COMMAND} -E copy_directory ${PROJECT_BINARY_DIR}/doc ${PROJECT_SOURCE_DIR}/docs/tools
  COMMENT "Copying the pages of options to docs/tools")
add_dependencies(tool-docs tool-pages)
