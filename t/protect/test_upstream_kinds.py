"""Every kind of application behind nginx learns the user from us alone, and
sees no cookie of ours: HTTP, FastCGI, uwsgi, SCGI, gRPC."""

import pytest

from harness import backends
from harness.accounts import SITE, login, logged_in, register
from harness.http2_client import Http2Client

LOCATIONS = backends.PARAMS + """
        underscores_in_headers on;
        ignore_invalid_headers off;
        location /private/  { auth_login site; %%PASSED%% }
        location /optional/ { auth_login site optional; %%PASSED%% }
        location /public/   { %%PASSED%% }
        location /named/    { try_files /no-such-file @named; }
        location @named     { %%PASSED%% }
        location /redirected/ { root /nowhere; error_page 404 = /public/; }
        location /rewritten/  { rewrite ^ /public/ break; %%PASSED%% }
        location /branch/     { if ($args) { %%PASSED%% } }
"""
OPEN = ["/public/", "/optional/", "/named/", "/redirected/", "/rewritten/",
        "/branch/?x"]

FORGED = [(name, "admin") for name in (
    "Remote-User", "remote-user", "REMOTE-USER", "rEMOTE-uSER",
    "Remote_User", "REMOTE_USER", "Remote.User", "Remote!User", "Remote~User",
    "Remote-Groups", "remote_groups", "Remote.Groups", "REMOTE_GROUPS")]

NAMES = [prefix + name for prefix in ("", "__Host-", "__Secure-")
         for name in ("ngx_auth", "ngx_auth_device", "ngx_auth_flash",
                      "ngx_auth_pending")]
COOKIES = "a=b; " + "; ".join(f"{name}=secret" for name in NAMES) + "; c=d"


@pytest.fixture(params=backends.kinds)
def application(request):
    backend = backends.start(request.param)
    backend.kind = request.param
    yield backend
    backend.close()


@pytest.fixture
def server(nginx, sqlite_store, application):
    return nginx(SITE.replace("%%PORT%%;", "%%PORT%%; listen"
                              " 127.0.0.1:%%PORT1%% http2;"),
                 store=sqlite_store.uri, realm="", server=LOCATIONS,
                 passed=application.passed.format(port=application.port))


def identity(seen):
    """What the application could take for the user: name and value, folded as
    the most careless application would."""
    folded = [("".join(c if c.isalnum() else "-" for c in name.lower()), value)
              for name, value in seen.headers]
    return sorted((name, value) for name, value in folded
                  if name in ("remote-user", "remote-groups"))


def remote_user(seen):
    return getattr(seen, "params", {}).get("REMOTE_USER")


def test_nobody_gets_there(server, application):
    forged = [*FORGED, ("Cookie", "ngx_auth=" + "A" * 43)]
    for method in ("GET", "HEAD", "POST", "PUT", "OPTIONS", "DELETE"):
        response = server.client().request(method, "/private/", headers=forged)
        assert response.status == 401
    assert application.requests == []


def test_user_and_roles(server, application, sqlite_store):
    browser = server.browser()
    register(browser, "alice")
    sqlite_store.change("alice", roles=["dev", "ops"])
    login(browser, "alice")
    for path in ("/private/", "/optional/"):
        headers = [*FORGED, ("Cookie", browser.cookie_header)]
        assert server.client().get(path, headers=headers).status == 200
        assert identity(application.last) == [("remote-groups", "dev,ops"),
                                              ("remote-user", "alice")]
        assert remote_user(application.last) in ("alice", None)


def test_forged_identity_is_removed(server, application):
    basic = ("Authorization", "Basic YWRtaW46eA==")  # admin:x
    for path in OPEN:
        response = server.client().get(path, headers=[*FORGED, basic])
        assert response.status == 200, path
        assert identity(application.last) == [], path
    server.client().get("/optional/", headers=[basic])
    assert remote_user(application.last) in ("", None)
    assert len(application.requests) == len(OPEN) + 1


def test_who_is_logged_in_is_nobody_where_no_login_is_asked_for(
        server, application):
    alice = logged_in(server)
    for path in OPEN:
        if path != "/optional/":
            assert alice.get(path).status == 200, path
            assert identity(application.last) == [], path
            assert remote_user(application.last) in ("", None)


def test_our_cookies_are_cut_out(server, application):
    for path in OPEN:
        assert server.client().get(
            path, headers={"Cookie": COOKIES}).status == 200
        assert application.last.header("Cookie") == "a=b; c=d", path
        server.client().get(path, headers={"Cookie": "ngx_auth=secret"})
        assert application.last.all("Cookie") == [], path
    alice = logged_in(server)
    alice.get("/private/")
    assert application.last.all("Cookie") == []
    alice.jar["theme"] = "dark"
    alice.get("/private/")
    assert application.last.header("Cookie") == "theme=dark"


def test_body_arrives_whole(server, application):
    body = bytes(range(256)) * 1000
    assert logged_in(server).post("/private/", body=body).status == 200
    assert application.last.body == body


def test_over_http2(server, application):
    """Cookies come in pieces there, names in small letters."""
    alice = logged_in(server)
    with Http2Client(server.ports["PORT1"]) as client:
        assert client.request("POST", "/private/", body=b"x").status == 401
        assert application.requests == []
        response = client.request(
            "POST", "/private/", body=b"x",
            headers={"cookie": f"a=b; {alice.cookie_header}; c=d",
                     "remote-user": "admin", "remote_user": "admin"})
    assert response.status == 200
    assert response.body == b"ok" or application.kind == "http"
    assert identity(application.last) == [("remote-user", "alice")]
    assert application.last.header("Cookie") == "a=b; c=d"
    assert application.last.body == b"x"
