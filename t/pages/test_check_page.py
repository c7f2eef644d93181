"""auth_page check: for other proxies, and for nginx's own auth_request."""

from harness.accounts import SITE, logged_in

CHECK = "location = /check { auth_page check; }"


def test_session(site, store):
    server = site(store, server=CHECK)
    alice = logged_in(server)
    response = alice.get("/check")
    assert response.status == 204
    assert response.header("Remote-User") == "alice"
    assert response.header("Remote-Groups") is None
    assert response.header("Cache-Control") == "no-store"


def test_nobody(site, store):
    server = site(store, server=CHECK)
    for method in ("GET", "HEAD", "POST", "PUT", "OPTIONS"):
        response = server.browser().request(method, "/check")
        assert response.status == 401, method
        assert response.header("WWW-Authenticate").startswith("Cookie realm=")
        assert response.header("Remote-User") is None
    response = server.client().get("/check", headers={"Remote-User": "admin"})
    assert response.status == 401


def test_in_a_subrequest(nginx, sqlite_store, upstream):
    server = nginx(SITE, store=sqlite_store.uri, realm="", server="""
        location = /check { internal; auth_page check; }
        location /app/ {
            auth_request /check;
            auth_request_set $user $sent_http_remote_user;
            proxy_set_header X-User $user;
            proxy_pass http://127.0.0.1:%d;
        }
    """ % upstream.port)
    assert server.client().get("/app/x").status == 401
    assert not upstream.requests
    alice = logged_in(server)
    assert alice.get("/app/x").status == 200
    assert upstream.requests[-1].header("X-User") == "alice"
