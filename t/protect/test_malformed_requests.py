"""A request that nginx refuses before any of its phases may still end in an
application, by error_page. Neither a forged identity nor our cookies do."""

import pytest

from harness.accounts import SITE
from harness.http2_client import Http2Client

FORGED = (b"Remote-User: admin\r\nremote_user: admin\r\nRemote.Groups: ops\r\n"
          b"Cookie: a=b; ngx_auth=secret; ngx_auth_device=secret; "
          b"__Host-ngx_auth_flash=secret\r\n")

MALFORMED = {
    "header too long": FORGED + b"X: " + b"x" * 40000 + b"\r\n",
    "second Host": FORGED + b"Host: y\r\n",
    "Content-Length": FORGED + b"Content-Length: x\r\n",
    "Content-Length twice":
        FORGED + b"Content-Length: 1\r\nContent-Length: 2\r\n",
    "Transfer-Encoding": FORGED + b"Transfer-Encoding: nonsense\r\n",
    "both lengths":
        FORGED + b"Content-Length: 1\r\nTransfer-Encoding: chunked\r\n",
    "no length": FORGED + b"Transfer-Encoding: chunked, chunked\r\n",
    "broken line": FORGED + b"no colon\r\n",
}

ENDS = {
    "named location": ("@app", "location @app { %%PASS%% }"),
    "URI": ("/app", "location = /app { %%PASS%% }"),
    "protected for some": (
        "/app", "location = /app { auth_login site optional; %%PASS%% }"),
    "changed status": ("=200 /app", "location = /app { %%PASS%% }"),
}


def start(nginx, store, upstream, end, listen=""):
    target, location = ENDS[end]
    return nginx(SITE.replace("%%PORT%%;", "%%PORT%%;" + listen),
                 store=store.uri, realm="", server=f"""
        underscores_in_headers on;
        ignore_invalid_headers off;
        error_page 400 413 414 494 495 496 497 501 {target};
        {location}
        location /closed/ {{ auth_login site; %%PASS%% }}
        proxy_pass_request_body off;  # nginx drops it, but not its length
        proxy_set_header Content-Length "";
    """, **{"pass": f"proxy_pass http://127.0.0.1:{upstream.port};"})


def assert_clean(request):
    assert "admin" not in str(request) and "ops" not in str(request)
    assert "secret" not in str(request)
    assert request.header("Cookie") == "a=b"


@pytest.mark.parametrize("end", ENDS)
def test_error_page(nginx, sqlite_store, upstream, end):
    server = start(nginx, sqlite_store, upstream, end)
    passed = []
    for name, headers in MALFORMED.items():
        server.client().raw(b"GET /closed/ HTTP/1.1\r\nHost: x\r\n" + headers
                            + b"\r\n0\r\n\r\n")
        if upstream.requests:
            assert_clean(upstream.requests.pop())
            passed.append(name)
    assert passed == list(MALFORMED)


@pytest.mark.parametrize("end", ["named location", "URI"])
def test_body_too_large(nginx, sqlite_store, upstream, end):
    server = start(nginx, sqlite_store, upstream, end)
    server.client().raw(b"POST /closed/ HTTP/1.1\r\nHost: x\r\n" + FORGED
                        + b"Content-Length: 99999999\r\n\r\n", "POST")
    assert_clean(upstream.last)


@pytest.mark.parametrize("end", ["named location", "URI"])
def test_plain_http_to_a_tls_port(nginx, sqlite_store, upstream, tls_files,
                                  end):
    server = start(nginx, sqlite_store, upstream, end,
                   "listen 127.0.0.1:%%PORT1%% ssl; ssl_certificate "
                   f"{tls_files['cert']}; ssl_certificate_key "
                   f"{tls_files['key']};")
    server.client("PORT1").raw(b"GET /closed/ HTTP/1.1\r\nHost: x\r\n" + FORGED
                               + b"\r\n")
    assert_clean(upstream.last)


@pytest.mark.parametrize("end", ["named location", "URI"])
def test_http2(nginx, sqlite_store, upstream, end):
    server = start(nginx, sqlite_store, upstream, end,
                   "listen 127.0.0.1:%%PORT1%% http2;")
    with Http2Client(server.ports["PORT1"]) as client:
        client.request("GET", "/closed/", headers={
            "remote-user": "admin", "remote_groups": "ops",
            "cookie": "a=b; ngx_auth=secret", "content-length": "x"})
    assert_clean(upstream.last)


def test_protected_error_page_is_kept(nginx, sqlite_store, upstream):
    """A malformed request is no way in either."""
    server = nginx(SITE, store=sqlite_store.uri, realm="", server="""
        error_page 400 494 /app;
        location = /app {
            auth_login site;
            proxy_pass http://127.0.0.1:%%APP%%;
        }
    """, app=upstream.port)
    for headers in MALFORMED.values():
        server.client().raw(b"GET / HTTP/1.1\r\nHost: x\r\n" + headers
                            + b"\r\n")
    assert upstream.requests == []
