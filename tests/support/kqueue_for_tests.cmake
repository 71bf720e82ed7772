# The kqueue backend on Linux, which has no kqueue: the same source over tests/support/kqueue_linux
# or over libkqueue. Defines pollux_with_kqueue, a static library that tests link for pollux; with
# it the list of backends is epoll, kqueue, poll.
set(POLLUX_KQUEUE_CHOICES emulation libkqueue)
if(NOT POLLUX_KQUEUE_FOR_TESTS IN_LIST POLLUX_KQUEUE_CHOICES)
  message(FATAL_ERROR "POLLUX_KQUEUE_FOR_TESTS is '${POLLUX_KQUEUE_FOR_TESTS}', and not one of: "
                      "emulation, libkqueue, off")
endif()
if(POLLUX_HAVE_KQUEUE)
  message(FATAL_ERROR "This system has kqueue: POLLUX_KQUEUE_FOR_TESTS must be off")
endif()

if(POLLUX_KQUEUE_FOR_TESTS STREQUAL "libkqueue")
  find_package(PkgConfig REQUIRED)
  pkg_check_modules(LIBKQUEUE REQUIRED IMPORTED_TARGET libkqueue)
  set(kqueue_target PkgConfig::LIBKQUEUE)
  set(CMAKE_REQUIRED_INCLUDES ${LIBKQUEUE_INCLUDE_DIRS})
else()
  set(kqueue_target kqueue_linux)
  set(CMAKE_REQUIRED_INCLUDES ${PROJECT_SOURCE_DIR}/tests/support/kqueue_linux/include)
endif()

include(CheckSymbolExists)
include(${PROJECT_SOURCE_DIR}/cmake/kqueue.cmake)
unset(CMAKE_REQUIRED_INCLUDES)

set(table ${PROJECT_BINARY_DIR}/generated/backend_table_with_kqueue.cpp)
pollux_backend_table(${table} epoll kqueue poll)
set(sources ${POLLUX_CORE_SOURCES} ${POLLUX_BACKEND_SOURCES} ${POLLUX_KQUEUE_SOURCES}
    ${POLLUX_LOOP_SOURCES} ${POLLUX_CAPI_SOURCES})
list(TRANSFORM sources REPLACE "process_fd_(pidfd|none)" process_fd_kqueue)
list(TRANSFORM sources PREPEND ${PROJECT_SOURCE_DIR}/)

add_library(pollux_with_kqueue STATIC ${sources} ${table})
pollux_library_target(pollux_with_kqueue)
target_link_libraries(pollux_with_kqueue PUBLIC ${kqueue_target})
