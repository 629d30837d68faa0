# facet, which runs the verb programs
add_executable(facet facet.cpp)
target_compile_definitions(facet PRIVATE FACET_VERSION="${PROJECT_VERSION}")
target_link_libraries(facet PRIVATE FacetCommand facet_warnings)
