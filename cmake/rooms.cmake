# room(NAME [NEEDS ROOM…] [LIBS LIBRARY…])
#
# src/NAME as a library. Headers are named from src/ ("base/secret.h"), but
# src/ itself is in nobody's include path: each room has a folder of its own,
# rooms/NAME, that holds nothing but a link to src/NAME. A room gets its folder
# and those of the rooms that it needs, so the header of any other room is not
# found. t/build/test_rooms.py tries it.

function(room name)
    cmake_parse_arguments(ROOM "" "" "NEEDS;LIBS" ${ARGN})
    file(GLOB_RECURSE sources CONFIGURE_DEPENDS
         ${CMAKE_SOURCE_DIR}/src/${name}/*.cpp)
    list(FILTER sources EXCLUDE REGEX "_main\\.cpp$")

    set(folder ${CMAKE_BINARY_DIR}/rooms/${name})
    file(MAKE_DIRECTORY ${folder})
    file(CREATE_LINK ${CMAKE_SOURCE_DIR}/src/${name} ${folder}/${name} SYMBOLIC)

    if(sources)
        add_library(${name} STATIC EXCLUDE_FROM_ALL ${sources})
        if(AUTH_SANITIZE)
            # One text a room, as clang-tidy reads them: half the time, and the
            # release build has shown that each file includes what it needs.
            set_target_properties(${name} PROPERTIES
                                  UNITY_BUILD ON UNITY_BUILD_BATCH_SIZE 0)
        endif()
        set(kind PUBLIC)
    else()
        add_library(${name} INTERFACE)
        set(kind INTERFACE)
    endif()
    list(APPEND ROOMS ${name})
    set(ROOMS ${ROOMS} PARENT_SCOPE)
    target_include_directories(${name} ${kind} ${folder})
    target_link_libraries(${name} ${kind} ${ROOM_NEEDS} ${ROOM_LIBS})
endfunction()
