# facet tokenize: text to ids and back. Without LLVM.
add_executable(facet-tokenize tokenize.cpp artifact_section.cpp)
target_link_libraries(facet-tokenize PRIVATE FacetTokenizer FacetTokenizerBuilder FacetCommand facet_warnings)
