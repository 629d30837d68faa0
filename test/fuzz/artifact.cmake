# Hostile artifacts and saved sequences: see fuzz-artifact.cpp.
add_executable(fuzz-artifact fuzz-artifact.cpp)
target_link_libraries(fuzz-artifact PRIVATE FacetToyArtifact facet_warnings)
target_compile_options(fuzz-artifact PRIVATE -fsanitize=fuzzer)
target_link_options(fuzz-artifact PRIVATE -fsanitize=fuzzer)
