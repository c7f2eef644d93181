"""A browser may not follow a redirect to another origin once it has sent one
of our forms: form-action 'self' forbids it. For who follows one of ours such a
redirect is an empty page that leads on. For everybody else it stays what it
is. How Chromium takes it is in test_chromium_redirects.py."""

import re

import pytest

from harness.accounts import SITE
from harness.http2_client import Http2Client

ELSEWHERE = "https://other.example/there"

SERVER = """
        location = /account { auth_page account; }
        location /answer/ {
            proxy_pass http://127.0.0.1:%%APP%%;
            proxy_redirect off;
        }
        location = /moved { return 302 https://other.example/there; }
        location = /gone {
            error_page 410 =301 https://other.example/there;
            return 410;
        }
        location = /list {
            add_header X-Kept yes;
            add_header Cache-Control public;
            expires 1h;
            return 302 https://other.example/there;
        }
"""


@pytest.fixture
def server(nginx, sqlite_store, upstream):
    return nginx(SITE.replace("%%PORT%%;", "%%PORT%%;"
                              "listen 127.0.0.1:%%PORT1%% http2;"
                              "absolute_redirect off;"),
                 store=sqlite_store.uri, realm="", server=SERVER,
                 app=upstream.port)


def redirecting(upstream, location, status=302, more="", body="go there"):
    """Makes the application answer so at /answer/."""
    upstream.answers["/answer/x"] = (
        f"HTTP/1.1 {status} Whatever\r\nLocation: {location}\r\n{more}"
        f"Content-Length: {len(body)}\r\nConnection: close\r\n\r\n{body}"
    ).encode()


def ask(server, path="/answer/x", page="/login", origin=None, **more):
    """What a browser asks for after it has sent the form of that page."""
    own = origin or f"http://127.0.0.1:{server.port}"
    headers = {"Referer": own + page, "Sec-Fetch-Site": "same-origin"}
    headers.update({n.replace("_", "-"): v for n, v in more.items()})
    return server.browser().get(path, headers=headers)


def is_refresh(response, to=ELSEWHERE):
    if response.status != 200:
        assert response.header("Refresh") is None, response
        return False
    assert response.header("Refresh") == f"0;url={to}"
    assert response.location is None
    assert response.body == b""
    assert response.header("Content-Length") == "0"
    assert response.all("Cache-Control") == ["no-store"]
    assert response.header("Referrer-Policy") == "same-origin"
    assert response.header("Content-Type") == "text/html"
    return True


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_every_kind_of_redirect(server, upstream, status):
    redirecting(upstream, ELSEWHERE, status)
    assert is_refresh(ask(server))


@pytest.mark.parametrize("status", [300, 304, 305, 200, 201, 404])
def test_no_redirect_at_all(server, upstream, status):
    redirecting(upstream, ELSEWHERE, status, body="")
    response = ask(server)
    assert response.status == status
    assert response.location == ELSEWHERE
    assert response.header("Refresh") is None


@pytest.mark.parametrize("path", ["/moved", "/list"])
def test_redirect_of_nginx_itself(server, path):
    assert is_refresh(ask(server, path))
    assert server.client().get(path).location == ELSEWHERE


def test_redirect_of_error_page(server):
    assert is_refresh(ask(server, "/gone"))


def test_headers_of_the_answer(server, upstream):
    """What concerns the browser stays, what concerns the body goes: it was
    never meant to be seen as a page of this site."""
    redirecting(upstream, ELSEWHERE, body="<script>alert(1)</script>", more=(
        "Set-Cookie: a=b\r\nSet-Cookie: c=d\r\nX-Own: e\r\n"
        "Cache-Control: public, max-age=60\r\nExpires: 0\r\n"
        "ETag: \"f\"\r\nLast-Modified: Thu, 01 Jan 2026 00:00:00 GMT\r\n"
        "Content-Type: text/plain\r\nContent-Encoding: gzip\r\n"
        "Content-Disposition: attachment\r\nAccept-Ranges: bytes\r\n"
        "Content-Security-Policy: sandbox\r\nRefresh: 9;url=/elsewhere\r\n"
        "Referrer-Policy: unsafe-url\r\n"))
    response = ask(server, If_None_Match='"f"', Range="bytes=0-1")
    assert is_refresh(response)
    assert response.all("Set-Cookie") == ["a=b", "c=d"]
    names = {name.lower() for name, _ in response.headers}
    assert names - {"server", "date", "connection"} == {
        "content-type", "content-length", "set-cookie", "x-own", "refresh",
        "referrer-policy", "cache-control"}


def test_headers_of_nginx(server):
    assert ask(server, "/list").all("X-Kept") == ["yes"]


@pytest.mark.parametrize("page", ["/", "/login", "/login?next=/answer/x",
                                  "/register", "/dashboard", "/logout",
                                  "/account"])
def test_every_page_of_ours(server, upstream, page):
    redirecting(upstream, ELSEWHERE)
    assert is_refresh(ask(server, page=page))


@pytest.mark.parametrize("page", ["", "/answer/x", "/loginx", "/login/",
                                  "/x?/login"])
def test_other_pages(server, upstream, page):
    redirecting(upstream, ELSEWHERE)
    assert not is_refresh(ask(server, page=page))


@pytest.mark.parametrize("origin", [
    "https://evil.example", "http://127.0.0.1", "http://127.0.0.1:1",
    "http://localhost:{port}", "null", "", "https://evil.example/http:"])
def test_pages_of_other_sites(server, upstream, origin):
    redirecting(upstream, ELSEWHERE)
    assert not is_refresh(ask(server, origin=origin.format(port=server.port)
                              or "/"))


@pytest.mark.parametrize("headers, led_on", [
    ({}, True),
    # a browser on plain HTTP says nothing of where it comes from
    ({"Sec-Fetch-Mode": None, "Sec-Fetch-Dest": None, "Sec-Fetch-Site": None},
     True),
    ({"Sec-Fetch-Mode": None, "Sec-Fetch-Dest": None, "Accept": "*/*"}, False),
    ({"Sec-Fetch-Mode": None, "Sec-Fetch-Dest": None,
      "X-Requested-With": "XMLHttpRequest"}, False),
    ({"Sec-Fetch-Mode": "cors", "Sec-Fetch-Dest": "empty"}, False),
    ({"Sec-Fetch-Mode": "no-cors", "Sec-Fetch-Dest": "image"}, False),
    ({"Sec-Fetch-Dest": "iframe"}, False),
    ({"Referer": None}, False),
    ({"Referer": ""}, False),
    ({"Referer": "/login"}, False),
])
def test_who_asks(server, upstream, headers, led_on):
    redirecting(upstream, ELSEWHERE)
    assert is_refresh(ask(server, **headers)) == led_on


@pytest.mark.parametrize("method", ["HEAD", "POST", "PUT", "OPTIONS"])
def test_other_methods(server, upstream, method):
    redirecting(upstream, ELSEWHERE, 307, body="")
    response = server.browser().request(method, "/answer/x", headers={
        "Referer": f"http://127.0.0.1:{server.port}/login"})
    assert (response.status, response.location) == (307, ELSEWHERE)


def test_everybody_else_gets_the_same_bytes(server, upstream):
    """As from a server that knows no realm."""
    redirecting(upstream, ELSEWHERE, more="ETag: \"a\"\r\nX-Own: b\r\n"
                "Cache-Control: public\r\nContent-Type: text/html\r\n")
    own = f"http://127.0.0.1:{server.port}"
    head = f"GET /answer/x HTTP/1.0\r\nHost: 127.0.0.1:{server.port}\r\n"
    said = []
    for headers in ("", f"Referer: {own}/login\r\n",
                    f"Referer: {own}/\r\nAccept: text/html\r\n"
                    "Sec-Fetch-Mode: cors\r\n",
                    "Accept: text/html\r\nSec-Fetch-Mode: navigate\r\n"):
        with server.client().connect() as connection:
            connection.sendall((head + headers + "\r\n").encode())
            answer = b"".join(iter(lambda: connection.recv(65536), b""))
        said.append(re.sub(rb"Date: [^\r]*", b"", answer))
    assert said == said[:1] * 4
    assert said[0].startswith(b"HTTP/1.1 302 ")
    assert b"Location: " + ELSEWHERE.encode() in said[0]
    assert said[0].endswith(b"go there")


@pytest.mark.parametrize("location", [
    "/there", "there", "?a=https://other.example/", "//127.0.0.1:{port}/",
    "http://127.0.0.1:{port}/there", "HTTP://127.0.0.1:{port}",
    "https://127.0.0.1:{port}/", "javascript:alert(1)", "data:text/html,a",
    "java\tscript:alert(1)", "\x01javascript:alert(1)", "about:blank"])
def test_locations_that_stay(server, upstream, location):
    location = location.format(port=server.port)
    redirecting(upstream, location)
    response = ask(server)
    assert (response.status, response.location) == (302, location)


@pytest.mark.parametrize("location, encoded", [
    ("//other.example", None), ("\\\\other.example/", None),
    ("http://127.0.0.1/", None), ("http://localhost:{port}/", None),
    ("http://127.0.0.1:{port}.other.example/", None),
    ("http://127.0.0.1:{port}@other.example/", None),
    ("app.example:/back?code=1&state=%20", None),
    ("https://other.example/a b'c\"d, e;url=f#g h", None),
    ("https://b\xfccher.example/\xe9", "https://b%FCcher.example/%E9")])
def test_locations_that_leave(server, upstream, location, encoded):
    location = location.format(port=server.port)
    redirecting(upstream, location)
    upstream.answers["/answer/x"] = \
        upstream.answers["/answer/x"].decode().encode("latin-1")
    assert is_refresh(ask(server), encoded or location)


def test_http_2(server, upstream):
    redirecting(upstream, ELSEWHERE, more="X-Own: a\r\n")
    port = server.ports["PORT1"]
    headers = {"referer": f"http://127.0.0.1:{port}/login",
               "sec-fetch-mode": "navigate"}
    with Http2Client(port) as client:
        for path in ("/answer/x", "/moved", "/answer/x"):
            assert is_refresh(client.request("GET", path, headers))
            response = client.request("GET", path)
            assert (response.status, response.location) == (302, ELSEWHERE)


def test_connection_stays_usable(server, upstream):
    redirecting(upstream, ELSEWHERE, body="x" * 100_000)
    headers = {"Referer": f"http://127.0.0.1:{server.port}/login",
               "Accept": "text/html", "User-Agent": "Mozilla/5.0"}
    client = server.client()
    with client.connect() as connection:
        for path in ("/answer/x", "/moved") * 3:
            assert is_refresh(client.get(path, headers=headers,
                                         connection=connection))


def test_cache_of_nginx_keeps_the_redirect(nginx, sqlite_store, upstream):
    redirecting(upstream, ELSEWHERE, 301, "Cache-Control: max-age=60\r\n")
    server = nginx("proxy_cache_path %%DIR%%/cache keys_zone=c:1m;" + SITE,
                   store=sqlite_store.uri, realm="", server="""
        location /answer/ {
            proxy_pass http://127.0.0.1:%%APP%%;
            proxy_cache c;
            # or the next request may come before the answer is in the cache
            proxy_cache_lock on;
        }
    """, app=upstream.port)
    assert is_refresh(ask(server))
    for _ in range(2):
        response = server.client().get("/answer/x")
        assert (response.status, response.text) == (301, "go there")
        assert response.location == ELSEWHERE
        assert is_refresh(ask(server))
    assert len(upstream.requests) == 1


def test_path_that_nginx_would_make_absolute(nginx, sqlite_store):
    """Behind a TLS terminator, nginx would name http and its own port, which
    is another origin."""
    server = nginx(SITE, store=sqlite_store.uri,
                   realm="cookie_secure on;", server="""
        location = /here { return 302 /there; }
    """)
    asked = {"Host": "site.example", "Sec-Fetch-Site": "same-origin"}
    led = {**asked, "Referer": "https://site.example/login"}
    browser = server.browser()
    assert browser.get("/here", headers=led).location == "/there"
    assert browser.get("/here", headers=asked).location == \
        f"http://site.example:{server.port}/there"


def test_slashes_that_nginx_makes_a_path(nginx, sqlite_store):
    """What begins with them is another site only where nginx does not put
    its own name before it."""
    server = nginx(SITE, store=sqlite_store.uri, realm="", server="""
        merge_slashes off;
        location /list { return 302 $uri/; }
        location ~ ^/.*evil { return 302 $uri/; }
        location = /there { absolute_redirect off; return 302 //a.example/; }
    """)
    own = f"http://127.0.0.1:{server.port}"
    for path in ("//evil.example", "/%5Cevil.example"):
        response = ask(server, path)
        assert response.status == 302
        assert response.location.startswith(own + "/")
        assert response.location == server.client().get(path).location
    assert ask(server, "/list").location == "/list/"
    assert is_refresh(ask(server, "/there"), "//a.example/")


def test_server_without_a_realm(nginx, sqlite_store):
    server = nginx(SITE + """
    server {
        listen 127.0.0.1:%%PORT1%%;
        location = /moved { return 302 https://other.example/there; }
    }
    """, store=sqlite_store.uri, realm="", server="")
    port = server.ports["PORT1"]
    response = server.browser("PORT1").get("/moved", headers={
        "Referer": f"http://127.0.0.1:{port}/login"})
    assert (response.status, response.location) == (302, ELSEWHERE)


def test_page_of_the_application_is_not_ours(nginx, sqlite_store):
    """login_url may name a page that no auth_page serves."""
    server = nginx(SITE.replace("location = /          { auth_page home; }",
                                "location = / { return 200 home; }"),
                   store=sqlite_store.uri, realm="home_url /;", server="""
        location = /moved { return 302 https://other.example/there; }
    """)
    assert not is_refresh(ask(server, "/moved", page="/"))
    assert is_refresh(ask(server, "/moved", page="/login"))


def test_origin_directive(site, sqlite_store):
    """Where a proxy changes Host, the page is known by a configured origin."""
    server = site(sqlite_store, realm="origin https://www.example.com;",
                  server="""
        location = /moved { return 302 https://other.example/there; }
        location = /back { return 302 https://www.example.com/there; }
    """)
    www = "https://www.example.com"
    assert is_refresh(ask(server, "/moved", origin=www))
    assert not is_refresh(ask(server, "/back", origin=www))
