"""A cache in front, shared by everybody, keeps nothing that is protected."""

import pytest

from harness.accounts import SITE, logged_in
from harness.documents import put
from harness.nginx_server import eventually

BEHIND = """
        location /app/  { auth_login site; %%TO%%; }
        location /files/ { auth_login site; root %%DIR%%/www; }
        location /optional/ { auth_login site optional; %%TO%%; }
        location /any/ { auth_login site; satisfy any; deny all; %%TO%%; }
        location /writes/ {
            auth_login site;
            limit_except GET { auth_login site users=bob; }
            %%TO%%;
        }
        location /some/ { auth_login site users=alice; %%TO%%; }
        location /open/ { %%TO%%; }
        location /accel/ { auth_login site; %%TO%%; }
        location /internal/ { internal; alias %%DIR%%/www/files/; }
        location /falls/ {
            auth_login site;
            root /nowhere;
            try_files $uri @app;
        }
        location @app { %%TO%%; }
"""

FRONT = """
    proxy_cache_path %%DIR%%/cache keys_zone=all:1m;
    server {
        listen 127.0.0.1:%%PORT%%;
        location / {
            proxy_pass http://127.0.0.1:%%BEHIND%%;
            proxy_set_header Host $http_host;
            proxy_cache all;
            proxy_cache_key $uri;
            proxy_cache_valid any 1h;
            add_header X-Cache $upstream_cache_status always;
        }
    }
"""


@pytest.fixture
def behind(nginx, sqlite_store, upstream):
    upstream.answers["/accel/"] = (
        b"HTTP/1.1 200 OK\r\nX-Accel-Redirect: /internal/secret.txt\r\n"
        b"Content-Length: 0\r\nConnection: close\r\n\r\n")
    server = nginx(SITE, store=sqlite_store.uri, realm="", server=BEHIND,
                   to=f"proxy_pass http://127.0.0.1:{upstream.port}")
    put(server, "www/files/secret.txt", "the secret")
    return server


@pytest.fixture
def front(nginx, behind):
    return nginx(FRONT, behind=behind.port, workers=1)


def wait_for_the_cache(front, page="/open/"):
    """nginx keeps an answer a moment after it has sent it: until it has kept
    another one."""
    assert front.client().get(page).header("X-Cache") == "MISS"
    eventually(lambda: front.client().get(page).header("X-Cache") == "HIT",
               "the cache keeps nothing")


@pytest.mark.parametrize("path", [
    "/app/", "/files/secret.txt", "/any/", "/writes/", "/some/",
    "/accel/",
    "/falls/x",
])
def test_nobody_gets_what_alice_got(front, path):
    alice = logged_in(front)
    stranger = front.client()
    assert stranger.get(path).status == 401
    first = alice.get(path)
    assert (first.status, first.header("X-Cache")) == (200, "MISS")
    wait_for_the_cache(front)
    refused = stranger.get(path)
    assert (refused.status, refused.header("X-Cache")) == (401, "MISS")
    redirected = front.browser().get(path)
    assert (redirected.status, redirected.header("X-Cache")) == (302, "MISS")
    wait_for_the_cache(front, "/open/again")
    assert alice.get(path).text == first.text  # nor are refusals kept


def test_refusal_of_a_user_is_not_kept(front):
    """403 for bob is nobody else's."""
    alice, bob = logged_in(front, "alice"), logged_in(front, "bob")
    for page, headers in (("/open/", {}),
                          ("/open/again", {"Sec-Fetch-Mode": "cors"})):
        assert bob.get("/some/", headers=headers).status == 403
        wait_for_the_cache(front, page)
        assert alice.get("/some/", headers=headers).status == 200


def test_each_gets_their_own(front, upstream):
    def greet(seen):
        text = (seen.header("Remote-User") or "nobody").encode()
        return (b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n"
                b"Connection: close\r\n\r\n" % len(text)) + text

    upstream.answers["/optional/"] = greet
    alice, bob = logged_in(front, "alice"), logged_in(front, "bob")
    for page in ("/open/", "/open/again"):
        assert alice.get("/optional/").text == "alice"
        wait_for_the_cache(front, page)
        assert bob.get("/optional/").text == "bob"
        assert front.client().get("/optional/").text == "nobody"


def test_missing_file_of_a_protected_location(front):
    """Even that it is missing is known to those only who may know."""
    alice = logged_in(front)
    assert alice.get("/files/none.txt").status == 404
    wait_for_the_cache(front)
    assert front.client().get("/files/none.txt").status == 401


def test_pages_are_not_kept(front):
    alice = logged_in(front)
    for path in ("/", "/dashboard", "/login", "/register"):
        for number, who in enumerate((alice, front.browser(), alice)):
            response = who.get(path)
            assert response.header("X-Cache") == "MISS", path
            assert response.header("Cache-Control") == "no-store"
            wait_for_the_cache(front, f"/open{path}{number}")
    assert "alice" in alice.get("/dashboard").page.text
    assert "alice" not in front.browser().get("/").page.text


def test_answer_that_has_changed_is_asked_for_again(behind):
    """A browser's own cache may keep it, and has to ask."""
    alice = logged_in(behind)
    first = alice.get("/files/secret.txt")
    assert first.header("Cache-Control") == "private, no-cache"
    etag = {"If-None-Match": first.header("ETag")}
    assert alice.get("/files/secret.txt", headers=etag).status == 304
    alice.post("/logout")
    assert alice.get("/files/secret.txt", headers=etag).status == 302
