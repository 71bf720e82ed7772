# pollux_faults_test(name SOURCES ...): a test program with the library's objects in it, whose calls
# of the C library can be made to fail. See faults.hpp.
set(POLLUX_FAULTS_SOURCE ${CMAKE_CURRENT_LIST_DIR}/faults.cpp)

function(pollux_faults_test name)
  cmake_parse_arguments(ARG "" "" "SOURCES" ${ARGN})
  pollux_test(${name} SOURCES ${ARG_SOURCES} ${POLLUX_FAULTS_SOURCE} LABELS conformance)
  target_sources(${name} PRIVATE $<TARGET_OBJECTS:pollux_objects>)
  target_include_directories(${name} PRIVATE ${PROJECT_SOURCE_DIR}/include)
  foreach(call IN ITEMS malloc calloc realloc posix_memalign free epoll_create1 epoll_ctl
          epoll_wait syscall eventfd dup3 fcntl fstat poll ppoll read write pread pwrite
          pthread_atfork pthread_create sigaction secure_getenv)
    target_link_options(${name} PRIVATE LINKER:--wrap=${call})
  endforeach()
endfunction()
