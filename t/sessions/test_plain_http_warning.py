"""A warning at start where cookies would go over the network in the clear."""

import re

import pytest

SITE = """
    auth_realm site { store mongodb://127.0.0.1:1/test; login_url /login; %%REALM%% }
    auth_realm other { store mongodb://127.0.0.1:1/test; cookie_name other; login_url /in; %%REALM%% }
    ssl_certificate %%CERT%%;
    ssl_certificate_key %%KEY%%;
    server {
        listen %%LISTEN%%;
        location /site/ { auth_login site; }
        location /other/ { auth_login other; }
    }
    server { # nobody logs in here
        listen 0.0.0.0:%%PORT1%%;
    }
"""


@pytest.mark.parametrize("listen, realm, warned", [
    ("%%PORT%%", "", "0.0.0.0"),
    ("192.0.2.1:%%PORT%%", "", "192.0.2.1"),
    ("[::]:%%PORT%%", "", "[::]"),
    ("%%PORT2%% ssl; listen %%PORT%%", "", "0.0.0.0"),
    ("%%PORT%%", "cookie_secure auto;", "0.0.0.0"),
    ("%%PORT%%", "cookie_secure on;", None),
    ("%%PORT%%", "cookie_secure off;", None),
    ("%%PORT%% ssl", "", None),
    ("127.0.0.1:%%PORT%%", "", None),
    ("127.9.9.9:%%PORT%%", "", None),
    ("[::1]:%%PORT%%", "", None),
    ("unix:%%DIR%%/socket", "", None),
])
def test_plain_http_warning(nginx, tls_files, listen, realm, warned):
    server = nginx.prepare(SITE, listen=listen, realm=realm, **tls_files)
    server.allow(r"\[emerg\] .*bind\(\)")  # 192.0.2.1 is nobody's
    _, output = server.test()
    found = [line for line in output.splitlines()
             if "[warn]" in line and "have no address" not in line]
    if warned is None:
        assert not found
        return
    assert len(found) == 2, output  # one a realm
    address = re.escape(f"{warned}:{server.port}")
    line = server.configuration.count(
        "\n", 0, server.configuration.index("server {")) + 1
    for name, text in zip(("site", "other"), found):
        assert re.search(
            rf'auth: realm "{name}": on the listener {address} .*"ssl".*'
            rf'"cookie_secure on;".*nginx\.conf:{line}\b', text), text


@pytest.mark.parametrize("realm, warned", [
    ("cookie_secure off;", True), ("cookie_secure on;", False), ("", False),
])
def test_insecure_cookies_over_tls(nginx, tls_files, realm, warned):
    server = nginx.prepare(SITE, listen="127.0.0.1:%%PORT%% ssl", realm=realm,
                           **tls_files)
    _, output = server.test()
    found = [line for line in output.splitlines()
             if '"cookie_secure off;"' in line and "[warn]" in line]
    assert len(found) == (2 if warned else 0), output  # one a realm
    assert all(f"127.0.0.1:{server.port}" in line for line in found)
