"""auth_login together with nginx's own ways to let people in."""

import base64

import pytest

from harness.accounts import SITE, logged_in
from harness.documents import put

CONF = """
        %%DEFAULTS%%
        location /here/   { satisfy any; auth_login site;
                            allow 127.0.0.1; deny all; %%TO%%; }
        location /let-in/ { set $early $remote_user;
                            satisfy any; auth_login site;
                            allow 127.0.0.1; deny all; %%BASIC%% %%TO%%; }
        location /via/    { set $early $remote_user;
                            rewrite ^/via/ /let-in/ last; }
        location /there/  { satisfy any; auth_login site; deny all; %%TO%%; }
        location /basic/  { satisfy any; auth_login site; %%BASIC%% %%TO%%; }
        location /asked/  { satisfy any; auth_login site;
                            auth_request /ask/; %%TO%%; }
        location /all/    { satisfy any; auth_login site; deny all; %%BASIC%%
                            auth_request /ask/; %%TO%%; }
        location /bobs/   { satisfy any; auth_login site users=bob; deny all;
                            %%TO%%; }
        location /bobs-or-basic/ { satisfy any; auth_login site users=bob;
                            %%BASIC%% %%TO%%; }
        location /maybe/  { satisfy any; auth_login site optional; deny all;
                            %%TO%%; }
        location /both/   { satisfy all; auth_login site; %%BASIC%% %%TO%%; }
        location /local/  { satisfy all; auth_login site; allow 127.0.0.1;
                            deny all; %%TO%%; }
        location /remote/ { satisfy all; auth_login site; deny all; %%TO%%; }
        location = /ask/ {
            internal;
            proxy_pass http://127.0.0.1:%%ASK%%;
            proxy_pass_request_body off;
            proxy_set_header Content-Length "";
        }
        proxy_set_header X-User $remote_user;
"""
WAYS = ["/there/", "/basic/", "/asked/", "/all/"]

CAROL = {"Authorization":
         "Basic " + base64.b64encode(b"carol:secret").decode()}
FORGED = {"Remote-User": "admin", "Remote-Groups": "ops"}


class Ask:
    """What auth_request asks: says yes, or 401 with a challenge."""

    def __init__(self, upstream):
        self.port = upstream.port
        upstream.answers["/ask/"] = self.answer
        self.yes = False

    def answer(self, _seen):
        return (b"HTTP/1.1 %s\r\nContent-Length: 0\r\nConnection: close\r\n"
                b"\r\n" % (b"200 OK" if self.yes else
                           b"401 No\r\nWWW-Authenticate: Bearer"))


@pytest.fixture
def ask(upstream):
    return Ask(upstream)


@pytest.fixture
def server(nginx, sqlite_store, upstream, ask):
    server = nginx(
        SITE, store=sqlite_store.uri, realm="", server=CONF, defaults="",
        ask=ask.port, to=f"proxy_pass http://127.0.0.1:{upstream.port}",
        basic="auth_basic private; auth_basic_user_file %%DIR%%/htpasswd;")
    put(server, "htpasswd", "carol:{PLAIN}secret\n")
    server.allow("access forbidden by rule|password mismatch|was not found")
    return server


def seen(upstream, folder):
    return [r for r in upstream.requests if r.path.startswith(folder)]


# any

@pytest.mark.parametrize("path", WAYS)
def test_all_refuse(server, upstream, path):
    refused = server.client().get(path, headers=FORGED)
    assert refused.status == 401
    challenges = refused.all("WWW-Authenticate")
    assert len([c for c in challenges if c.startswith("Cookie realm=")]) == 1
    assert seen(upstream, path) == []


@pytest.mark.parametrize("method, status", [("GET", 302), ("HEAD", 302),
                                            ("POST", 303)])
@pytest.mark.parametrize("path", WAYS)
def test_all_refuse_a_navigation(server, upstream, path, method, status):
    browser = server.browser()
    with browser.connect() as connection:
        for _ in range(2):  # the connection lives on
            response = browser.request(method, path + "?a=1",
                                       connection=connection)
            assert response.status == status
            assert response.location == (
                f"/login?next={path}%3Fa%3D1" if status == 302 else "/login")
            assert response.body == b""
            assert response.header("Cache-Control") == "no-store"
    assert seen(upstream, path) == []


@pytest.mark.parametrize("path", WAYS)
def test_redirect_has_no_challenge(server, path):
    assert server.browser().get(path).all("WWW-Authenticate") == []


@pytest.mark.parametrize("path", WAYS)
def test_session_is_enough(server, upstream, path):
    response = logged_in(server).get(path, headers=FORGED)
    assert response.status == 200
    assert response.all("WWW-Authenticate") == []
    assert response.header("Cache-Control") == "private, no-cache"
    last = seen(upstream, path)[-1]
    assert last.all("Remote-User") == ["alice"]
    assert last.all("Remote-Groups") == []
    assert last.header("X-User") == "alice"


def test_address_is_enough(server, upstream):
    for headers in (FORGED, {**FORGED, "Cookie": "ngx_auth=" + "A" * 43}):
        response = server.client().get("/here/", headers=headers)
        assert response.status == 200
        assert response.all("WWW-Authenticate") == []
        assert upstream.last.header("Remote-User") is None
        assert upstream.last.header("X-User") is None
        assert upstream.last.header("Cookie") is None
    # a user who is logged in is known here, too
    assert logged_in(server).get("/here/").status == 200
    assert upstream.last.header("Remote-User") == "alice"


@pytest.mark.parametrize("path", ["/basic/", "/all/"])
def test_password_of_auth_basic_is_enough(server, upstream, path):
    response = server.client().get(path, headers={**FORGED, **CAROL})
    assert response.status == 200
    assert response.all("WWW-Authenticate") == []
    last = seen(upstream, path)[-1]
    assert last.header("Remote-User") is None
    assert last.header("X-User") == "carol"
    wrong = {"Authorization": "Basic " + base64.b64encode(b"alice:x").decode()}
    assert server.client().get(path, headers=wrong).status == 401


@pytest.mark.parametrize("path", ["/let-in/", "/via/", "/all/"])
def test_name_that_auth_basic_has_not_accepted(server, upstream, ask, path):
    """Something else has let the request in, so nobody has checked whose name
    is in its Authorization header, or it was wrong."""
    ask.yes = True
    for password in (b"admin:x", b"carol:wrong", b"carol:secret"):
        headers = {"Authorization":
                   "Basic " + base64.b64encode(password).decode()}
        assert server.client().get(path, headers=headers).status == 200
        is_right = path == "/all/" and password == b"carol:secret"
        assert upstream.last.header("X-User") == ("carol" if is_right
                                                  else None)
    assert logged_in(server).get(path, headers=CAROL).status == 200
    assert upstream.last.header("X-User") == "alice"


@pytest.mark.parametrize("path", ["/asked/", "/all/"])
def test_yes_of_auth_request_is_enough(server, upstream, ask, path):
    ask.yes = True
    response = server.client().get(path, headers=FORGED)
    assert response.status == 200
    assert response.all("WWW-Authenticate") == []
    assert seen(upstream, path)[-1].header("Remote-User") is None


def test_user_who_is_not_admitted(server, upstream):
    """403 and no way to a login page that would lead back here."""
    alice, bob = logged_in(server, "alice"), logged_in(server, "bob")
    for headers in ({}, {"Sec-Fetch-Mode": "cors"}):
        assert alice.get("/bobs/", headers=headers).status == 403
    assert alice.get("/bobs-or-basic/").status == 401
    assert upstream.requests == []
    assert alice.get("/bobs-or-basic/", headers=CAROL).status == 200
    assert upstream.last.header("Remote-User") is None
    assert bob.get("/bobs/").status == 200
    assert upstream.last.header("Remote-User") == "bob"


def test_optional_lets_no_stranger_in(server, upstream):
    """Under `satisfy any` the other methods decide if nobody is logged in."""
    assert server.client().get("/maybe/", headers=FORGED).status == 403
    assert upstream.requests == []


def test_error_page_of_the_site(nginx, sqlite_store, upstream, ask):
    """An error_page for the 401 is what people see."""
    server = nginx(SITE, store=sqlite_store.uri, realm="", server=CONF,
                   defaults="error_page 401 /sorry/;"
                            " location = /sorry/ { return 200 sorry; }",
                   ask=ask.port, basic="",
                   to=f"proxy_pass http://127.0.0.1:{upstream.port}")
    server.allow("access forbidden by rule")
    for client in (server.client(), server.browser()):
        response = client.get("/there/")
        assert (response.status, response.text) == (401, "sorry")
    assert logged_in(server).get("/there/").status == 200


# all

def test_both_are_needed(server, upstream):
    alice = logged_in(server)
    assert server.client().get("/both/", headers=CAROL).status == 401
    assert server.browser().get("/both/", headers=CAROL).status == 302
    refused = alice.get("/both/")
    assert refused.status == 401
    assert refused.header("WWW-Authenticate").startswith("Basic")
    assert upstream.requests == []
    assert alice.get("/both/", headers={**CAROL, **FORGED}).status == 200
    assert upstream.last.header("Remote-User") == "alice"
    assert upstream.last.header("X-User") == "alice"


def test_address_and_session(server, upstream):
    alice = logged_in(server)
    assert server.client().get("/local/").status == 401
    assert alice.get("/local/").status == 200
    assert alice.get("/remote/").status == 403
    assert len(upstream.requests) == 1
