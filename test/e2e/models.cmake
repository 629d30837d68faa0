# Artifacts of the nano checkpoints, compiled once for all tests: ${FACET_NANO_DIR}/<model>-<format>.facet.
set(FACET_NANO_DIR ${CMAKE_CURRENT_BINARY_DIR}/nano)
file(MAKE_DIRECTORY ${FACET_NANO_DIR})
set(_artifacts)
foreach(model dense moe e)
  foreach(format f32 bf16 q8 q4 kv-q8)
    set(_weights ${format})
    set(_kv ${format})
    if(format STREQUAL "kv-q8")
      set(_weights bf16)
      set(_kv q8)
    elseif(format MATCHES "^q")
      set(_kv f32) # then all ISA levels agree to the bit
    endif()
    set(_artifact ${FACET_NANO_DIR}/${model}-${format}.facet)
    add_custom_command(OUTPUT ${_artifact}
      COMMAND facet-compile ${PROJECT_SOURCE_DIR}/test/models/gemma4-nano-${model} -o ${_artifact} --weights ${_weights} --kv ${_kv}
      DEPENDS facet-compile ${PROJECT_SOURCE_DIR}/test/models/gemma4-nano-${model}/model.safetensors
      COMMENT "Compiling nano ${model} in ${format}")
    list(APPEND _artifacts ${_artifact})
  endforeach()
endforeach()
add_custom_target(nano-artifacts ALL DEPENDS ${_artifacts})
