# facet bench: tokens a second, and the share of what the machine can do. Without LLVM.
find_package(Threads REQUIRED)
add_executable(facet-bench bench.cpp bench_options.cpp bench_profile.cpp bench_work.cpp ceilings.cpp
  ceilings_arithmetic.cpp memory_plan.cpp)
target_link_libraries(facet-bench PRIVATE FacetRuntimeCore FacetTemplate Threads::Threads FacetCommand facet_warnings)
