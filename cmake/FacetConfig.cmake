# find_package(Facet): the targets facet::runtime, facet::text, facet::runtime-shared, facet::text-shared; with
# the compiler installed also facet::compiler, its program, and facet_add_model().
include(CMakeFindDependencyMacro)
find_dependency(Threads)
include(${CMAKE_CURRENT_LIST_DIR}/FacetRuntime.cmake)
# The core is written in C++ and needs nothing of it: programs in C are linked as C.
get_target_property(_configurations facet::runtime IMPORTED_CONFIGURATIONS)
foreach(_configuration ${_configurations})
  set_property(TARGET facet::runtime PROPERTY IMPORTED_LINK_INTERFACE_LANGUAGES_${_configuration} C)
endforeach()
include(${CMAKE_CURRENT_LIST_DIR}/FacetCompiler.cmake OPTIONAL RESULT_VARIABLE Facet_COMPILER_FOUND)
include(${CMAKE_CURRENT_LIST_DIR}/FacetAddModel.cmake OPTIONAL)
foreach(_component ${Facet_FIND_COMPONENTS})
  if(_component STREQUAL compiler AND NOT Facet_COMPILER_FOUND)
    set(Facet_FOUND FALSE)
    set(Facet_NOT_FOUND_MESSAGE "the Facet compiler is not installed, only its runtime")
  endif()
endforeach()
