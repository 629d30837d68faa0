# Hostile tables and hostile text: see fuzz-tokenizer.cpp.
add_executable(fuzz-tokenizer fuzz-tokenizer.cpp)
target_link_libraries(fuzz-tokenizer PRIVATE FacetTokenizer FacetTokenizerBuilder facet_warnings)
target_compile_options(fuzz-tokenizer PRIVATE -fsanitize=fuzzer)
target_link_options(fuzz-tokenizer PRIVATE -fsanitize=fuzzer)
