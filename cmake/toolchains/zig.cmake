# Cross-compiling with zig, which brings the headers and libraries of all its targets.
#
#   POLLUX_ZIG         the zig program
#   POLLUX_ZIG_TARGET  cpu-system[-abi], e.g. aarch64-macos
set(CMAKE_TRY_COMPILE_PLATFORM_VARIABLES POLLUX_ZIG POLLUX_ZIG_TARGET)

if(NOT POLLUX_ZIG_TARGET MATCHES "^([a-z0-9_]+)-([a-z]+)")
  message(FATAL_ERROR "POLLUX_ZIG_TARGET is '${POLLUX_ZIG_TARGET}', and not cpu-system[-abi]")
endif()
set(CMAKE_SYSTEM_PROCESSOR ${CMAKE_MATCH_1})
set(pollux_systems_linux Linux)
set(pollux_systems_macos Darwin)
set(pollux_systems_freebsd FreeBSD)
set(pollux_systems_netbsd NetBSD)
set(pollux_systems_openbsd OpenBSD)
set(CMAKE_SYSTEM_NAME ${pollux_systems_${CMAKE_MATCH_2}})
if(NOT CMAKE_SYSTEM_NAME)
  message(FATAL_ERROR "The system '${CMAKE_MATCH_2}' of POLLUX_ZIG_TARGET is not known here")
endif()
set(CMAKE_SYSTEM_VERSION 1)

# CMake wants programs without arguments.
function(pollux_zig_tool name)
  set(tool ${CMAKE_BINARY_DIR}/zig-tools/${name})
  if(NOT EXISTS ${tool})
    list(JOIN ARGN " " arguments)
    file(WRITE ${tool} "#!/bin/sh\nexec '${POLLUX_ZIG}' ${arguments} \"$@\"\n")
    file(CHMOD ${tool} PERMISSIONS OWNER_READ OWNER_WRITE OWNER_EXECUTE)
  endif()
endfunction()
pollux_zig_tool(cc cc -target ${POLLUX_ZIG_TARGET})
pollux_zig_tool(c++ c++ -target ${POLLUX_ZIG_TARGET})
pollux_zig_tool(ar ar)
pollux_zig_tool(ranlib ranlib)
# Mach-O files need no rewriting before they are installed.
pollux_zig_tool(install_name_tool version)

set(CMAKE_C_COMPILER ${CMAKE_BINARY_DIR}/zig-tools/cc)
set(CMAKE_CXX_COMPILER ${CMAKE_BINARY_DIR}/zig-tools/c++)
set(CMAKE_AR ${CMAKE_BINARY_DIR}/zig-tools/ar CACHE FILEPATH "")
set(CMAKE_RANLIB ${CMAKE_BINARY_DIR}/zig-tools/ranlib CACHE FILEPATH "")
set(CMAKE_INSTALL_NAME_TOOL ${CMAKE_BINARY_DIR}/zig-tools/install_name_tool CACHE FILEPATH "")

# Where zig's libc++ includes float.h first, the SDK's math.h fails to get INFINITY from it.
if(CMAKE_SYSTEM_NAME STREQUAL "Darwin")
  set(CMAKE_CXX_FLAGS_INIT -DINFINITY=HUGE_VALF)
endif()

# Nothing of the machine that builds.
set(CMAKE_FIND_ROOT_PATH ${CMAKE_BINARY_DIR}/zig-tools)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_PACKAGE ONLY)
