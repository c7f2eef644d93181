# nginx's auto/make sources it after config: compiler flags for our objects
# only. In CFLAGS at large, -std=c++17 would break nginx's generated C files.
# Target-specific variables need GNU make. They work for static and for dynamic
# modules, since both kinds of rules use $(CFLAGS).

# nginx's own flags have -Werror. A compiler that comes after ours may warn of
# what nobody has seen yet, which must not break a build.
ngx_http_auth_flags="-std=c++17 ${NGX_HTTP_AUTH_WARNINGS--Wno-error}"

# nginx's -O costs the session check 190 instructions of 2,000. An optimisation
# level that was asked for stays.
case " $NGX_CC_OPT" in
    *" -O"*) ;;
    *) ngx_http_auth_flags="$ngx_http_auth_flags -O2" ;;
esac

# Rooms are named from src/: #include "base/secret.h".
ngx_http_auth_flags="$ngx_http_auth_flags -I$ngx_addon_dir/src"

for ngx_http_auth_inc in $ngx_http_auth_incs; do
    # -isystem /usr/include would hide what C++ finds with #include_next
    if [ "$ngx_http_auth_inc" != /usr/include ]; then
        ngx_http_auth_flags="$ngx_http_auth_flags -isystem $ngx_http_auth_inc"
    fi
done

# The compiler writes the headers that each file includes into FILE.o.d.
ngx_http_auth_flags="$ngx_http_auth_flags -MMD -MP -MF \$@.d"

for ngx_http_auth_src in $ngx_http_auth_srcs; do
    # as auto/make names objects: addon/<folder>/<file>
    ngx_http_auth_obj=`dirname $ngx_http_auth_src`
    ngx_http_auth_obj=addon/`basename $ngx_http_auth_obj`
    ngx_http_auth_src=`basename $ngx_http_auth_src .cpp`
    ngx_http_auth_obj=$NGX_OBJS/$ngx_http_auth_obj/$ngx_http_auth_src.$ngx_objext

    cat << END                                                >> $NGX_MAKEFILE

$ngx_http_auth_obj: CFLAGS += $ngx_http_auth_flags
-include $ngx_http_auth_obj.d
END
done

# Link again when the archive of the other rooms changes, and, dynamic, when the
# list of exported symbols does.
if [ -n "$NGX_HTTP_AUTH_ROOMS" ]; then
    cat << END                                                >> $NGX_MAKEFILE

$NGX_OBJS/nginx$ngx_binext $NGX_OBJS/ngx_http_auth_module$ngx_modext: \
	$NGX_HTTP_AUTH_ROOMS
END
fi

case " $DYNAMIC_MODULES " in
    *" ngx_http_auth_module "*)
        cat << END                                            >> $NGX_MAKEFILE

$NGX_OBJS/ngx_http_auth_module$ngx_modext: $ngx_http_auth_map
END
    ;;
esac
