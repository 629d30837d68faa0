# facet run: a prompt to text. Without LLVM, and small: libstdc++ is linked in, what is not used is dropped.
add_executable(facet-run run.cpp run_options.cpp generation_options.cpp open_text.cpp new_file.cpp terminal.cpp run_importance.cpp importance_collector.cpp conversations.cpp
               golden_tensors.cpp template_source.cpp artifact_section.cpp memory_plan.cpp)
target_link_libraries(facet-run PRIVATE FacetText FacetCommand facet_warnings)
target_link_options(facet-run PRIVATE -static-libstdc++ -static-libgcc -Wl,--gc-sections)
