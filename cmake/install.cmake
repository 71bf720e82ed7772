# What `cmake --install` puts where. Components: Runtime is what a program needs to run, Development
# what it needs to be built, Documentation the licence and what there is to read.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

set(POLLUX_PACKAGE_DIR ${CMAKE_INSTALL_LIBDIR}/cmake/Pollux)

# pollux_install_library(target name): with the part of the CMake package that knows it, by which
# the package finds out which libraries are there.
function(pollux_install_library target name)
  set_target_properties(${target} PROPERTIES EXPORT_NAME ${name})
  install(TARGETS ${target} EXPORT ${target}
    LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT Runtime
            NAMELINK_COMPONENT Development
    ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT Development
    INCLUDES DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
  install(EXPORT ${target} NAMESPACE Pollux:: FILE ${target}.cmake
    DESTINATION ${POLLUX_PACKAGE_DIR} COMPONENT Development)
endfunction()

if(POLLUX_SHARED)
  pollux_install_library(pollux pollux)
endif()
if(POLLUX_STATIC)
  pollux_install_library(pollux_static pollux_static)
endif()

install(DIRECTORY include/pollux DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} COMPONENT Development
  FILES_MATCHING PATTERN "*.h" PATTERN "*.hpp")

# The CMake package. While the major version is 0, each minor version may change the interface.
set(compatibility SameMajorVersion)
if(PROJECT_VERSION_MAJOR EQUAL 0)
  set(compatibility SameMinorVersion)
endif()
write_basic_package_version_file(${PROJECT_BINARY_DIR}/PolluxConfigVersion.cmake
  COMPATIBILITY ${compatibility})
install(FILES install/PolluxConfig.cmake ${PROJECT_BINARY_DIR}/PolluxConfigVersion.cmake
  DESTINATION ${POLLUX_PACKAGE_DIR} COMPONENT Development)

# pkg-config. Paths start from where pollux.pc is, so that the tree can be moved, unless they were
# given from the root on.
function(pollux_pkgconfig_dir out dir)
  if(IS_ABSOLUTE "${dir}")
    set(${out} "${dir}" PARENT_SCOPE)
  else()
    set(${out} "\${prefix}/${dir}" PARENT_SCOPE)
  endif()
endfunction()

set(prefix ${CMAKE_INSTALL_PREFIX})
if(NOT IS_ABSOLUTE "${CMAKE_INSTALL_LIBDIR}")
  file(RELATIVE_PATH up /${CMAKE_INSTALL_LIBDIR}/pkgconfig /)
  string(REGEX REPLACE "/$" "" up "${up}")
  set(prefix "\${pcfiledir}/${up}")
endif()
pollux_pkgconfig_dir(libdir "${CMAKE_INSTALL_LIBDIR}")
pollux_pkgconfig_dir(includedir "${CMAKE_INSTALL_INCLUDEDIR}")
# Who links the static library needs what it needs.
set(public_threads "")
if(NOT POLLUX_SHARED)
  set(public_threads " -pthread")
endif()
configure_file(install/pollux.pc.in ${PROJECT_BINARY_DIR}/pollux.pc @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/pollux.pc
  DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig COMPONENT Development)

install(FILES LICENSE README.md docs/contract.md docs/abi.md
  DESTINATION ${CMAKE_INSTALL_DATADIR}/doc/pollux COMPONENT Documentation)

# They are made from the header by ./dev docs, with tools that the library does not need.
set(POLLUX_MAN_PAGES "" CACHE PATH "Man pages to install: build/docs/man after ./dev docs, or none")
if(POLLUX_MAN_PAGES)
  if(NOT EXISTS "${POLLUX_MAN_PAGES}/man3/pollux.3")
    message(FATAL_ERROR "POLLUX_MAN_PAGES: there is no man3/pollux.3 in '${POLLUX_MAN_PAGES}'; "
                        "./dev docs makes the pages in build/docs/man")
  endif()
  install(DIRECTORY ${POLLUX_MAN_PAGES}/man3 DESTINATION ${CMAKE_INSTALL_MANDIR}
    COMPONENT Documentation FILES_MATCHING PATTERN "*.3")
endif()
