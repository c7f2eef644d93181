# What every C++ file is compiled with. CMakePresets.json gives the values.

set(AUTH_SANITIZE "" CACHE STRING "sanitizers, as -fsanitize= names them")
set(AUTH_FUZZER OFF CACHE BOOL "fuzz targets with libFuzzer, by clang")
set(AUTH_WARNINGS "-Wall -Wextra -Werror" CACHE STRING
    "what the compiler warns of in our files")

set(CMAKE_CXX_STANDARD 17)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)   # clang-tidy

separate_arguments(AUTH_WARNINGS_LIST UNIX_COMMAND "${AUTH_WARNINGS}")
# -fPIC: the rooms go into the module, too.
add_compile_options(${AUTH_WARNINGS_LIST} -fPIC)

if(AUTH_SANITIZE)
    set(sanitizers ${AUTH_SANITIZE})
    if(AUTH_FUZZER)
        set(sanitizers fuzzer-no-link,${AUTH_SANITIZE})
    endif()
    add_compile_options(-fsanitize=${sanitizers} -fno-sanitize-recover=all
                        -fno-omit-frame-pointer)
    add_link_options(-fsanitize=${sanitizers})
endif()
