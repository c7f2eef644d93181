# nginx's own build of the module.

set(AUTH_TEMPLATES "" CACHE PATH
    "folder of the built-in templates (default: templates/ of this checkout)")
set(NGX_SRC "" CACHE PATH "nginx source to build with the module, besides Debian's")

# All rooms but nginx's in one file, which the builds below share: the rooms
# know nothing of nginx, so they are the same for each.
set(shared_rooms account audit session settings store throttle web)
foreach(room ${shared_rooms})
    list(APPEND shared_objects $<TARGET_OBJECTS:${room}>)
endforeach()
add_library(rooms STATIC EXCLUDE_FROM_ALL ${shared_objects})
set_target_properties(rooms PROPERTIES LINKER_LANGUAGE CXX)

# Changes when a source file comes or goes: nginx has to be configured again.
file(GLOB_RECURSE module_sources CONFIGURE_DEPENDS
     ${CMAKE_SOURCE_DIR}/src/*.cpp)
list(JOIN module_sources "\n" text)
file(CONFIGURE OUTPUT module_sources.txt CONTENT "${text}\n" @ONLY)

# add_nginx(NAME SOURCE OBJECTS MAKE FLAG…)
# The target configure_NAME configures the nginx source with the flags into the
# folder OBJECTS; NAME then makes the target MAKE of nginx's Makefile.
function(add_nginx name source objects make)
    add_custom_command(OUTPUT ${objects}/Makefile
        COMMAND ${CMAKE_COMMAND} -E env
                "NGX_HTTP_AUTH_ROOMS=$<TARGET_FILE:rooms>"
                "NGX_HTTP_AUTH_TEMPLATES=${AUTH_TEMPLATES}"
                "NGX_HTTP_AUTH_WARNINGS=${AUTH_WARNINGS}"
                ${CMAKE_SOURCE_DIR}/cmake/configure_nginx.sh
                ${source} ${objects} ${ARGN}
        DEPENDS ${CMAKE_SOURCE_DIR}/config ${CMAKE_SOURCE_DIR}/config.make
                ${CMAKE_SOURCE_DIR}/cmake/configure_nginx.sh
                ${CMAKE_BINARY_DIR}/module_sources.txt
                ${source}/src/core/nginx.h
        COMMENT "Configuring ${name} by nginx's configure"
        VERBATIM)
    add_custom_target(configure_${name} DEPENDS ${objects}/Makefile)
    add_custom_target(${name}
        COMMAND ${CMAKE_SOURCE_DIR}/cmake/make_nginx.sh
                ${source} ${objects} ${make}
        COMMENT "Making ${name} by nginx's Makefile"
        VERBATIM)
    add_dependencies(${name} configure_${name} rooms)
endfunction()

# The module for Debian's nginx. -g -O2 and hardening as Debian builds nginx
# itself; its conf_flags say neither.
set(hardened -g -O2 -fstack-protector-strong -D_FORTIFY_SOURCE=2)
list(JOIN hardened " " hardened)
add_nginx(debian ${DEBIAN_NGINX} ${DEBIAN_OBJECTS} modules
    --conf-flags
    "--with-cc-opt=${hardened}"
    "--with-ld-opt=-Wl,-z,relro -Wl,-z,now"
    --add-dynamic-module=${CMAKE_SOURCE_DIR})
add_custom_target(module DEPENDS debian)
