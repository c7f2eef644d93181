"""Requests that nginx makes of a request: auth_request, mirror, SSI, slice.
They skip the access phase, and carry the identity headers of their own
location, whatever their main request has."""

import pytest

from harness.accounts import PASSWORD, SITE, logged_in
from harness.documents import put
from harness.members import add_member
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
    assert upstream.requests == []  # nobody is logged in, so nothing is asked

    headers = as_alice(server)
    assert server.client().get("/x/", headers=headers).status == 200
    assert identities(upstream, "/ask/") == [NOBODY]
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
        location /both/ { auth_login site; mirror /copied/both/; %%TO%%; }
        location /one/ { mirror /copied/both/; %%TO%%; }
        location /copied/both/ { auth_login site; internal; %%TO%%; }
    """)
    assert server.client().get("/x/", headers=FORGED).status == 401
    assert upstream.requests == []
    headers = as_alice(server)
    for path, sent, seen, copied in (
            ("/x/", headers, ALICE, NOBODY),
            ("/optional/", headers, ALICE, NOBODY),
            ("/optional/", FORGED, NOBODY, NOBODY),
            ("/open/", FORGED, NOBODY, NOBODY),
            ("/open/", headers, NOBODY, NOBODY),
            ("/both/", headers, ALICE, ALICE),
            ("/one/", headers, NOBODY, ALICE),
            ("/one/", FORGED, NOBODY, NOBODY)):
        upstream.requests.clear()
        response = server.client().post(path, body=b"text", headers=sent)
        assert response.status == 200
        eventually(lambda: len(upstream.requests) == 2, "no copy")
        assert identities(upstream, path) == [seen]
        assert identities(upstream, "/cop") == [copied]
        assert {r.body for r in upstream.requests} == {b"text"}


def test_mirror_of_a_request_that_is_led_elsewhere(start, upstream):
    """The copy leaves after its main request has come to the other location."""
    server = start("""
        root %%DIR%%/www;
        index page.html;
        location /x/ { auth_login site; mirror /copy/; }
        location /y/ { auth_login site; mirror /mine/; }
        location ~ ^/[xy]/page { %%TO%%; }
        location = /copy/ { internal; %%TO%%; }
        location = /mine/ { auth_login site; internal; %%TO%%; }
    """)
    headers = as_alice(server)
    for path, copy, copied in (("/x/", "/copy/", NOBODY),
                               ("/y/", "/mine/", ALICE)):
        put(server, f"www{path}page.html", "served by the application")
        upstream.requests.clear()
        assert server.client().get(path, headers=headers).status == 200
        eventually(lambda: len(upstream.requests) == 2, "no copy")
        assert identities(upstream, path) == [NOBODY]
        assert identities(upstream, copy) == [copied]


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
    assert identities(upstream, "/part/")[1] == NOBODY
    assert response.header("Cache-Control") == "private, no-cache"


PARTS = """
    location /x/ { auth_login site; ssi on; alias %%DIR%%/www/; }
    location /open/ { ssi on; alias %%DIR%%/www/; }
    location /before/ {
        auth_login site;
        add_before_body /to/open/;
        add_after_body /to/private/;
        alias %%DIR%%/www/;
    }
    location /to/open/ { %%TO%%; }
    location /to/private/ { auth_login site; %%TO%%; }
    location /to/optional/ { auth_login site optional; %%TO%%; }
    location /to/others/ { auth_login site users=bob; %%TO%%; }
    location /to/those/ { auth_login site users=bob,alice; %%TO%%; }
    location /to/guests/ { auth_login guests; %%TO%%; }
    location /to/missing/ { error_page 404 = /to/open/; root %%DIR%%/www; }
    location /to/unlucky/ { auth_login site; error_page 404 = /to/open/;
                            root %%DIR%%/www; }
    location /to/lucky/ { error_page 404 = /to/private/; root %%DIR%%/www; }
    location /to/named/ { auth_login site; error_page 404 = @named;
                          root %%DIR%%/www; }
    location @named { %%TO%%; }
    location = /enter { auth_page guests login; }
    location /to/rewritten/ { auth_login site; rewrite ^ /to/open/ last; }
    location /to/nested/ { ssi on; auth_login guests; alias %%DIR%%/nested/; }
"""
GUESTS = """
    auth_realm guests {
        store %%GUESTS%%;
        cookie_name guest;
        identity_header X-Guest;
    }
"""


def text_with(path):
    return f'<!--#include virtual="{path}" -->'


@pytest.fixture
def parts(nginx, sqlite_store, other_store, upstream):
    server = nginx(GUESTS + SITE.replace("auth_page", "auth_page site"),
                   store=sqlite_store.uri, guests=other_store.uri, realm="",
                   server="underscores_in_headers on;" + PARTS,
                   to=f"proxy_pass http://127.0.0.1:{upstream.port}")
    put(server, "nested/page.html",
        text_with("/to/private/") + text_with("/to/open/"))
    return server


@pytest.mark.parametrize("virtual, at, seen", [
    ("/to/open/", "/to/open/", NOBODY),
    ("/to/private/", "/to/private/", ALICE),
    ("/to/optional/", "/to/optional/", ALICE),
    ("/to/others/", "/to/others/", NOBODY),
    ("/to/those/", "/to/those/", ALICE),
    ("/to/guests/", "/to/guests/", NOBODY),
    ("/to/missing/", "/to/missing/", NOBODY),
    ("/to/unlucky/", "/to/unlucky/", NOBODY),
    ("/to/lucky/", "/to/lucky/", ALICE),
    ("/to/named/", "/to/named/", NOBODY),
    ("/to/rewritten/", "/to/open/", NOBODY),
])
@pytest.mark.parametrize("page", ["/x/page.html", "/open/page.html"])
def test_the_part_of_a_page_is_told_by_its_own_location(
        parts, upstream, page, virtual, at, seen):
    put(parts, "www/page.html", text_with(virtual))
    # nginx passes the address on as the part was asked for
    headers = as_alice(parts)
    assert parts.client().get(page, headers=headers).status == 200
    assert {seen} == {identity
                      for path in {virtual, at, "/to/open/", "/to/private/"}
                      for identity in identities(upstream, path)}
    assert len(upstream.requests) == 1


def test_parts_of_one_page_beside_each_other(parts, upstream):
    put(parts, "www/page.html", "".join(map(text_with, (
        "/to/open/1", "/to/private/1", "/to/open/2", "/to/nested/page.html",
        "/to/private/2"))))
    headers = as_alice(parts)
    for page in ("/x/page.html", "/open/page.html"):
        upstream.requests.clear()
        answer = parts.client().get(page, headers=headers)
        assert answer.text == "the application's answer" * 6
        assert set(identities(upstream, "/to/open/")) == {NOBODY}
        assert set(identities(upstream, "/to/private/")) == {ALICE}
        assert len(upstream.requests) == 6


def test_parts_that_are_told_of_another_realm(parts, upstream, other_store):
    add_member(other_store, "gail")
    guest = parts.browser()
    guest.post("/enter", {"username": "gail", "password": PASSWORD})
    both = as_alice(parts)
    both["Cookie"] += "; " + guest.cookie_header
    put(parts, "www/page.html",
        text_with("/to/guests/") + text_with("/to/private/"))
    parts.client().get("/x/page.html", headers=both)
    told = {r.path: (r.header("Remote-User"), r.header("X-Guest"))
            for r in upstream.requests}
    assert told == {"/to/guests/": (None, "gail"),
                    "/to/private/": ("alice", None)}


def test_parts_that_nginx_adds_to_a_page(parts, upstream):
    put(parts, "www/page.html", "between")
    answer = parts.client().get("/before/page.html", headers=as_alice(parts))
    part = "the application's answer"
    assert answer.text == f"{part}between{part}"
    assert identities(upstream, "/to/open/") == [NOBODY]
    assert identities(upstream, "/to/private/") == [ALICE]


def test_an_open_page_may_include_a_protected_location(start, upstream):
    """docs/directives.md says so: nginx checks no subrequest. The application
    is not told that it is anybody."""
    server = start("""
        location /open/ { ssi on; alias %%DIR%%/www/; }
        location /part/ { auth_login site; %%TO%%; }
    """)
    put(server, "www/page.html", '<!--#include virtual="/part/" -->')
    response = server.client().get("/open/page.html", headers=FORGED)
    assert response.text == "the application's answer"
    assert identities(upstream, "/part/") == [NOBODY]
    server.client().get("/open/page.html", headers=as_alice(server))
    assert identities(upstream, "/part/")[1] == ALICE


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
