# find_package(Pollux [version] [COMPONENTS shared|static])
#
# Pollux::pollux         the shared library; the static one where only that is installed
# Pollux::pollux_static  the static library
#
# A component is a library that has to be there. Without components what is there is taken.
set(Pollux_shared_FOUND FALSE)
set(Pollux_static_FOUND FALSE)

if(EXISTS "${CMAKE_CURRENT_LIST_DIR}/pollux.cmake")
  include("${CMAKE_CURRENT_LIST_DIR}/pollux.cmake")
  set(Pollux_shared_FOUND TRUE)
endif()

if(EXISTS "${CMAKE_CURRENT_LIST_DIR}/pollux_static.cmake")
  find_package(Threads QUIET)
  if(Threads_FOUND)
    include("${CMAKE_CURRENT_LIST_DIR}/pollux_static.cmake")
    # It is written in C++ and needs nothing of the C++ runtime: a C program links it as C.
    get_target_property(pollux_configurations Pollux::pollux_static IMPORTED_CONFIGURATIONS)
    foreach(pollux_configuration IN LISTS pollux_configurations)
      set_property(TARGET Pollux::pollux_static PROPERTY
                   IMPORTED_LINK_INTERFACE_LANGUAGES_${pollux_configuration} C)
    endforeach()
    unset(pollux_configurations)
    unset(pollux_configuration)
    set(Pollux_static_FOUND TRUE)
  endif()
endif()

if(NOT TARGET Pollux::pollux AND Pollux_static_FOUND)
  add_library(Pollux::pollux INTERFACE IMPORTED)
  set_target_properties(Pollux::pollux PROPERTIES
                        INTERFACE_LINK_LIBRARIES Pollux::pollux_static)
endif()

set(Pollux_FOUND TRUE)
foreach(component IN LISTS Pollux_FIND_COMPONENTS)
  if(NOT component STREQUAL "shared" AND NOT component STREQUAL "static")
    set(Pollux_FOUND FALSE)
    set(Pollux_NOT_FOUND_MESSAGE
        "Pollux has no component '${component}'; they are: shared, static")
  elseif(NOT Pollux_${component}_FOUND AND Pollux_FIND_REQUIRED_${component})
    set(Pollux_FOUND FALSE)
    set(Pollux_NOT_FOUND_MESSAGE "The ${component} library of Pollux is not installed here")
  endif()
endforeach()
if(NOT TARGET Pollux::pollux)
  set(Pollux_FOUND FALSE)
  set(Pollux_NOT_FOUND_MESSAGE "No library of Pollux can be used here: only the static one is "
      "installed, and it needs threads, which were not found")
endif()
