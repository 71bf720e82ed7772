# Programs that do next to nothing with one library each, in C: no other library is loaded.
set(programs "")

# pollux_bench_startup(name [library...])
function(pollux_bench_startup name)
  set(target pollux_bench_startup_${name})
  add_executable(${target} startup/${name}.c)
  target_link_libraries(${target} PRIVATE ${ARGN})
  # Pollux is not where the system looks for libraries first: all of them look where it is.
  set_target_properties(${target} PROPERTIES OUTPUT_NAME ${name} C_EXTENSIONS ON
                        BUILD_RPATH $<TARGET_FILE_DIR:pollux>
                        RUNTIME_OUTPUT_DIRECTORY ${CMAKE_CURRENT_BINARY_DIR}/startup)
  pollux_warnings(${target})
  add_dependencies(pollux_bench ${target})
  string(REPLACE "_" "-" label ${name})
  set(path ${CMAKE_CURRENT_BINARY_DIR}/startup/${name})
  set(programs "${programs}        {\"${label}\", \"${path}\"},\n"
      PARENT_SCOPE)
endfunction()
