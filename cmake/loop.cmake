# The event loop's files.
set(POLLUX_LOOP_SOURCES
    src/loop/after_fork.cpp src/loop/calls.cpp src/loop/children.cpp src/loop/files.cpp
    src/loop/handle_table.cpp src/loop/handles.cpp src/loop/io.cpp src/loop/loop.cpp
    src/loop/posts.cpp src/loop/resolve.cpp src/loop/signal_handlers.cpp src/loop/signal_watch.cpp
    src/loop/signals.cpp src/loop/timer_entries.cpp src/loop/timer_wheel.cpp src/loop/timers.cpp
    src/loop/work.cpp src/loop/work_pool.cpp capi/loop.cpp capi/work.cpp)
# What tells that a child has ended. pidfd_open is a number, not a function, in today's C libraries.
check_symbol_exists(SYS_pidfd_open sys/syscall.h POLLUX_HAVE_PIDFD)
if(POLLUX_HAVE_KQUEUE)
  list(APPEND POLLUX_LOOP_SOURCES src/loop/process_fd_kqueue.cpp)
else()
  pollux_pick(POLLUX_LOOP_SOURCES POLLUX_HAVE_PIDFD
              src/loop/process_fd_pidfd.cpp src/loop/process_fd_none.cpp)
endif()
