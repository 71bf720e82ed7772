# The contenders that are crates: what cargo makes of this directory is linked in. Without cargo or
# the crates they are missing, and why is said beside their names.
set(POLLUX_BENCH_RUST AUTO
    CACHE STRING "Compare with mio and polling: AUTO, if they can be had; OFF")
set_property(CACHE POLLUX_BENCH_RUST PROPERTY STRINGS AUTO OFF)

set(manifest ${CMAKE_CURRENT_LIST_DIR}/Cargo.toml)

# What rustup has installed first: the system's may be too old.
find_program(POLLUX_BENCH_CARGO cargo HINTS $ENV{HOME}/.cargo/bin)
find_program(POLLUX_BENCH_RUSTC rustc HINTS $ENV{HOME}/.cargo/bin)
mark_as_advanced(POLLUX_BENCH_CARGO POLLUX_BENCH_RUSTC)

# pollux_bench_rustc(version host libraries): what the compiler says of itself; the libraries are
# those that its own needs. Empty if it does not run.
function(pollux_bench_rustc version host libraries)
  execute_process(COMMAND ${POLLUX_BENCH_RUSTC} -vV OUTPUT_VARIABLE about ERROR_QUIET)
  string(REGEX MATCH "release: ([0-9.]+)" found "${about}")
  set(${version} "${CMAKE_MATCH_1}" PARENT_SCOPE)
  string(REGEX MATCH "host: ([^\n]+)" found "${about}")
  set(${host} "${CMAKE_MATCH_1}" PARENT_SCOPE)
  set(empty ${CMAKE_CURRENT_BINARY_DIR}/empty.rs)
  file(WRITE ${empty} "")
  execute_process(COMMAND ${POLLUX_BENCH_RUSTC} --crate-type staticlib --print native-static-libs
                          -o ${CMAKE_CURRENT_BINARY_DIR}/empty.a ${empty}
                  OUTPUT_QUIET ERROR_VARIABLE output)
  string(REGEX MATCH "native-static-libs: ([^\n]*)" found "${output}")
  string(STRIP "${CMAKE_MATCH_1}" names)
  set(${libraries} "${names}" PARENT_SCOPE)
endfunction()

# pollux_bench_fetch(result host): "0" if the crates are here, downloaded if need be.
function(pollux_bench_fetch result host)
  set(fetch ${POLLUX_BENCH_CARGO} fetch --locked --manifest-path ${manifest} --target ${host})
  execute_process(COMMAND ${fetch} --offline RESULT_VARIABLE status OUTPUT_QUIET ERROR_QUIET)
  if(NOT status EQUAL 0)
    execute_process(COMMAND ${CMAKE_COMMAND} -E env CARGO_NET_RETRY=0 ${fetch}
                    RESULT_VARIABLE status OUTPUT_QUIET ERROR_QUIET TIMEOUT 120)
  endif()
  set(${result} "${status}" PARENT_SCOPE)
endfunction()

# pollux_bench_rust_problem(problem host libraries): why there is no Rust, or an empty string.
function(pollux_bench_rust_problem problem host libraries)
  file(STRINGS ${manifest} needed REGEX "^rust-version")
  string(REGEX MATCH "[0-9.]+" needed "${needed}")
  set(why "")
  if(NOT POLLUX_BENCH_RUST)
    set(why "POLLUX_BENCH_RUST is off")
  elseif(CMAKE_CROSSCOMPILING)
    set(why "this is built for another system")
  elseif(NOT POLLUX_BENCH_CARGO OR NOT POLLUX_BENCH_RUSTC)
    set(why "cargo is not installed")
  else()
    pollux_bench_rustc(version target needs)
    if(NOT version)
      set(why "${POLLUX_BENCH_RUSTC} does not run")
    elseif(version VERSION_LESS needed)
      set(why "Rust ${needed} is needed, and ${version} is installed")
    else()
      pollux_bench_fetch(status ${target})
      if(NOT status EQUAL 0)
        set(why "cargo cannot download the crates")
      endif()
    endif()
  endif()
  set(${problem} "${why}" PARENT_SCOPE)
  set(${host} "${target}" PARENT_SCOPE)
  set(${libraries} "${needs}" PARENT_SCOPE)
endfunction()

# pollux_bench_rust_library(host libraries)
function(pollux_bench_rust_library host libraries)
  set(directory ${CMAKE_CURRENT_BINARY_DIR}/rust)
  set(archive ${directory}/${host}/release/libpollux_bench_rust.a)
  set(here ${CMAKE_CURRENT_FUNCTION_LIST_DIR})
  set(binding ${PROJECT_SOURCE_DIR}/bindings/rust)
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS
       ${here}/src/*.rs ${binding}/pollux/src/*.rs ${binding}/pollux-sys/src/*.rs)
  add_custom_command(
    OUTPUT ${archive}
    DEPENDS ${sources} ${manifest} ${here}/Cargo.lock ${binding}/pollux-sys/build.rs
    # Against the library that all contenders are linked with.
    COMMAND ${CMAKE_COMMAND} -E env --unset=POLLUX_STATIC POLLUX_LIB_DIR=$<TARGET_FILE_DIR:pollux>
            CARGO_TARGET_DIR=${directory} RUSTC=${POLLUX_BENCH_RUSTC}
            ${POLLUX_BENCH_CARGO} build --release --locked --offline --quiet --target ${host}
            --manifest-path ${manifest}
    # cargo leaves alone what is as it was.
    COMMAND ${CMAKE_COMMAND} -E touch ${archive}
    COMMENT "Building the contenders in Rust"
    VERBATIM)
  add_custom_target(pollux_bench_rust_archive DEPENDS ${archive})
  add_dependencies(pollux_bench_rust_archive pollux)
  add_library(pollux_bench_rust STATIC IMPORTED)
  add_dependencies(pollux_bench_rust pollux_bench_rust_archive)
  separate_arguments(names UNIX_COMMAND "${libraries}")
  set_target_properties(pollux_bench_rust PROPERTIES
    IMPORTED_LOCATION ${archive} INTERFACE_LINK_LIBRARIES "pollux;${names}")
  target_link_libraries(pollux_bench PRIVATE pollux_bench_rust)
endfunction()

pollux_bench_rust_problem(problem host libraries)
if(problem)
  foreach(name mio polling pollux-rust)
    string(APPEND missing "\"${name}\\t${problem}\", ")
  endforeach()
else()
  pollux_bench_rust_library(${host} "${libraries}")
  list(APPEND contenders loops/pollux_rust loops/pollux_rust_edge loops/mio loops/polling
       loops/polling_level)
endif()
