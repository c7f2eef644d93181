# The module, built by nginx's own configure and Makefile.

set(AUTH_TEMPLATES ${CMAKE_SOURCE_DIR}/templates CACHE PATH
    "folder of the built-in templates")
set(NGINX_SRC "" CACHE PATH "source of another nginx to build with the module")

# All rooms but nginx's in one file, which the builds below share: they know
# nothing of nginx, so they are the same for each.
set(objects)
foreach(room ${ROOMS})
    get_target_property(kind ${room} TYPE)
    if(NOT room MATCHES "^(nginx|admin)$" AND kind STREQUAL STATIC_LIBRARY)
        list(APPEND objects $<TARGET_OBJECTS:${room}>)
    endif()
endforeach()
add_library(rooms STATIC EXCLUDE_FROM_ALL ${objects})
set_target_properties(rooms PROPERTIES LINKER_LANGUAGE CXX)

# Changes when a source file comes or goes: nginx has to be configured again.
file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/src/*.cpp)
list(JOIN sources "\n" text)
file(CONFIGURE OUTPUT module_sources.txt CONTENT "${text}\n" @ONLY)

# add_nginx(NAME SOURCE folder OBJECTS folder MAKE target FLAGS flag…
#           [TEMPLATES folder] [COPY] [JOINED])
# The target configure_NAME configures the nginx source with the flags into the
# folder OBJECTS; NAME makes the target MAKE of its Makefile, with the rooms as
# CMake has compiled them. COPY: works on a copy of the source, because its
# configure writes there. JOINED: the files of a folder are compiled as one.
function(add_nginx name)
    cmake_parse_arguments(ARG "COPY;JOINED" "SOURCE;OBJECTS;MAKE;TEMPLATES"
        "FLAGS" ${ARGN})
    set(environment "NGX_HTTP_AUTH_WARNINGS=${AUTH_WARNINGS}"
        "NGX_HTTP_AUTH_TEMPLATES=${AUTH_TEMPLATES}"
        "NGX_HTTP_AUTH_ROOMS=$<TARGET_FILE:rooms>")
    if(ARG_TEMPLATES)
        list(APPEND environment "NGX_HTTP_AUTH_TEMPLATES=${ARG_TEMPLATES}")
    endif()
    if(ARG_JOINED)
        list(APPEND environment "NGX_HTTP_AUTH_JOINED=yes")
    endif()
    set(folder ${ARG_SOURCE})
    if(ARG_COPY)
        set(folder ${ARG_OBJECTS}-source)
    endif()
    set(scripts ${CMAKE_SOURCE_DIR}/cmake)

    add_custom_command(OUTPUT ${ARG_OBJECTS}/Makefile
        COMMAND ${CMAKE_COMMAND} -E env ${environment}
                ${scripts}/configure_nginx.sh
                ${ARG_SOURCE} ${folder} ${ARG_OBJECTS} ${ARG_FLAGS}
        DEPENDS ${CMAKE_SOURCE_DIR}/config ${CMAKE_SOURCE_DIR}/config.make
                ${scripts}/configure_nginx.sh
                ${CMAKE_BINARY_DIR}/module_sources.txt
                ${ARG_SOURCE}/src/core/nginx.h
        COMMENT "Configuring ${name} by nginx's configure"
        VERBATIM)
    add_custom_target(configure_${name} DEPENDS ${ARG_OBJECTS}/Makefile)

    add_custom_target(${name}
        COMMAND ${scripts}/make_nginx.sh ${folder} ${ARG_OBJECTS} ${ARG_MAKE}
        COMMENT "Making ${name} by nginx's Makefile"
        VERBATIM)
    add_dependencies(${name} configure_${name} rooms)
endfunction()

# The module for Debian's nginx. -g -O2 and hardening as Debian builds nginx
# itself; its conf_flags say neither.
set(debian SOURCE ${DEBIAN_NGINX} MAKE modules FLAGS --conf-flags
    "--with-cc-opt=-g -O2 -fstack-protector-strong -D_FORTIFY_SOURCE=2"
    "--with-ld-opt=-Wl,-z,relro -Wl,-z,now"
    --add-dynamic-module=${CMAKE_SOURCE_DIR})
add_nginx(debian OBJECTS ${DEBIAN_OBJECTS} ${debian})
add_custom_target(module DEPENDS debian)

# What is installed must not look for its templates in this checkout.
set(INSTALLED_TEMPLATES /usr/share/ngx_http_auth_module/templates)
add_nginx(installable OBJECTS ${CMAKE_BINARY_DIR}/installable
          TEMPLATES ${INSTALLED_TEMPLATES} ${debian})

# Another nginx, from the source in NGINX_SRC, with the module linked in.
if(NOT NGINX_SRC)
    return()
endif()
set(options --prefix=${CMAKE_BINARY_DIR}/prefix --with-debug --with-threads
    --with-http_ssl_module --with-http_v2_module --with-http_realip_module
    --with-http_auth_request_module --with-http_slice_module
    --with-http_addition_module --with-http_sub_module
    --add-module=${CMAKE_SOURCE_DIR})
if(AUTH_SANITIZE)
    # NGX_DEBUG_PALLOC: each allocation of a pool by itself, so that the
    # sanitizer sees where it ends. The two checks that are off find nginx's own
    # ways: unaligned stores, memcpy(…, NULL, 0).
    string(CONCAT compiler "-O1 -g1 -fno-omit-frame-pointer "
        "-fsanitize=${AUTH_SANITIZE} "
        "-fno-sanitize=alignment,nonnull-attribute -DNGX_DEBUG_PALLOC=1")
    list(APPEND options "--with-cc-opt=${compiler}"
        "--with-ld-opt=-fsanitize=${AUTH_SANITIZE}")
    set(joined JOINED) # as the rooms are
endif()
add_nginx(other_nginx SOURCE ${NGINX_SRC} OBJECTS ${CMAKE_BINARY_DIR}/other_nginx
          MAKE build COPY ${joined} FLAGS ${options})
