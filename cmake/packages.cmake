# `cpack -G DEB`: libpollux0 with what programs need to run, libpollux-dev with what they need to be
# built. Configure with CMAKE_INSTALL_PREFIX=/usr, for only then GNUInstallDirs gives the
# directories of Debian.
find_program(POLLUX_SHLIBDEPS dpkg-shlibdeps)
find_program(POLLUX_GZIP gzip)
if(NOT POLLUX_SHLIBDEPS OR NOT POLLUX_GZIP)
  message(STATUS "No Debian packages: dpkg-shlibdeps or gzip is not here")
  return()
endif()

set(runtime_package libpollux${POLLUX_SOVERSION})
set(development_package libpollux-dev)

# What each package of Debian has to have in a directory of its own name.
string(TIMESTAMP POLLUX_PACKAGE_DATE "%a, %d %b %Y %H:%M:%S +0000" UTC)
set(debian ${PROJECT_BINARY_DIR}/debian)
file(READ LICENSE licence)
string(REGEX REPLACE "^MIT License\n+" "" licence "${licence}")
string(REGEX MATCH "Copyright[^\n]*" POLLUX_COPYRIGHT "${licence}")
string(REGEX REPLACE "^Copyright[^\n]*\n+" "" licence "${licence}")
string(REGEX REPLACE "^Copyright *(\\([cC]\\))? *" "" POLLUX_COPYRIGHT "${POLLUX_COPYRIGHT}")
string(REGEX REPLACE "\n+$" "" licence "${licence}")
string(REPLACE "\n\n" "\n.\n" licence "${licence}")
string(REPLACE "\n" "\n " POLLUX_LICENCE_TEXT " ${licence}")
configure_file(install/debian/copyright.in ${debian}/copyright @ONLY)
configure_file(install/debian/changelog.in ${debian}/changelog @ONLY)
set(POLLUX_LIBRARY_FILE ${PROJECT_BINARY_DIR}/libpollux.so.${PROJECT_VERSION})
configure_file(install/debian/depends.cmake.in ${debian}/depends.cmake @ONLY)
set(CPACK_PROJECT_CONFIG_FILE ${debian}/depends.cmake)
# Without it dpkg-shlibdeps does not run.
file(WRITE ${debian}/control "Source: pollux\n\nPackage: ${runtime_package}\nArchitecture: any\n")
# Who links the library depends on a package that has all that it may have used; and the loader's
# cache is renewed.
file(WRITE ${debian}/shlibs
     "libpollux ${POLLUX_SOVERSION} ${runtime_package} (>= ${PROJECT_VERSION})\n")
file(WRITE ${debian}/triggers "activate-noawait ldconfig\n")
execute_process(COMMAND ${POLLUX_GZIP} -9n -c ${debian}/changelog
                OUTPUT_FILE ${debian}/changelog.Debian.gz COMMAND_ERROR_IS_FATAL ANY)

# pollux_debian_files(component package): not part of `cmake --install`.
function(pollux_debian_files component package)
  install(FILES ${debian}/copyright ${debian}/changelog.Debian.gz
    DESTINATION ${CMAKE_INSTALL_DATADIR}/doc/${package} COMPONENT ${component} EXCLUDE_FROM_ALL)
endfunction()
pollux_debian_files(RuntimeDebian ${runtime_package})
pollux_debian_files(DevelopmentDebian ${development_package})
install(FILES README.md docs/contract.md docs/abi.md
  DESTINATION ${CMAKE_INSTALL_DATADIR}/doc/${development_package}
  COMPONENT DevelopmentDebian EXCLUDE_FROM_ALL)

# Debian wants man pages packed.
if(POLLUX_MAN_PAGES)
  file(REMOVE_RECURSE ${debian}/man)
  file(COPY ${POLLUX_MAN_PAGES}/man3 DESTINATION ${debian}/man)
  file(GLOB pages ${debian}/man/man3/*.3)
  execute_process(COMMAND ${POLLUX_GZIP} -9n ${pages} COMMAND_ERROR_IS_FATAL ANY)
  install(DIRECTORY ${debian}/man/man3 DESTINATION ${CMAKE_INSTALL_MANDIR}
    COMPONENT DevelopmentDebian EXCLUDE_FROM_ALL)
endif()

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME pollux)
set(CPACK_PACKAGE_VENDOR "Pollux maintainers")
set(CPACK_PACKAGE_CONTACT "Pollux maintainers <maintainers@pollux.invalid>")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS
    OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)
set(CPACK_COMPONENTS_ALL Runtime RuntimeDebian Development DevelopmentDebian)
set(CPACK_DEB_COMPONENT_INSTALL ON)

set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_RELEASE 1)
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
set(CPACK_DEBIAN_PACKAGE_MULTIARCH same)
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "one readiness interface over epoll, kqueue and poll")
set(about "Pollux tells a program which of its descriptors are ready, by the best
way that the system has, and runs callbacks in an event loop: for I/O,
timers, signals, children and work in threads. It is a small library that
needs the C library and nothing else.")

set(CPACK_DEBIAN_RUNTIMEGROUP_PACKAGE_NAME ${runtime_package})
set(CPACK_DEBIAN_RUNTIMEGROUP_DESCRIPTION "${about}
.
This package has the shared library.")
set(CPACK_DEBIAN_RUNTIMEGROUP_PACKAGE_SECTION libs)
set(CPACK_DEBIAN_RUNTIMEGROUP_PACKAGE_CONTROL_EXTRA ${debian}/shlibs ${debian}/triggers)

set(CPACK_DEBIAN_DEVELOPMENTGROUP_PACKAGE_NAME ${development_package})
set(CPACK_DEBIAN_DEVELOPMENTGROUP_DESCRIPTION "${about}
.
This package has the headers for C and C++, the static library, what
pkg-config and CMake need to find them, and the man pages if they were made.")
set(CPACK_DEBIAN_DEVELOPMENTGROUP_PACKAGE_SECTION libdevel)
set(CPACK_DEBIAN_DEVELOPMENTGROUP_PACKAGE_DEPENDS
    "${runtime_package} (= ${PROJECT_VERSION}-${CPACK_DEBIAN_PACKAGE_RELEASE}), libc6-dev")

include(CPack)
cpack_add_component_group(RuntimeGroup)
cpack_add_component_group(DevelopmentGroup)
cpack_add_component(Runtime GROUP RuntimeGroup)
cpack_add_component(RuntimeDebian GROUP RuntimeGroup)
cpack_add_component(Development GROUP DevelopmentGroup)
cpack_add_component(DevelopmentDebian GROUP DevelopmentGroup)
