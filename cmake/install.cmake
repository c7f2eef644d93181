# cmake --install build/release, after the targets installable and
# ngx-auth-admin; DESTDIR=DIR installs under another root. The folders are those
# of Debian's nginx.

find_program(NGINX nginx PATHS /usr/sbin REQUIRED)
execute_process(COMMAND ${NGINX} -V ERROR_VARIABLE version
                COMMAND_ERROR_IS_FATAL ANY)
if(NOT version MATCHES "--modules-path=([^ ]+)")
    message(FATAL_ERROR "nginx -V does not say where modules belong")
endif()
install(FILES ${CMAKE_BINARY_DIR}/installable/ngx_http_auth_module.so
        DESTINATION ${CMAKE_MATCH_1})
install(TARGETS ngx-auth-admin DESTINATION /usr/sbin)
file(GLOB templates CONFIGURE_DEPENDS templates/*)
install(FILES ${templates} DESTINATION ${INSTALLED_TEMPLATES})
file(GLOB snippets CONFIGURE_DEPENDS conf/auth_*.conf)
install(FILES ${snippets} DESTINATION /etc/nginx)
# Does nothing until a jail names it.
install(FILES conf/fail2ban/ngx-auth.conf DESTINATION /etc/fail2ban/filter.d)
