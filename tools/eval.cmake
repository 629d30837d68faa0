# facet eval: an artifact against a folder of goldens. Without LLVM.
add_executable(facet-eval eval.cpp eval_checks.cpp eval_divergence.cpp eval_folder.cpp eval_logits.cpp eval_report.cpp golden_tensors.cpp
               template_source.cpp artifact_section.cpp)
target_link_libraries(facet-eval PRIVATE FacetText FacetCommand facet_warnings)
target_link_options(facet-eval PRIVATE -static-libstdc++ -static-libgcc -Wl,--gc-sections)
