# src/guard/guard.sh becomes a constant: without comments and indentation, for user data is small.
set(GUARD_SCRIPT ${CMAKE_BINARY_DIR}/generated/guard_script.inc)
add_custom_command(
  OUTPUT ${GUARD_SCRIPT}
  COMMAND ${CMAKE_COMMAND} -DFROM=${CMAKE_SOURCE_DIR}/src/guard/guard.sh -DTO=${GUARD_SCRIPT}
          -P ${CMAKE_SOURCE_DIR}/cmake/pack_script.cmake
  DEPENDS ${CMAKE_SOURCE_DIR}/src/guard/guard.sh ${CMAKE_SOURCE_DIR}/cmake/pack_script.cmake
  COMMENT "Packing the guard's script")
