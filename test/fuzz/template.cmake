# Hostile templates and conversations: see fuzz-template.cpp.
add_executable(fuzz-template fuzz-template.cpp)
target_link_libraries(fuzz-template PRIVATE FacetTemplate facet_warnings)
target_compile_options(fuzz-template PRIVATE -fsanitize=fuzzer)
target_link_options(fuzz-template PRIVATE -fsanitize=fuzzer)
