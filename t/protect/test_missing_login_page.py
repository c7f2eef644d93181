"""A warning where a login is needed and no page of the server gives one, such
as where an include was forgotten."""

import pytest

REALM = "auth_realm site { store %%STORE%%; %%REALM%% }"
SERVER = "server { listen 127.0.0.1:%%PORT%%; server_name a; "


def told(nginx, store, http, realm=""):
    server = nginx.prepare(REALM + http, store=store.uri, realm=realm)
    status, output = server.test()
    assert status == 0, output
    line = server.configuration.count(
        "\n", 0, server.configuration.find("# <-")) + 1
    return [text for text in output.splitlines()
            if "[warn]" in text], f"nginx.conf:{line}"


@pytest.mark.parametrize("http", [
    "\n auth_login on; # <-\n location / { root /; }}",
    "location / {\n auth_login site; # <-\n root /; }}",
    "location / { limit_except GET {\n auth_login on; # <-\n } root /; }}",
    "location / {\n auth_login on users=a; # <-\n root /; }"
    " location = /logout { auth_page logout; }"
    " location = /register { auth_page register; }}",
    "location / {\n auth_login on unless=$open; # <-\n root /; }}"
    " map $uri $open { default 0; }",
    "location / { auth_login on optional; location /x/ {\n"
    " auth_login on; # <-\n root /; }}}",
])
def test_nobody_can_log_in(nginx, sqlite_store, http):
    [warning], place = told(nginx, sqlite_store, SERVER + http)
    assert place in warning
    for words in ('auth: nobody can log in to realm "site"',
                  "location = /login { auth_page site login; }",
                  "include auth_gate.conf;", '"login_url"'):
        assert words in warning


def test_inherited_from_http(nginx, sqlite_store):
    """Once for each server without the page."""
    warnings, place = told(nginx, sqlite_store, "\nauth_login on; # <-\n" + (
        SERVER + "location = /login { auth_page login; }}") + SERVER.replace(
            "PORT", "PORT1") + "}" + SERVER.replace("PORT", "PORT2")
        + "auth_login off; }")
    assert len(warnings) == 1
    assert place in warnings[0]


@pytest.mark.parametrize("http, realm", [
    ("auth_login on; location = /login { auth_page login; }}", ""),
    ("auth_login on; location /account/in { auth_page site login; }}", ""),
    ("auth_login on; location ~ ^/in$ { auth_page login; }}", ""),
    ("auth_login on; location /a { auth_page login; }"
     " location /b { auth_page login; }}", ""),
    ("auth_login on; location / { root /; }}", "login_url /elsewhere;"),
    ("auth_login on optional; location / { root /; }}", ""),
    ("auth_login off; location / { root /; }}", ""),
    ("location = /logout { auth_page logout; }}", ""),
    ("location / { root /; }}", ""),
])
def test_nothing_is_missing(nginx, sqlite_store, http, realm):
    warnings, _ = told(nginx, sqlite_store, SERVER + http, realm)
    assert warnings == []


def test_page_of_another_realm_is_none(nginx, sqlite_store):
    other = f"auth_realm other {{ store {sqlite_store.uri}2; cookie_name b; }}"
    warnings, place = told(nginx, sqlite_store, other + SERVER + """
        location = /login { auth_page other login; }
        location /other/ { auth_login other; }
        auth_login site; # <-
    }""")
    assert len(warnings) == 1
    assert place in warnings[0] and 'realm "site"' in warnings[0]
