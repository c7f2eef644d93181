"""The application learns who it is from us and from nobody else, and never
sees a cookie of ours."""

from pathlib import Path

import pytest

from harness.accounts import SITE, logged_in
from harness.backends import FastCgi
from harness.nginx_server import eventually

LOCATIONS = """
        location /private/ {
            auth_login site;
            proxy_pass http://127.0.0.1:%%UPSTREAM%%;
        }
        location /optional/ {
            auth_login site optional;
            proxy_pass http://127.0.0.1:%%UPSTREAM%%;
        }
        location /public/ { proxy_pass http://127.0.0.1:%%UPSTREAM%%; }
        location /named/  { try_files /no-such-file @named; }
        location @named   { proxy_pass http://127.0.0.1:%%UPSTREAM%%; }
        location /rewritten/ { rewrite ^ /public/x last; }
        location /subrequest/ {
            auth_request /public/check;
            proxy_pass http://127.0.0.1:%%UPSTREAM%%;
        }
        location /mirrored/ {
            mirror /public/mirror;
            proxy_pass http://127.0.0.1:%%UPSTREAM%%;
        }
        error_page 400 414 494 /public/error;
"""

FORGED = ["Remote-User", "remote-user", "REMOTE-USER", "Remote_User",
          "REMOTE_USER", "Remote.User", "Remote!User",
          "Remote-Groups", "remote_groups"]

PATHS = ["/public/x", "/optional/x", "/named/x", "/rewritten/x",
         "/subrequest/x", "/mirrored/x"]


@pytest.fixture
def server(nginx, sqlite_store, upstream):
    return nginx(SITE, store=sqlite_store.uri, upstream=upstream.port,
                 realm="", server="underscores_in_headers on;"
                 " ignore_invalid_headers off;" + LOCATIONS)


def folded(name):
    return "".join(c if c.isalnum() else "-" for c in name.lower())


def assert_no_identity(upstream):
    assert upstream.requests
    for request in upstream.requests:
        names = {folded(name) for name, _ in request.headers}
        assert not names & {"remote-user", "remote-groups"}, request


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("name", FORGED)
def test_forged_header_is_removed(server, upstream, path, name):
    response = server.client().get(path, headers={name: "admin"})
    assert response.status == 200
    assert_no_identity(upstream)


def test_many_forged_headers_are_removed(server, upstream):
    """More than fit in one part of nginx's list, in every position."""
    others = [(f"X-Header-{n}", str(n)) for n in range(60)]
    headers = [pair for other in others
               for pair in (other, ("Remote-User", "admin"))]
    assert server.client().get("/public/x", headers=headers).status == 200
    assert_no_identity(upstream)
    kept = [(n, v) for n, v in upstream.last.headers if n.startswith("X-H")]
    assert kept == others


def test_malformed_request(server, upstream):
    """nginx skips the early phases there and goes to error_page."""
    for bad in (b"X: " + b"x" * 40000, b"Host: a\r\nHost: b",
                b"Content-Length: x"):
        server.client().raw(b"GET /private/x HTTP/1.1\r\nHost: x\r\n"
                            b"Remote-User: admin\r\n"
                            b"Cookie: ngx_auth=secret-token\r\n"
                            + bad + b"\r\n\r\n")
    for request in upstream.requests:
        names = {folded(name) for name, _ in request.headers}
        assert "remote-user" not in names
        assert "secret-token" not in str(request)


@pytest.mark.parametrize("name", FORGED)
def test_forged_header_does_not_join_the_true_one(server, upstream, name):
    alice = logged_in(server)
    for path in ("/private/x", "/optional/x"):
        assert alice.get(path, headers={name: "admin"}).status == 200
        found = [(n, v) for n, v in upstream.last.headers
                 if folded(n) in ("remote-user", "remote-groups")]
        assert found == [("Remote-User", "alice")]


def test_identity_only_where_auth_login_is(server, upstream):
    alice = logged_in(server)
    for path in ("/public/x", "/named/x", "/rewritten/x"):
        assert alice.get(path).status == 200
    assert_no_identity(upstream)


def test_identity_of_the_location_that_finally_runs(nginx, sqlite_store,
                                                    upstream):
    """A protected location that falls through to an open one."""
    server = nginx(SITE, store=sqlite_store.uri, upstream=upstream.port,
                   realm="", server="""
        location /private/ {
            auth_login site;
            root /nowhere;
            error_page 404 = @open;
        }
        location @open {
            auth_login off;
            proxy_pass http://127.0.0.1:%%UPSTREAM%%;
        }
    """)
    alice = logged_in(server)
    assert alice.get("/private/x").status == 200
    assert_no_identity(upstream)


def test_roles(nginx, store, upstream):
    server = nginx(SITE, store=store.uri, upstream=upstream.port, realm="",
                   server=LOCATIONS)
    alice = logged_in(server)
    assert alice.get("/private/x").status == 200
    assert upstream.last.header("Remote-Groups") in (None, "")


def test_header_of_another_name(nginx, sqlite_store, upstream):
    server = nginx(SITE, store=sqlite_store.uri, upstream=upstream.port,
                   realm="identity_header X-User roles=X-Roles;",
                   server="underscores_in_headers on;" + LOCATIONS)
    alice = logged_in(server)
    alice.get("/private/x", headers={"x_user": "admin", "X-USER": "admin",
                                     "X-Roles": "ops"})
    found = [(n, v) for n, v in upstream.last.headers
             if folded(n) in ("x-user", "x-roles")]
    assert found == [("X-User", "alice")]


def test_header_off(nginx, sqlite_store, upstream):
    server = nginx(SITE, store=sqlite_store.uri, upstream=upstream.port,
                   realm="identity_header off;", server=LOCATIONS)
    assert logged_in(server).get("/private/x").status == 200
    assert upstream.last.header("Remote-User") is None


def test_names_reach_the_application_byte_for_byte(server, upstream):
    for name in ("a.b_c@d+e-f", "0" * 64, "x@example.com"):
        assert logged_in(server, name).get("/private/x").status == 200
        assert upstream.last.header("Remote-User") == name


# Cookies

@pytest.mark.parametrize("sent, passed", [
    ("{own}", None),
    ("a=b; {own}", "a=b"),
    ("{own}; a=b", "a=b"),
    ("a=b; {own}; c=d", "a=b; c=d"),
    ("a=b;{own};c=d", "a=b;c=d"),
    ("a=b; ngx_auth_flash=1; c=d", "a=b; c=d"),
    ("ngx_auth_device=x; ngx_auth_flash=1; {own}", None),
    ("__Host-ngx_auth_pending=x;a=b; ngx_auth_pending=y", "a=b"),
    ("__Host-ngx_auth=x; a=b", "a=b"),
    ("__Secure-ngx_auth=x; __Host-ngx_auth_device=y; a=b", "a=b"),
    ("NGX_AUTH=x; a=b", "a=b"),
    ("ngx_auth2=x; xngx_auth=y", "ngx_auth2=x; xngx_auth=y"),
    ("a=\"b; c\"; d", "a=\"b; c\"; d"),
])
@pytest.mark.parametrize("path", ["/public/x", "/optional/x", "/mirrored/x"])
def test_our_cookies_are_cut_out(server, upstream, path, sent, passed):
    header = sent.format(own="ngx_auth=" + "A" * 43)
    server.client().get(path, headers={"Cookie": header})
    assert {r.header("Cookie") for r in upstream.requests} == {passed}


def test_session_cookie_does_not_reach_the_application(server, upstream):
    alice = logged_in(server)
    token = alice.jar["ngx_auth"]
    for path in [*PATHS, "/private/x"]:
        alice.jar["theme"] = "dark"
        assert alice.get(path).status == 200
    for request in upstream.requests:
        assert token not in str(request.headers)
        assert request.header("Cookie") == "theme=dark"


def test_several_cookie_headers(server, upstream):
    alice = logged_in(server)
    headers = [("Cookie", "a=b"), ("Cookie", alice.cookie_header),
               ("Cookie", "c=d")]
    response = server.client().get("/private/x", headers=headers)
    assert response.status == 200
    seen = "; ".join(upstream.last.all("Cookie"))
    assert seen == "a=b; c=d"


# Variables

LOG = """
    log_format who '[$remote_user][$auth_user][$auth_user_id][$auth_roles]'
                   '[$auth_realm][$auth_session]';
"""


class WhoLog:
    """The lines of that format, each read once."""

    def __init__(self, server):
        self._path = Path(server.folder, "who.log")
        self._seen = 0

    def next(self):
        """The fields of the line after the last one that was read; nginx
        writes it a moment after the answer."""
        lines = []

        def there_is_one():
            lines[:] = self._path.read_text().splitlines()[self._seen:]
            return lines

        eventually(there_is_one, "nothing in the log")
        self._seen += 1
        return lines[0][1:-1].split("][")

    def skip(self, count):
        for _ in range(count):
            self.next()


def test_variables(nginx, sqlite_store, upstream):
    # one worker: the lines of two may come in another order
    server = nginx(LOG + SITE, store=sqlite_store.uri, upstream=upstream.port,
                   workers=1,
                   realm="", server=LOCATIONS + """
        access_log %%DIR%%/who.log who;
    """)
    log = WhoLog(server)
    alice = logged_in(server)
    alice.get("/private/x")
    log.skip(2)
    user = sqlite_store.find("alice")
    remote_user, name, user_id, roles, realm, session = log.next()
    assert (remote_user, name, user_id, realm) == \
        ("alice", "alice", user["_id"], "site")
    assert roles in ("", "-")
    assert session not in ("-", "") and len(session) < 43
    assert session not in alice.jar["ngx_auth"]
    server.client().get("/private/x")
    assert log.next()[:3] == ["-", "-", "-"]
    server.client().get("/optional/x")
    assert log.next()[:3] == ["-", "-", "-"]


def test_made_up_credentials_are_nobody(nginx, sqlite_store, upstream):
    """Authorization: Basic admin:x makes no REMOTE_USER of admin."""
    server = nginx(LOG + SITE, store=sqlite_store.uri, upstream=upstream.port,
                   realm="", server=LOCATIONS + """
        access_log %%DIR%%/who.log who;
        add_header X-Remote-User "[$remote_user]" always;
    """)
    log = WhoLog(server)
    headers = {"Authorization": "Basic YWRtaW46eA=="}  # admin:x
    for path in ("/private/x", "/optional/x"):
        response = server.client().get(path, headers=headers)
        assert response.header("X-Remote-User") == "[]"
        assert log.next()[0] == "-"
    alice = logged_in(server)
    response = alice.get("/private/x", headers=headers)
    assert response.header("X-Remote-User") == "[alice]"
    # where auth_login does not apply it is nginx's own
    response = server.client().get("/public/x", headers=headers)
    assert response.header("X-Remote-User") == "[admin]"


def test_variables_that_are_set_by_others(nginx, sqlite_store):
    """A configuration that sets them by itself still loads."""
    server = nginx(SITE, store=sqlite_store.uri, realm="", server="""
        location /set/ {
            set $auth_user "x";
            auth_request_set $auth_roles "y";
            return 200 "$auth_user";
        }
    """)
    assert server.client().get("/set/").text == "x"


def test_variables_in_early_phases(nginx, sqlite_store):
    """map and limit_req see who it is."""
    server = nginx("""
        map $auth_user $greeting { default "hello $auth_user"; "" "who?"; }
        limit_req_zone $auth_user zone=users:1m rate=100r/s;
    """ + SITE, store=sqlite_store.uri, realm="", server="""
        location /greet/ {
            auth_login site optional;
            limit_req zone=users burst=50;
            add_header X-Greeting $greeting;
            alias %%DIR%%/;
        }
    """)
    alice = logged_in(server)
    assert alice.get("/greet/nginx.conf").header("X-Greeting") == "hello alice"
    assert server.client().get("/greet/nginx.conf").header("X-Greeting") == \
        "who?"


# Other protocols to the application

def test_fastcgi(nginx, sqlite_store):
    fastcgi = FastCgi()
    server = nginx(SITE, store=sqlite_store.uri, fastcgi=fastcgi.port,
                   realm="", server="""
        underscores_in_headers on;
        location /app/ {
            auth_login site optional;
            fastcgi_param REMOTE_USER $remote_user;
            fastcgi_pass 127.0.0.1:%%FASTCGI%%;
        }
    """)
    forged = {"Remote-User": "admin", "Remote_User": "admin",
              "Authorization": "Basic YWRtaW46eA=="}
    server.client().get("/app/", headers=forged)
    assert fastcgi.last.params.get("HTTP_REMOTE_USER") is None
    assert fastcgi.last.params["REMOTE_USER"] == ""
    logged_in(server).get("/app/", headers=forged)
    assert fastcgi.last.params["HTTP_REMOTE_USER"] == "alice"
    assert fastcgi.last.params["REMOTE_USER"] == "alice"
    assert "ngx_auth" not in fastcgi.last.params.get("HTTP_COOKIE", "")
    fastcgi.close()
