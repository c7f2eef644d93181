"""A page works in the blocks that its location may have: limit_except, if."""

import pytest

from harness.accounts import PASSWORD, SITE, is_logged_in, login, register

BLOCKS = {
    "limit_except, allowed": "limit_except GET { allow 127.0.0.1; deny all; }",
    "limit_except, for others": "limit_except POST { deny all; }",
    "if": "if ($request_method = POST) { set $posted yes; }",
    "if, with a header": "if ($request_method = POST) { add_header X-A b; }",
    "both": """
        if ($http_host) { set $host_said yes; }
        limit_except GET { allow all; }
    """,
}


@pytest.fixture(params=BLOCKS)
def server(nginx, sqlite_store, request):
    block = BLOCKS[request.param]
    http = SITE
    for page in ("register", "login", "logout"):
        page = f"auth_page {page};"
        http = http.replace(page, page + block)
    # a name that is typed long fits into no buffer but the pages' own
    return nginx(http, store=sqlite_store.uri, realm="",
                 server="client_body_buffer_size 16;")


def test_every_form(server):
    browser = server.browser()
    register(browser, "alice")
    wrong = browser.post("/login", {"username": "alice", "password": "x"})
    assert wrong.status == 401
    assert wrong.page.form_to("/login")
    assert wrong.header("Cache-Control") == "no-store"
    login(browser, "alice")
    assert is_logged_in(browser)
    large = browser.post("/login", {"username": "alice", "password": "x" * 9000})
    assert large.status == 413
    assert browser.post("/logout").status == 303
    assert not is_logged_in(browser)
    assert "temporary file" not in server.error_log


def test_limit_except_still_denies(nginx, sqlite_store):
    server = nginx(SITE.replace("auth_page login;", "auth_page login;"
                                "limit_except GET { deny all; }"),
                   store=sqlite_store.uri, realm="", server="")
    client = server.client()
    assert client.get("/login").status == 200
    assert client.post("/login", {"username": "alice",
                                  "password": PASSWORD}).status == 403


def test_another_handler_in_a_block_is_a_mistake(nginx, sqlite_store):
    server = nginx.prepare(SITE.replace(
        "auth_page login;",
        "auth_page login; limit_except GET { proxy_pass http://127.0.0.1; }"),
        store=sqlite_store.uri, realm="", server="")
    status, output = server.test()
    server.allow(r"\[emerg\]")
    assert status != 0
    assert "auth_page" in output and "another directive" in output
