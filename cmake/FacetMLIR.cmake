# Debian's LLVM/MLIR 22.1, always the two shared libraries: an archive of MLIR beside them would register
# every dialect twice.
find_package(MLIR 22.1 REQUIRED CONFIG HINTS /usr/lib/llvm-22/lib/cmake/mlir)
find_package(LLD REQUIRED CONFIG HINTS /usr/lib/llvm-22/lib/cmake/lld)
list(APPEND CMAKE_MODULE_PATH "${MLIR_CMAKE_DIR}" "${LLVM_CMAKE_DIR}")
include(TableGen)
include(AddLLVM)
include(AddMLIR)

separate_arguments(_llvm_definitions UNIX_COMMAND "${LLVM_DEFINITIONS}")
add_library(facet_mlir INTERFACE)
target_link_libraries(facet_mlir INTERFACE MLIR LLVM)
target_include_directories(facet_mlir SYSTEM INTERFACE ${LLVM_INCLUDE_DIRS} ${MLIR_INCLUDE_DIRS} ${PROJECT_BINARY_DIR})
target_compile_definitions(facet_mlir INTERFACE NDEBUG) # an ABI switch: must match Debian's libraries in every build type
target_compile_options(facet_mlir INTERFACE ${_llvm_definitions})
# libMLIR.so is not on the loader's path.
set(CMAKE_BUILD_RPATH ${LLVM_LIBRARY_DIR})
