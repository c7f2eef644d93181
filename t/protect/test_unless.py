"""auth_login … unless=$VAR: open to everybody while the variable is 1."""

import base64

import pytest

from harness.accounts import SITE, logged_in, login, register
from harness.documents import put

REALIP = """
        set_real_ip_from 127.0.0.1;
        real_ip_header X-Real-IP;
"""
FORGED = {"Remote-User": "admin", "Authorization":
          "Basic " + base64.b64encode(b"admin:x").decode()}


@pytest.fixture
def start(nginx, sqlite_store, upstream):
    def start(server, http="", **names):
        return nginx(http + SITE, store=sqlite_store.uri, realm="",
                     server="proxy_set_header X-User $remote_user;" + server,
                     app=upstream.port,
                     to="proxy_pass http://127.0.0.1:%%APP%%", **names)
    return start


def test_like_optional_while_it_is_1(start, upstream):
    server = start(REALIP + """
        location /x/ { auth_login on unless=$lan; %%TO%%; }
    """, http="geo $lan { default 0; 203.0.113.0/24 1; }")
    inside = {**FORGED, "X-Real-IP": "203.0.113.5"}
    outside = {**FORGED, "X-Real-IP": "203.0.114.5"}
    alice = logged_in(server)

    answer = server.client().get("/x/", headers=inside)
    assert answer.status == 200
    assert answer.header("Cache-Control") == "private, no-cache"
    assert upstream.last.header("Remote-User") is None
    assert upstream.last.header("X-User") is None
    assert server.client().get("/x/", headers=outside).status == 401
    assert server.browser().get("/x/", headers=outside).status == 302
    for headers in (inside, outside):
        assert alice.get("/x/", headers=headers).status == 200
        assert upstream.last.all("Remote-User") == ["alice"]
        assert upstream.last.header("X-User") == "alice"


@pytest.mark.parametrize("value, opens", [
    ("1", True), ("01", False), ("1 ", False), (" 1", False), ("11", False),
    ("0", False), ("", False), ("on", False), ("true", False), ("yes", False),
])
def test_exactly_1(start, value, opens):
    server = start("location /x/ { auth_login on unless=$open; %%TO%%; }",
                   http='map $uri $open { /x/ "%%VALUE%%"; }', value=value)
    assert server.client().get("/x/").status == (200 if opens else 401)


@pytest.mark.parametrize("http", [
    "map $uri $open { /other 1; }", "map $none $open { 1 1; } map $uri $none { }",
    "geo $open { 192.0.2.1 1; }", "split_clients $uri $open { 100% no; }",
])
def test_without_a_default_nothing_is_open(start, http):
    server = start("location /x/ { auth_login on unless=$open; %%TO%%; }",
                   http=http)
    assert server.client().get("/x/").status == 401


@pytest.mark.parametrize("variable, request_line, status", [
    # what nginx itself has, one of a family, and nothing at all
    ("$is_args", "/x/?a", 401), ("$https", "/x/", 401),
    ("$http_x_open", "/x/", 401), ("$arg_a", "/x/?a=1", 200),
    ("$arg_a", "/x/?a=10", 401), ("$Arg_a", "/x/?a=1", 200),
    ("$tcpinfo_rtt", "/x/", 401), ("$connection_requests", "/x/", 200),
])
def test_variables_of_nginx(start, variable, request_line, status):
    server = start("location /x/ { auth_login on unless=%%VARIABLE%%;"
                   " %%TO%%; }", variable=variable)
    assert server.client().get(request_line).status == status


def test_users_and_roles(start, upstream):
    """Logging in as somebody else takes nothing away from an open place."""
    server = start(REALIP + """
        location /bobs/ { auth_login on users=bob unless=$lan; %%TO%%; }
    """, http="geo $lan { default 0; 203.0.113.5 1; }")
    alice = logged_in(server)
    assert alice.get("/bobs/").status == 403
    inside = {"X-Real-IP": "203.0.113.5"}
    assert alice.get("/bobs/", headers=inside).status == 200
    assert upstream.last.header("Remote-User") == "alice"
    assert server.client().get("/bobs/", headers=inside).status == 200
    assert server.client().get("/bobs/").status == 401


def test_satisfy_any_decides_about_strangers(start, upstream):
    """As with `optional`."""
    server = start("""
        location /x/ { satisfy any; auth_login on unless=$open; deny all;
                       %%TO%%; }
    """, http="map $uri $open { default 1; }")
    server.allow("access forbidden by rule")
    assert server.client().get("/x/").status == 403
    assert upstream.requests == []
    assert logged_in(server).get("/x/").status == 200


def test_together_with_auth_basic(start, upstream):
    server = start("""
        location /x/ { auth_login on unless=$open; auth_basic a;
                       auth_basic_user_file %%DIR%%/htpasswd; %%TO%%; }
    """, http="map $uri $open { default 1; }")
    put(server, "htpasswd", "carol:{PLAIN}secret\n")
    carol = {"Authorization":
             "Basic " + base64.b64encode(b"carol:secret").decode()}
    assert server.client().get("/x/").status == 401
    assert server.client().get("/x/", headers=carol).status == 200
    assert upstream.last.header("X-User") == "carol"


# Values that nginx has kept

EARLIER = {
    "error_page": "location /open/ { auth_login on unless=$open;"
                  " error_page 404 = /kept/x; root %%DIR%%; }",
    "error_page =200": "location /open/ { auth_login on unless=$open;"
                       " error_page 404 =200 /kept/x; root %%DIR%%; }",
    "try_files": "location /open/ { auth_login on unless=$open;"
                 " try_files /no-such-file /kept/x; }",
    "named": "location /open/ { auth_login on unless=$open; root %%DIR%%;"
             " error_page 404 = @app; }"
             " location @app { auth_login on unless=$open;"
             " proxy_pass http://127.0.0.1:%%APP%%; }",
    "accel": "location /open/ { auth_login on unless=$open;"
             " proxy_pass http://127.0.0.1:%%APP%%; }",
    "rewrite": "if ($open) { set $seen 1; }"
               " location /open/ { if ($open) { set $seen 2; }"
               " rewrite ^ /kept/x last; }",
    "server rewrite": "if ($open) { set $seen 1; } rewrite ^/open/ /kept/x;",
    "log": "log_not_found off; set $seen $open; location /open/ {"
           " set $seen $open; rewrite ^ /kept/x last; }",
}
MAPS = {
    "map": "map $uri $open { ~^/open/ 1; }",
    "map of a map": "map $uri $first { ~^/open/ yes; }"
                    " map $first $open { yes 1; }",
    "three maps": "map $uri $first { ~^/open/ yes; } map $first $second"
                  " { yes ja; } map $second$first $open { jayes 1; }",
    "through split_clients": "map $uri $first { ~^/open/ yes; }"
                             " split_clients $first $half { 100% h; }"
                             " map $first$half $open { yesh 1; }",
}


@pytest.mark.parametrize("maps", MAPS.values(), ids=MAPS)
@pytest.mark.parametrize("way", EARLIER.values(), ids=EARLIER)
def test_what_an_earlier_place_was_does_not_open_a_later_one(
        start, upstream, way, maps):
    server = start(way + """
        location /kept/ { auth_login on unless=$open; %%TO%%; }
    """, http=maps)
    if way == EARLIER["accel"]:
        upstream.answers["/open/a"] = (
            b"HTTP/1.1 200 OK\r\nX-Accel-Redirect: /kept/x\r\n"
            b"Content-Length: 0\r\nConnection: close\r\n\r\n")
    server.allow("No such file")
    answer = server.client().get("/open/a")
    if way == EARLIER["named"]:
        # its address is still the open one
        assert answer.status == 200
        return
    assert answer.status == 401
    assert [r for r in upstream.requests if "kept" in r.path] == []
    assert logged_in(server).get("/open/a").status == 200
    assert upstream.last.header("Remote-User") == "alice"


@pytest.mark.parametrize("maps", [
    "map $flag $open { yes 1; }",
    "map $flag $first { yes ja; } map $first $open { ja 1; }",
])
def test_what_is_set_later_counts(start, maps):
    server = start("""
        set $flag no;
        if ($open) { return 404; }
        location /x/ { set $flag yes; auth_login on unless=$open; %%TO%%; }
        location /y/ { auth_login on unless=$open; %%TO%%; }
    """, http=maps)
    assert server.client().get("/x/").status == 200
    assert server.client().get("/y/").status == 401


def test_set_itself(start):
    server = start("""
        set $open 0;
        location /x/ { set $open 1; auth_login on unless=$open; %%TO%%; }
        location /y/ { auth_login on unless=$open; %%TO%%; }
        location /z/ { if ($arg_key = right) { set $open 1; }
                       auth_login on unless=$open; %%TO%%; }
    """)
    for path, status in (("/x/", 200), ("/y/", 401), ("/z/", 401),
                         ("/z/?key=right", 200)):
        assert server.client().get(path).status == status, path


@pytest.mark.parametrize("unless", ["$open", "$tenant"])
def test_capture_of_a_regular_expression(start, unless):
    server = start(r"""
        location ~ ^/t/(?<tenant>\w+)/ {
            auth_login on unless=%%UNLESS%%;
            proxy_pass http://127.0.0.1:%%APP%%;
        }
    """, http="map $tenant $open { 1 1; }", unless=unless)
    assert server.client().get("/t/1/x").status == 200
    assert server.client().get("/t/other/x").status == 401


def test_it_leaves_other_variables_alone(start, upstream):
    """What nginx has kept for the rest of the request stays as it was."""
    server = start("""
        set $first $request_id;
        location /x/ { auth_login on unless=$open; %%TO%%;
                       set $own kept;
                       proxy_set_header X-Ids $first,$request_id;
                       proxy_set_header X-Own $own; }
    """, http="map $request_id$uri $open { ~/x/ 1; }")
    assert server.client().get("/x/").status == 200
    first, second = upstream.last.header("X-Ids").split(",")
    assert first == second and len(first) == 32
    assert upstream.last.header("X-Own") == "kept"


def test_many_requests_of_one_connection(start):
    """A value belongs to its request."""
    server = start(REALIP + """
        location /x/ { auth_login on unless=$lan; return 204; %%TO%%; }
        location /y/ { auth_login on unless=$lan; root %%DIR%%/www; }
    """, http="geo $lan { default 0; 203.0.113.5 1; }")
    put(server, "www/y/f", "file")
    client = server.client()
    with client.connect() as connection:
        for _ in range(3):
            for address, status in (("203.0.113.5", 200), ("192.0.2.1", 401)):
                assert client.get("/y/f", connection=connection, headers={
                    "X-Real-IP": address}).status == status


def test_inherited(start):
    server = start("""
        auth_login on unless=$open;
        location /x/ { %%TO%%; }
        location /y/ { auth_login on; %%TO%%; }
        location /z/ { auth_login off; %%TO%%; }
        location /post/ { limit_except GET { auth_login on unless=$post; }
                          auth_login off; %%TO%%; }
    """, http="map $uri $open { default 1; }"
              " map $arg_k $post { right 1; }")
    client = server.client()
    for path, status in (("/x/", 200), ("/y/", 401), ("/z/", 200),
                         ("/post/", 200)):
        assert client.get(path).status == status, path
    assert client.post("/post/", body=b"x").status == 401
    assert client.post("/post/?k=right", body=b"x").status == 200


def test_reload(start):
    server = start("location /x/ { auth_login on unless=$open; %%TO%%; }",
                   http="map $uri $open { default 1; }")
    assert server.client().get("/x/").status == 200
    server.edit("default 1;", "default 0;")
    server.reload()
    assert server.client().get("/x/").status == 401


def test_login_in_an_open_place_still_works(start, upstream):
    server = start("auth_login on unless=$open; location /x/ { %%TO%%; }",
                   http="map $uri $open { default 1; }")
    browser = server.browser()
    register(browser, "alice")
    login(browser, "alice")
    assert browser.get("/x/").status == 200
    assert upstream.last.header("Remote-User") == "alice"
