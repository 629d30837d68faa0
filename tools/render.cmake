# facet render: conversations to prompts. Without LLVM.
add_executable(facet-render render.cpp render_cases.cpp template_source.cpp artifact_section.cpp)
target_link_libraries(facet-render PRIVATE FacetTemplate FacetCommand facet_warnings)
