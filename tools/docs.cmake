# Pages of docs/ that are checked in and made by programs: a target brings each up to date, a test says when it is stale.
set(FACET_PASS_PAGES ${Python3_EXECUTABLE} ${CMAKE_CURRENT_SOURCE_DIR}/docs/pass_pages.py ${PROJECT_BINARY_DIR}/bin
  ${PROJECT_SOURCE_DIR} ${PROJECT_BINARY_DIR}/passes/Passes.md ${PROJECT_SOURCE_DIR}/docs)
set(FACET_PASS_PAGES ${FACET_PASS_PAGES} PARENT_SCOPE) # the test docs.passes
add_custom_target(pass-doc COMMENT "Writing docs/passes.md and docs/passes" COMMAND ${FACET_PASS_PAGES})
add_dependencies(pass-doc facet-opt FacetPassIncGen)

set(FACET_OP_PAGES ${Python3_EXECUTABLE} ${CMAKE_CURRENT_SOURCE_DIR}/docs/op_pages.py ${PROJECT_BINARY_DIR}/ir/FacetDialect.md
  ${PROJECT_SOURCE_DIR} ${PROJECT_SOURCE_DIR}/docs)
set(FACET_OP_PAGES ${FACET_OP_PAGES} PARENT_SCOPE) # the test docs.dialect
add_custom_target(dialect-doc COMMENT "Writing docs/dialect.md and docs/dialect" COMMAND ${FACET_OP_PAGES})
add_dependencies(dialect-doc FacetIRIncGen)

# The documentation as a site, in build/site. Needs mkdocs.
add_custom_target(site COMMENT "Building the site" COMMAND ${Python3_EXECUTABLE}
  ${CMAKE_CURRENT_SOURCE_DIR}/docs/build_site.py ${PROJECT_SOURCE_DIR} ${PROJECT_BINARY_DIR}/site)
