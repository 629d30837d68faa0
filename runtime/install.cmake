# What programs link: facet::runtime (facet.h; C alone) and facet::text (facet_text.h; needs the C++ standard
# library), each static, and shared as facet::runtime-shared and facet::text-shared.
set(CMAKE_INSTALL_LIBDIR lib CACHE STRING "libraries, below the prefix")
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)
find_package(Threads REQUIRED)
set(_core $<TARGET_OBJECTS:FacetRuntimeCore> $<TARGET_OBJECTS:FacetSha256>)
set(_text $<TARGET_OBJECTS:FacetText> $<TARGET_OBJECTS:FacetTemplate> $<TARGET_OBJECTS:FacetTokenizer>)

# The core is linked as C: a dependency on the C++ library would be an error.
function(add_runtime name kind language export objects)
  string(TOLOWER ${name}_${kind} target)
  add_library(${target} ${kind} ${objects})
  set_target_properties(${target} PROPERTIES OUTPUT_NAME ${name} EXPORT_NAME ${export} LINKER_LANGUAGE ${language}
    SOVERSION ${PROJECT_VERSION_MAJOR} VERSION ${PROJECT_VERSION} INSTALL_RPATH $ORIGIN)
  if(kind STREQUAL SHARED)
    target_link_options(${target} PRIVATE -Wl,--no-undefined -Wl,--as-needed
      -Wl,--version-script=${CMAKE_CURRENT_SOURCE_DIR}/exports.map)
    set_target_properties(${target} PROPERTIES LINK_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/exports.map)
  endif()
  install(TARGETS ${target} EXPORT FacetRuntime COMPONENT runtime INCLUDES DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
endfunction()

add_runtime(facet STATIC C runtime "${_core}")
add_runtime(facet SHARED C runtime-shared "${_core}")
add_runtime(facet_text STATIC CXX text "${_text}")
add_runtime(facet_text SHARED CXX text-shared "${_text}")
foreach(kind static shared)
  target_link_libraries(facet_${kind} PUBLIC Threads::Threads m)
  target_link_libraries(facet_text_${kind} PUBLIC facet_${kind})
endforeach()

install(FILES facet.h facet_text.h facet.hpp DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/facet COMPONENT runtime)

# find_package(Facet) and pkg-config.
set(_package ${CMAKE_INSTALL_LIBDIR}/cmake/Facet)
install(EXPORT FacetRuntime NAMESPACE facet:: DESTINATION ${_package} COMPONENT runtime)
write_basic_package_version_file(${CMAKE_CURRENT_BINARY_DIR}/FacetConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_SOURCE_DIR}/cmake/FacetConfig.cmake ${CMAKE_CURRENT_BINARY_DIR}/FacetConfigVersion.cmake
  DESTINATION ${_package} COMPONENT runtime)
foreach(name facet facet-text)
  configure_file(${PROJECT_SOURCE_DIR}/cmake/${name}.pc.in ${name}.pc @ONLY)
  install(FILES ${CMAKE_CURRENT_BINARY_DIR}/${name}.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig COMPONENT runtime)
endforeach()
