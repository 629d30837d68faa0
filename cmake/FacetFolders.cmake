# Folder rules. Each top-level folder F gets an include root that holds nothing but F, so that
# `#include "F/..."` is found only by targets that link `facet_root_F`. A library links its own root
# publicly and the roots of the folders that docs/architecture.md allows it; nothing else is in reach.

function(facet_include_root name)
  set(root ${PROJECT_BINARY_DIR}/roots/${name})
  file(MAKE_DIRECTORY ${root})
  file(CREATE_LINK ${PROJECT_SOURCE_DIR}/${name} ${root}/${name} SYMBOLIC)
  add_library(facet_root_${name} INTERFACE)
  target_include_directories(facet_root_${name} INTERFACE ${root})
endfunction()

foreach(folder ir frontend passes targets compiler runtime tools)
  facet_include_root(${folder})
endforeach()

# What compiler and runtime share: six C headers, and checked arithmetic, that include nothing.
set(_formats ${PROJECT_BINARY_DIR}/roots/formats/runtime)
file(MAKE_DIRECTORY ${_formats})
foreach(header CheckedSize.h abi.h artifact_format.h embedded_format.h importance_format.h limits.h tokenizer_format.h)
  file(CREATE_LINK ${PROJECT_SOURCE_DIR}/runtime/${header} ${_formats}/${header} SYMBOLIC)
endforeach()
add_library(facet_root_formats INTERFACE)
target_include_directories(facet_root_formats INTERFACE ${PROJECT_BINARY_DIR}/roots/formats)
