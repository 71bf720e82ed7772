# Warnings and sanitizers, the same for everything that is compiled here.
function(pollux_warnings target)
  target_compile_options(${target} PRIVATE
    -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wcast-qual -Wvla
    $<$<COMPILE_LANGUAGE:C>:-Wstrict-prototypes -Wmissing-prototypes>
    $<$<COMPILE_LANGUAGE:CXX>:-Wnon-virtual-dtor -Woverloaded-virtual -Wold-style-cast>)
  if(POLLUX_WERROR)
    target_compile_options(${target} PRIVATE -Werror)
  endif()
endfunction()

if(POLLUX_SANITIZE)
  add_compile_options(
    -fsanitize=${POLLUX_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  add_link_options(-fsanitize=${POLLUX_SANITIZE})
endif()
