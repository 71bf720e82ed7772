# What the kqueue of the system can do. `sys/event.h` is found as CMAKE_REQUIRED_INCLUDES says.
set(POLLUX_KQUEUE_HEADERS "sys/types.h;sys/event.h")
check_symbol_exists(EVFILT_USER "${POLLUX_KQUEUE_HEADERS}" POLLUX_HAVE_EVFILT_USER)
check_symbol_exists(EVFILT_EXCEPT "${POLLUX_KQUEUE_HEADERS}" POLLUX_HAVE_EVFILT_EXCEPT)
check_symbol_exists(NOTE_OOB "${POLLUX_KQUEUE_HEADERS}" POLLUX_HAVE_NOTE_OOB)
check_symbol_exists(kqueue1 "${POLLUX_KQUEUE_HEADERS}" POLLUX_HAVE_KQUEUE1)

if(POLLUX_HAVE_EVFILT_EXCEPT AND POLLUX_HAVE_NOTE_OOB)
  set(POLLUX_KQUEUE_PRIORITY_FILTER "{PLX_PRIORITY, static_cast<Filter>(EVFILT_EXCEPT), NOTE_OOB},")
  set(POLLUX_KQUEUE_PRIORITY_CAPABILITY PLX_CAP_PRIORITY)
else()
  set(POLLUX_KQUEUE_PRIORITY_FILTER "")
  set(POLLUX_KQUEUE_PRIORITY_CAPABILITY 0)
endif()
if(POLLUX_HAVE_EVFILT_USER)
  set(POLLUX_KQUEUE_USER_FILTER "{true, static_cast<Filter>(EVFILT_USER), NOTE_TRIGGER}")
else()
  set(POLLUX_KQUEUE_USER_FILTER "{false, 0, 0}")
endif()
if(POLLUX_HAVE_KQUEUE1)
  set(POLLUX_KQUEUE_OPEN "kqueue1(O_CLOEXEC)")
else()
  set(POLLUX_KQUEUE_OPEN "::kqueue()")
endif()

set(POLLUX_KQUEUE_SOURCES
    src/kqueue/change_list.cpp src/kqueue/kqueue.cpp src/kqueue/wake_event.cpp)
configure_file(${PROJECT_SOURCE_DIR}/src/kqueue/system.hpp.in
               ${PROJECT_BINARY_DIR}/generated/kqueue/system.hpp @ONLY)
