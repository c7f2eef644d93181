# The libraries that rooms stand on, by Debian's names.

find_package(OpenSSL REQUIRED)
find_package(PkgConfig REQUIRED)
find_package(tl-expected CONFIG REQUIRED) # headers alone
pkg_check_modules(mongoc REQUIRED IMPORTED_TARGET libmongoc-1.0)
pkg_check_modules(sqlite3 REQUIRED IMPORTED_TARGET sqlite3)
pkg_check_modules(argon2 REQUIRED IMPORTED_TARGET libargon2)
pkg_check_modules(sodium REQUIRED IMPORTED_TARGET libsodium)
pkg_check_modules(ctemplate REQUIRED IMPORTED_TARGET libctemplate)

# nginx's own headers, as Debian's configure of it left them for the target
# `module`.
set(DEBIAN_NGINX /usr/share/nginx/src)
set(DEBIAN_OBJECTS ${CMAKE_BINARY_DIR}/debian)
add_library(nginx_headers INTERFACE)
set(parts core event event/modules os/unix http http/modules http/v2)
list(TRANSFORM parts PREPEND ${DEBIAN_NGINX}/src/)
target_include_directories(nginx_headers SYSTEM
    INTERFACE ${parts} ${DEBIAN_OBJECTS})
