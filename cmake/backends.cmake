# The only platform switch: which source files are compiled, and the ordered table of the backends.
include(CheckSymbolExists)
include(CheckCXXSymbolExists)

# GNU and Linux extensions (ppoll, POLLRDHUP, secure_getenv) are asked for where they exist.
set(CMAKE_REQUIRED_DEFINITIONS -D_GNU_SOURCE)
check_symbol_exists(epoll_create1 sys/epoll.h POLLUX_HAVE_EPOLL)
check_symbol_exists(kqueue "sys/types.h;sys/event.h" POLLUX_HAVE_KQUEUE)
check_symbol_exists(ppoll poll.h POLLUX_HAVE_PPOLL)
check_symbol_exists(POLLRDHUP poll.h POLLUX_HAVE_POLLRDHUP)
check_symbol_exists(eventfd sys/eventfd.h POLLUX_HAVE_EVENTFD)
check_symbol_exists(secure_getenv stdlib.h POLLUX_HAVE_SECURE_GETENV)
check_symbol_exists(CLOCK_MONOTONIC_COARSE time.h POLLUX_HAVE_CLOCK_MONOTONIC_COARSE)
check_symbol_exists(CLOCK_MONOTONIC_FAST time.h POLLUX_HAVE_CLOCK_MONOTONIC_FAST)
unset(CMAKE_REQUIRED_DEFINITIONS)

# pollux_pick(VARIABLE condition file-if-true file-if-false)
macro(pollux_pick variable condition if_true if_false)
  if(${condition})
    list(APPEND ${variable} ${if_true})
  else()
    list(APPEND ${variable} ${if_false})
  endif()
endmacro()

# Linux has the one, FreeBSD and DragonFly the other.
set(POLLUX_TICK_CLOCK CLOCK_MONOTONIC)
foreach(clock CLOCK_MONOTONIC_COARSE CLOCK_MONOTONIC_FAST)
  if(POLLUX_HAVE_${clock})
    set(POLLUX_TICK_CLOCK ${clock})
  endif()
endforeach()

set(POLLUX_CORE_SOURCES
    src/core/backend.cpp src/core/errors.cpp src/core/fork.cpp src/core/mutex.cpp
    src/core/poller.cpp src/core/registry.cpp src/core/watchable.cpp)
pollux_pick(POLLUX_CORE_SOURCES POLLUX_HAVE_EVENTFD
            src/core/wake_channel_eventfd.cpp src/core/wake_channel_pipe.cpp)
pollux_pick(POLLUX_CORE_SOURCES POLLUX_HAVE_SECURE_GETENV
            src/core/environment_secure_getenv.cpp src/core/environment_issetugid.cpp)

set(POLLUX_BACKENDS "")  # best first
set(POLLUX_BACKEND_SOURCES "")
if(POLLUX_HAVE_EPOLL)
  list(APPEND POLLUX_BACKENDS epoll)
  list(APPEND POLLUX_BACKEND_SOURCES src/epoll/epoll.cpp)
endif()
if(POLLUX_HAVE_KQUEUE)
  list(APPEND POLLUX_BACKENDS kqueue)
  include(cmake/kqueue.cmake)
  list(APPEND POLLUX_BACKEND_SOURCES ${POLLUX_KQUEUE_SOURCES})
endif()
list(APPEND POLLUX_BACKENDS poll)
list(APPEND POLLUX_BACKEND_SOURCES src/poll/poll.cpp src/poll/waiter.cpp src/poll/watch_set.cpp)
pollux_pick(POLLUX_BACKEND_SOURCES POLLUX_HAVE_PPOLL
            src/poll/poll_for_ppoll.cpp src/poll/poll_for_poll.cpp)
pollux_pick(POLLUX_POLL_TIMEOUT_CAPABILITY POLLUX_HAVE_PPOLL PLX_CAP_NS_TIMEOUT 0)
pollux_pick(POLLUX_POLL_READ_CLOSED POLLUX_HAVE_POLLRDHUP POLLRDHUP 0)

set(POLLUX_GENERATED ${PROJECT_BINARY_DIR}/generated)
configure_file(src/poll/system.hpp.in ${POLLUX_GENERATED}/poll/system.hpp @ONLY)
configure_file(src/core/system_clock.hpp.in ${POLLUX_GENERATED}/core/system_clock.hpp @ONLY)

# pollux_backend_table(file backend...): defines compiled_backends().
function(pollux_backend_table file)
  set(declarations "")
  set(entries "")
  foreach(backend IN LISTS ARGN)
    string(APPEND declarations
           "namespace ${backend} {\nextern const BackendInfo ${backend}_backend;\n}\n")
    string(APPEND entries "    &${backend}::${backend}_backend,\n")
  endforeach()
  set(POLLUX_TABLE_DECLARATIONS "${declarations}")
  set(POLLUX_TABLE_ENTRIES "${entries}")
  configure_file(${PROJECT_SOURCE_DIR}/src/core/backend_table.cpp.in ${file} @ONLY)
endfunction()
pollux_backend_table(${POLLUX_GENERATED}/backend_table.cpp ${POLLUX_BACKENDS})
