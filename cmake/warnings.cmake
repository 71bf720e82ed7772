# Warnings and sanitizers, the same for everything that is compiled here.
function(pollux_warnings target)
  target_compile_options(${target} PRIVATE
    -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wcast-qual -Wvla
    $<$<COMPILE_LANGUAGE:C>:-Wstrict-prototypes -Wmissing-prototypes>
    $<$<COMPILE_LANGUAGE:CXX>:-Wnon-virtual-dtor -Woverloaded-virtual -Wold-style-cast>)
  # Of gcc 12's own std::string it is false: gcc.gnu.org/bugzilla, 105651, mended in 13.
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
    target_compile_options(${target} PRIVATE $<$<COMPILE_LANGUAGE:CXX>:-Wno-restrict>)
  endif()
  if(POLLUX_WERROR)
    target_compile_options(${target} PRIVATE -Werror)
  endif()
endfunction()

if(POLLUX_SANITIZE)
  add_compile_options(
    -fsanitize=${POLLUX_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  add_link_options(-fsanitize=${POLLUX_SANITIZE})
  # Looks at memory by way of a pipe, and so fails in a test that has used up all descriptors.
  add_compile_options(-fno-sanitize=vptr)
endif()
