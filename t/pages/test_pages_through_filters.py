"""Pages of ours go through nginx's filters as other pages do, and are told to
be in UTF-8, once, whatever charset a server has for its own."""

import gzip

import pytest

from harness import other_modules
from harness.accounts import SITE

REQUEST = {"Accept-Encoding": "gzip"}


def server_with(nginx, store, directives, more=""):
    return nginx(more + SITE, store=store.uri, realm="", server=directives)


@pytest.mark.parametrize("path, status", [("/login", 200), ("/", 200),
                                          ("/register", 200)])
def test_gzip(nginx, sqlite_store, path, status):
    server = server_with(nginx, sqlite_store, "gzip on; charset utf-8;")
    plain = server.client().get(path)
    assert plain.header("Content-Encoding") is None
    packed = server.client().get(path, headers=REQUEST)
    assert packed.status == status
    assert packed.all("Content-Type") == ["text/html; charset=utf-8"]
    assert packed.header("Content-Encoding") == "gzip"
    assert gzip.decompress(packed.body) == plain.body
    assert packed.header("Content-Security-Policy") == \
        plain.header("Content-Security-Policy")


def test_brotli(nginx, sqlite_store, request):
    program = request.config.getoption("--nginx")
    server = nginx(SITE, store=sqlite_store.uri, realm="", server="brotli on;",
                   **other_modules.options(program,
                                           "ngx_http_brotli_filter_module"))
    response = server.client().get("/login", headers={"Accept-Encoding": "br"})
    assert response.header("Content-Encoding") == "br"
    assert response.all("Content-Type") == ["text/html; charset=utf-8"]


def test_refusal_is_compressed_where_nginx_does(nginx, sqlite_store):
    server = server_with(nginx, sqlite_store, "gzip on;")
    response = server.client().post("/login", {}, headers={
        **REQUEST, "Origin": "https://evil.example"})
    assert response.status == 403
    assert response.header("Content-Encoding") == "gzip"
    assert b"origin" in gzip.decompress(response.body)


def test_sub_filter(nginx, sqlite_store):
    server = server_with(nginx, sqlite_store, """
        sub_filter '</body>' '<p>imprint</p></body>';
    """)
    response = server.client().get("/login")
    assert "<p>imprint</p></body>" in response.text
    assert response.all("Content-Type") == ["text/html; charset=utf-8"]


@pytest.mark.parametrize("directives", [
    "", "charset off;", "charset utf-8;", "charset koi8-r;",
    "charset windows-1251; charset_types text/html text/plain;",
    "charset koi8-r; source_charset koi8-r;",
    "default_type application/octet-stream;", "types { }"])
def test_charset(nginx, sqlite_store, directives):
    server = server_with(nginx, sqlite_store, directives)
    client = server.client()
    for response in (client.get("/login"), client.head("/login"),
                     client.post("/login", {"username": "\u00e4"}),
                     client.request("PUT", "/login")):
        assert response.all("Content-Type") == ["text/html; charset=utf-8"]
    shown = client.post("/login", {"username": "\u00e4\u4e2d"})
    assert shown.page.field("username") == "\u00e4\u4e2d"


def test_redirects_have_no_type(nginx, sqlite_store):
    server = server_with(nginx, sqlite_store, "charset utf-8; gzip on;")
    response = server.client().get("/dashboard", headers=REQUEST)
    assert response.status == 302
    assert response.header("Content-Type") is None
    assert response.header("Content-Encoding") is None
