# facet_add_model(NAME tiny_gemma CHECKPOINT DIR|ID [TARGET LEVEL...] [WEIGHTS FORMAT|FILE] [KV FORMAT]
#   [IMPORTANCE FILE] [TUNING FILE] [EMBED_WEIGHTS])
#
# Compiles a checkpoint into the library NAME when the project is built. Link it: `#include "NAME.h"` works, and
# the static runtime comes with it (facet::text is yours to link). The target's property FACET_WEIGHTS is the
# path of NAME.weights, empty with EMBED_WEIGHTS. Options are those of `facet compile`; files are looked for from
# the directory of the CMakeLists.txt.
function(facet_add_model)
  cmake_parse_arguments(PARSE_ARGV 0 arg EMBED_WEIGHTS "NAME;CHECKPOINT;WEIGHTS;KV;IMPORTANCE;TUNING" TARGET)
  if(arg_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "facet_add_model: '${arg_UNPARSED_ARGUMENTS}' is none of its keywords: NAME, CHECKPOINT, "
      "TARGET, WEIGHTS, KV, IMPORTANCE, TUNING, EMBED_WEIGHTS")
  elseif(NOT arg_NAME OR NOT arg_CHECKPOINT)
    message(FATAL_ERROR "facet_add_model: expected NAME and CHECKPOINT, found '${ARGV}'")
  endif()
  get_filename_component(checkpoint ${arg_CHECKPOINT} ABSOLUTE)
  if(NOT EXISTS ${checkpoint}/config.json)
    if(NOT arg_CHECKPOINT MATCHES "^[A-Za-z0-9][^/]*/[^/]+$")
      message(FATAL_ERROR "facet_add_model(${arg_NAME}): no config.json in ${checkpoint}; expected CHECKPOINT to be a "
        "checkpoint's directory, or the Hugging Face id of one in the local cache")
    endif()
    set(checkpoint ${arg_CHECKPOINT}) # an id, which facet compile looks for
  endif()
  set(directory ${CMAKE_CURRENT_BINARY_DIR}/${arg_NAME}.facet)
  set(options --emit lib --name ${arg_NAME} -o ${directory})
  string(REPLACE ";" "," arg_TARGET "${arg_TARGET}")
  set(files)
  foreach(option TARGET WEIGHTS KV IMPORTANCE TUNING)
    if(arg_${option})
      string(TOLOWER ${option} name)
      if(option MATCHES "WEIGHTS|IMPORTANCE|TUNING" AND EXISTS ${CMAKE_CURRENT_SOURCE_DIR}/${arg_${option}})
        get_filename_component(arg_${option} ${arg_${option}} ABSOLUTE)
        list(APPEND files ${arg_${option}})
      endif()
      list(APPEND options --${name} ${arg_${option}})
    endif()
  endforeach()
  set(outputs ${directory}/${arg_NAME}.h ${directory}/lib${arg_NAME}.a)
  if(arg_EMBED_WEIGHTS)
    list(APPEND options --embed-weights)
  else()
    set(weights ${directory}/${arg_NAME}.weights)
    list(APPEND outputs ${weights})
  endif()
  file(MAKE_DIRECTORY ${directory}) # an include directory must exist
  file(GLOB sources CONFIGURE_DEPENDS ${checkpoint}/*.json ${checkpoint}/*.safetensors ${checkpoint}/*.jinja)
  add_custom_command(OUTPUT ${outputs} COMMAND facet::compiler ${checkpoint} ${options}
    DEPENDS ${sources} ${files} COMMENT "Compiling model ${arg_NAME}" VERBATIM)
  add_custom_target(${arg_NAME}-model DEPENDS ${outputs})
  add_library(${arg_NAME} STATIC IMPORTED GLOBAL)
  add_dependencies(${arg_NAME} ${arg_NAME}-model)
  set_target_properties(${arg_NAME} PROPERTIES
    IMPORTED_LOCATION ${directory}/lib${arg_NAME}.a
    INTERFACE_INCLUDE_DIRECTORIES ${directory}
    INTERFACE_LINK_LIBRARIES facet::runtime
    FACET_WEIGHTS "${weights}")
endfunction()
