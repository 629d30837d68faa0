# facet bench: tokens a second, and the share of what the machine can do. Without LLVM.
find_package(Threads REQUIRED)
add_executable(facet-bench bench.cpp ceilings.cpp)
target_link_libraries(facet-bench PRIVATE FacetRuntimeCore Threads::Threads facet_root_tools facet_warnings)
