"""Requests that nginx makes of a request: auth_request, mirror, SSI, slice.
They skip the access phase, and carry what their main request has."""

import pytest

from harness.accounts import SITE, logged_in
from harness.documents import put
from harness.nginx_server import eventually

FORGED = {"Remote-User": "admin", "Remote_User": "admin",
          "Remote-Groups": "ops", "Cookie": "ngx_auth=secret; a=b"}

NO_CONTENT = b"HTTP/1.1 204 No\r\nConnection: close\r\n\r\n"


@pytest.fixture
def start(nginx, sqlite_store, upstream):
    def start(server, http="", **names):
        return nginx(http + SITE, store=sqlite_store.uri, realm="",
                     server="underscores_in_headers on;" + server,
                     to=f"proxy_pass http://127.0.0.1:{upstream.port}",
                     **names)

    return start


def identities(upstream, folder):
    """Who the application was told asks, in requests for that folder."""
    return [(r.header("Remote-User"), r.header("Remote_User"),
             r.header("Remote-Groups"), r.header("Cookie"))
            for r in upstream.requests if r.path.startswith(folder)]


ALICE = ("alice", None, None, "a=b")
NOBODY = (None, None, None, "a=b")


def as_alice(server):
    alice = logged_in(server)
    return {**FORGED, "Cookie": f"a=b; {alice.cookie_header}"}


# auth_request

def test_auth_request_beside_auth_login(start, upstream):
    server = start("""
        location /x/ { auth_login site; auth_request /ask/; %%TO%%; }
        location = /ask/ { internal; %%TO%%; }
    """)
    upstream.answers["/ask/"] = NO_CONTENT
    assert server.client().get("/x/", headers=FORGED).status == 401
    assert upstream.requests == []  # who is nobody is not worth a question

    headers = as_alice(server)
    assert server.client().get("/x/", headers=headers).status == 200
    assert identities(upstream, "/ask/") == [ALICE]
    assert identities(upstream, "/x/") == [ALICE]

    upstream.answers["/ask/"] = NO_CONTENT.replace(b"204", b"403")
    assert server.client().get("/x/", headers=headers).status == 403
    assert len(identities(upstream, "/x/")) == 1


def test_auth_request_elsewhere(start, upstream):
    """Somebody else's login on the same server learns nothing false."""
    server = start("""
        location /x/ { auth_request /ask/; %%TO%%; }
        location = /ask/ { internal; %%TO%%; }
        location /optional/ {
            auth_login site optional;
            auth_request /ask/;
            %%TO%%;
        }
    """)
    upstream.answers["/ask/"] = NO_CONTENT
    for path in ("/x/", "/optional/"):
        assert server.client().get(path, headers=FORGED).status == 200
        assert identities(upstream, path) == [NOBODY]
    assert identities(upstream, "/ask/") == [NOBODY, NOBODY]


CHECK = "location = /check { auth_page check; }"


def test_check_page_for_auth_request(start, upstream):
    server = start(CHECK + """
        location /x/ {
            auth_request /check;
            auth_request_set $who $sent_http_remote_user;
            proxy_set_header X-Who $who;
            %%TO%%;
        }
    """)
    assert server.client().get("/x/", headers=FORGED).status == 401
    assert upstream.requests == []
    headers = as_alice(server)
    assert server.client().get("/x/", headers=headers).status == 200
    assert upstream.last.header("X-Who") == "alice"
    server.client().post("/logout", headers=headers)
    assert server.client().get("/x/", headers=headers).status == 401


def test_check_page_for_another_nginx(start, nginx, upstream):
    server = start(CHECK)
    front = nginx("""
        server {
            listen 127.0.0.1:%%PORT%%;
            location / {
                auth_request /ask;
                auth_request_set $who $upstream_http_remote_user;
                proxy_set_header X-Who $who;
                proxy_pass http://127.0.0.1:%%APP%%;
            }
            location = /ask {
                internal;
                proxy_pass http://127.0.0.1:%%BEHIND%%/check;
                proxy_pass_request_body off;
                proxy_set_header Content-Length "";
            }
        }
    """, app=upstream.port, behind=server.port)
    refused = front.client().post("/", {"a": "b"}, headers=FORGED)
    assert refused.status == 401
    assert refused.header("WWW-Authenticate").startswith("Cookie realm=")
    assert upstream.requests == []
    assert front.client().post("/", {"a": "b"},
                               headers=as_alice(server)).status == 200
    assert upstream.last.header("X-Who") == "alice"


# mirror

def test_mirror(start, upstream):
    server = start("""
        location /x/ { auth_login site; mirror /copy/; %%TO%%; }
        location /optional/ { auth_login site optional; mirror /copy/; %%TO%%; }
        location /open/ { mirror /copy/; %%TO%%; }
        location = /copy/ { internal; %%TO%%; }
    """)
    assert server.client().get("/x/", headers=FORGED).status == 401
    assert upstream.requests == []
    headers = as_alice(server)
    for path, sent, seen in (("/x/", headers, ALICE),
                             ("/optional/", FORGED, NOBODY),
                             ("/open/", FORGED, NOBODY),
                             ("/open/", headers, NOBODY)):
        upstream.requests.clear()
        response = server.client().post(path, body=b"text", headers=sent)
        assert response.status == 200
        eventually(lambda: len(upstream.requests) == 2, "no copy")
        assert identities(upstream, path) == [seen]
        assert identities(upstream, "/copy/") == [seen]
        assert {r.body for r in upstream.requests} == {b"text"}


# SSI

PAGE = ('<!--#echo var="auth_user" default="nobody" --> '
        '<!--#echo var="remote_user" default="nobody" --> '
        '<!--#include virtual="/part/" -->')


def test_ssi(start, upstream):
    server = start("""
        location /x/ { auth_login site; ssi on; root %%DIR%%/www; }
        location /optional/ {
            auth_login site optional;
            ssi on;
            alias %%DIR%%/www/x/;
        }
        location /part/ { %%TO%%; }
    """)
    put(server, "www/x/page.html", PAGE)
    part = "the application's answer"
    assert server.client().get("/x/page.html").status == 401
    assert upstream.requests == []

    response = server.client().get("/optional/page.html", headers=FORGED)
    assert response.text == f"nobody nobody {part}"
    assert identities(upstream, "/part/") == [NOBODY]
    response = server.client().get("/x/page.html", headers=as_alice(server))
    assert response.text == f"alice alice {part}"
    assert identities(upstream, "/part/")[1] == ALICE
    assert response.header("Cache-Control") == "private, no-cache"


def test_an_open_page_may_include_a_protected_location(start, upstream):
    """The README says so: nginx checks no subrequest. The application is not
    told that it is anybody."""
    server = start("""
        location /open/ { ssi on; alias %%DIR%%/www/; }
        location /part/ { auth_login site; %%TO%%; }
    """)
    put(server, "www/page.html", '<!--#include virtual="/part/" -->')
    response = server.client().get("/open/page.html", headers=FORGED)
    assert response.text == "the application's answer"
    assert identities(upstream, "/part/") == [NOBODY]


# slice

CONTENT = b"0123456789abcdef"


def part_of_content(seen):
    first, last = seen.header("Range")[len("bytes="):].split("-")
    part = CONTENT[int(first):int(last) + 1]
    return (b"HTTP/1.1 206 Partial Content\r\nConnection: close\r\n"
            b"Content-Range: bytes %d-%d/%d\r\nContent-Length: %d\r\n\r\n"
            % (int(first), int(first) + len(part) - 1, len(CONTENT),
               len(part))) + part


def test_slice(start, upstream):
    server = start("""
        location /x/ {
            auth_login site;
            slice 4;
            proxy_set_header Range $slice_range;
            proxy_cache_key $uri$slice_range$auth_user;
            proxy_cache parts;
            proxy_cache_valid 206 1h;
            %%TO%%;
        }
    """, http="proxy_cache_path %%DIR%%/cache keys_zone=parts:1m;")
    upstream.answers["/x/"] = part_of_content
    headers = as_alice(server)

    def get_whole():
        upstream.requests.clear()
        response = server.client().get("/x/", headers=headers)
        assert (response.status, response.body) == (200, CONTENT)
        assert response.header("Cache-Control") == "private, no-cache"
        return identities(upstream, "/x/")

    assert server.client().get("/x/", headers=FORGED).status == 401
    assert get_whole() == [ALICE] * 4
    # nginx puts the last part into its cache a moment later
    eventually(lambda: get_whole() == [], "nothing comes from the cache")
    assert server.client().get("/x/", headers=FORGED).status == 401
    middle = server.client().get("/x/", headers={**headers,
                                                 "Range": "bytes=6-9"})
    assert (middle.status, middle.body) == (206, CONTENT[6:10])
