# libpollux: the shared library, the static one, and the objects that the unit tests look into.
option(POLLUX_SHARED "Build the shared library" ON)
option(POLLUX_STATIC "Build the static library" ON)
if(NOT POLLUX_SHARED AND NOT POLLUX_STATIC)
  message(FATAL_ERROR "POLLUX_SHARED and POLLUX_STATIC are both off: there is nothing to build")
endif()
if(NOT POLLUX_SHARED AND (POLLUX_EXAMPLES OR POLLUX_BENCH))
  message(FATAL_ERROR "The examples and the benchmarks link the shared library: turn POLLUX_SHARED "
                      "on, or POLLUX_EXAMPLES and POLLUX_BENCH off")
endif()
if(POLLUX_TESTS AND NOT (POLLUX_SHARED AND POLLUX_STATIC))
  message(FATAL_ERROR "The tests link both libraries: turn POLLUX_SHARED and POLLUX_STATIC on, or "
                      "POLLUX_TESTS off")
endif()

# For all who link the static library, whatever directory of a larger project they are in.
if(NOT TARGET Threads::Threads)
  find_package(Threads REQUIRED)
  set_target_properties(Threads::Threads PROPERTIES IMPORTED_GLOBAL ON)
endif()

# CMake would add the C++ runtime to every C link that contains C++ objects.
set(CMAKE_CXX_IMPLICIT_LINK_LIBRARIES "")

set(POLLUX_CAPI_SOURCES
    capi/backends.cpp capi/errors.cpp capi/poller.cpp capi/version.cpp)
set(POLLUX_SOURCES ${POLLUX_CORE_SOURCES} ${POLLUX_LOOP_SOURCES} ${POLLUX_BACKEND_SOURCES}
    ${POLLUX_CAPI_SOURCES} ${POLLUX_GENERATED}/backend_table.cpp)

# How the library's own sources are compiled, wherever they are: no exceptions, no RTTI, nothing of
# the C++ runtime, everything hidden but what the header marks.
add_library(pollux_build INTERFACE)
target_include_directories(pollux_build INTERFACE
  ${PROJECT_SOURCE_DIR}/include ${PROJECT_SOURCE_DIR}/src ${POLLUX_GENERATED})
target_compile_definitions(pollux_build INTERFACE _GNU_SOURCE)
if(CMAKE_SIZEOF_VOID_P EQUAL 4)
  # Offsets of files have 64 bits everywhere.
  target_compile_definitions(pollux_build INTERFACE _FILE_OFFSET_BITS=64)
endif()
target_compile_options(pollux_build INTERFACE -fno-exceptions -fno-rtti -fno-threadsafe-statics)

# A release is to be small: what runs once for each event is compiled for speed, the rest for size,
# and without unwind tables, for nothing is thrown through the library.
target_compile_options(pollux_build INTERFACE
  $<$<CONFIG:Release>:-O2>
  $<$<AND:$<CONFIG:Release>,$<CXX_COMPILER_ID:GNU>>:-fno-align-jumps>
  $<$<CONFIG:Release>:-fno-asynchronous-unwind-tables>)
set(POLLUX_HOT_SOURCES ${POLLUX_SOURCES})
list(FILTER POLLUX_HOT_SOURCES INCLUDE REGEX
     "core/poller|/(epoll|kqueue|poll)/|loop/(io|loop|timers|timer_wheel|post|handle_table)")
set(POLLUX_COLD_SOURCES ${POLLUX_SOURCES})
list(REMOVE_ITEM POLLUX_COLD_SOURCES ${POLLUX_HOT_SOURCES})
set_source_files_properties(${POLLUX_COLD_SOURCES} PROPERTIES
  COMPILE_OPTIONS $<$<CONFIG:Release>:-Os>)

function(pollux_library_target target)
  set_target_properties(${target} PROPERTIES
    POSITION_INDEPENDENT_CODE ON CXX_VISIBILITY_PRESET hidden VISIBILITY_INLINES_HIDDEN ON
    LINKER_LANGUAGE C)  # links libc and not the C++ runtime
  target_link_libraries(${target} PRIVATE $<BUILD_INTERFACE:pollux_build> Threads::Threads)
  target_include_directories(${target} PUBLIC
    $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include>)
  pollux_warnings(${target})
endfunction()

add_library(pollux_objects OBJECT ${POLLUX_SOURCES})
pollux_library_target(pollux_objects)

if(POLLUX_STATIC)
  add_library(pollux_static STATIC $<TARGET_OBJECTS:pollux_objects>)
  pollux_library_target(pollux_static)
  set_target_properties(pollux_static PROPERTIES OUTPUT_NAME pollux)
  add_library(Pollux::pollux_static ALIAS pollux_static)
endif()
if(NOT POLLUX_SHARED)
  add_library(Pollux::pollux ALIAS pollux_static)
  return()
endif()

# Raised by a release that breaks the binary interface, and by nothing else: docs/abi.md.
set(POLLUX_SOVERSION 0)
add_library(pollux SHARED $<TARGET_OBJECTS:pollux_objects>)
pollux_library_target(pollux)
set_target_properties(pollux PROPERTIES VERSION ${PROJECT_VERSION} SOVERSION ${POLLUX_SOVERSION})
add_library(Pollux::pollux ALIAS pollux)

include(cmake/exports.cmake)
