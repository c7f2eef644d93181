"""Forms are accepted by where they come from, without tokens."""

import re

import pytest

from harness.accounts import PASSWORD, is_logged_in, logged_in

NONE = None
OTHER = "https://evil.example"


@pytest.fixture
def server(site, sqlite_store):
    return site(sqlite_store, realm="origin https://trusted.example;")


def post(server, path="/login", host=None, **evidence):
    """POSTs with just these of the three headers; {own} is our origin."""
    host = host or f"127.0.0.1:{server.port}"
    headers = {"Host": host}
    for name, value in evidence.items():
        if value is not None:
            headers[name.replace("_", "-")] = value.format(
                own=f"http://127.0.0.1:{server.port}",
                port=server.port)
    return server.client().post(
        path, {"username": "nobody-there", "password": PASSWORD},
        headers=headers)


@pytest.mark.parametrize("fetch_site, origin, referer, accepted", [
    # Sec-Fetch-Site alone decides where it is present
    ("same-origin", NONE, NONE, True),
    ("same-origin", OTHER, OTHER, True),
    ("none", NONE, NONE, True),
    ("none", OTHER, NONE, True),
    ("same-site", NONE, NONE, False),
    ("same-site", "{own}", "{own}/login", False),
    ("cross-site", NONE, NONE, False),
    ("cross-site", "{own}", NONE, False),
    ("", NONE, NONE, False),
    ("Same-Origin", NONE, NONE, False),
    ("same-origin, cross-site", NONE, NONE, False),
    ("other", "{own}", NONE, False),
    # without it Origin does
    (NONE, "{own}", NONE, True),
    (NONE, "{own}", OTHER, True),
    (NONE, OTHER, NONE, False),
    (NONE, OTHER, "{own}/login", False),
    (NONE, "null", NONE, False),
    (NONE, "", NONE, False),
    (NONE, "http://127.0.0.1", NONE, False),
    (NONE, "http://127.0.0.1:1", NONE, False),
    (NONE, "http://localhost:{port}", NONE, False),
    (NONE, "{own}.evil.example", NONE, False),
    (NONE, "{own}@evil.example", NONE, False),
    (NONE, "{own}/", NONE, False),
    # a configured one
    (NONE, "https://trusted.example", NONE, True),
    (NONE, "https://trusted.example:443", NONE, True),
    (NONE, "http://trusted.example", NONE, False),
    (NONE, "https://trusted.example:8443", NONE, False),
    (NONE, "https://sub.trusted.example", NONE, False),
    # without both a Referer does
    (NONE, NONE, "{own}/login?x=y", True),
    (NONE, NONE, "{own}", True),
    (NONE, NONE, "https://trusted.example/page", True),
    (NONE, NONE, OTHER + "/", False),
    (NONE, NONE, "{own}.evil.example/", False),
    (NONE, NONE, "", True),  # blanked by a proxy: as none
    (NONE, NONE, "not an url", False),
    # with none of the three: no browser
    (NONE, NONE, NONE, True),
])
def test_where_a_form_comes_from(server, fetch_site, origin, referer,
                                 accepted):
    response = post(server, Sec_Fetch_Site=fetch_site, Origin=origin,
                    Referer=referer)
    assert response.status == (401 if accepted else 403)


def test_configured_origin_and_a_browser_that_says_cross_site(server):
    """Go's rule, and what the directive is for: a browser says cross-site."""
    response = post(server, Sec_Fetch_Site="cross-site",
                    Origin="https://trusted.example")
    assert response.status == 401


def test_repeated_headers_are_refused(server):
    own = f"http://127.0.0.1:{server.port}"
    for headers in (
            [("Origin", own), ("Origin", OTHER)],
            [("Origin", OTHER), ("Origin", own)],
            [("Sec-Fetch-Site", "same-origin"),
             ("Sec-Fetch-Site", "cross-site")]):
        response = server.client().post(
            "/login", {"username": "a", "password": "b"}, headers=headers)
        assert response.status == 403, headers


@pytest.mark.parametrize("host, origin, accepted", [
    ("www.example.com", "http://www.example.com", True),
    ("WWW.Example.com", "http://www.example.com", True),
    ("www.example.com:80", "http://www.example.com", True),
    ("www.example.com", "http://www.example.com:80", True),
    ("www.example.com:8080", "http://www.example.com:8080", True),
    ("www.example.com:8080", "http://www.example.com", False),
    ("www.example.com", "http://www.example.com:8080", False),
    ("www.example.com", "http://example.com", False),
    ("[::1]:8080", "http://[::1]:8080", True),
])
def test_origin_names_the_host_of_the_request(server, host, origin, accepted):
    response = post(server, host=host, Origin=origin)
    assert response.status == (401 if accepted else 403)


def test_tls_terminated_elsewhere(server):
    """Behind a proxy that speaks TLS the scheme is not ours to see: with
    Sec-Fetch-Site nothing has to be configured."""
    response = post(server, host="www.example.com",
                    Sec_Fetch_Site="same-origin",
                    Origin="https://www.example.com")
    assert response.status == 401


@pytest.mark.parametrize("path", ["/register", "/login", "/logout"])
def test_every_form_is_guarded(server, sqlite_store, path):
    alice = logged_in(server)
    response = alice.post(path, {"username": "mallory", "password": PASSWORD},
                          headers={"Sec-Fetch-Site": "cross-site"})
    assert response.status == 403
    assert is_logged_in(alice)
    assert [d["username"] for d in sqlite_store.documents()] == ["alice"]


def test_refusal_names_the_directive(server):
    response = post(server, Origin=OTHER)
    assert response.status == 403
    assert "origin" in response.page.text
    line = server.wait_for_log(r".*evil\.example.*").group()
    assert re.search(r"\borigin\b", line)


# A site whose cookies are Secure, opened by http.

@pytest.mark.parametrize("host, evidence", [
    ("nas:8080", {"Origin": "http://nas:8080"}),
    ("nas:8080", {"Referer": "http://nas:8080/login"}),
    ("nas:8080", {"Referer": "http://NAS:8080/login", "Origin": None}),
    ("nas", {"Origin": "http://nas"}),
    ("nas:8443", {"Origin": "http://nas"}),
    ("nas", {"Origin": "http://nas:8080", "Sec_Fetch_Site": "cross-site"}),
    ("nas:8080", {"Origin": "http://nas:8080",
                  "Sec_Fetch_Site": "same-site"}),
    # naming it in "origin" would only lead to a login that is not kept
    ("named:8080", {"Origin": "http://named:8080"}),
])
def test_site_that_needs_https(site, sqlite_store, host, evidence):
    server = site(sqlite_store,
                  realm="cookie_secure on; origin http://named:8080;")
    response = post(server, host=host, **evidence)
    assert response.status == 403
    assert "needs https" in response.page.text
    assert "origin" not in response.page.text
    line = server.wait_for_log(r".*form refused.*").group()
    assert "needs https" in line
    assert "directive" not in line


@pytest.mark.parametrize("host, evidence, status", [
    ("nas", {"Origin": "https://nas"}, 401),
    ("nas:8080", {"Origin": "https://nas:8080"}, 401),
    ("nas", {"Referer": "https://nas/login"}, 401),
    # a browser that takes http://localhost for secure
    ("localhost:80", {"Origin": "http://localhost:80",
                      "Sec_Fetch_Site": "same-origin"}, 401),
    # another port by http, which was named: that page may post to https
    ("named:8443", {"Origin": "http://named:8080"}, 401),
    ("nas", {"Origin": "http://evil.example"}, 403),
    ("nas", {"Origin": "http://nas.evil.example"}, 403),
    ("nas", {"Origin": "null"}, 403),
])
def test_other_forms_of_such_a_site(site, sqlite_store, host, evidence,
                                    status):
    server = site(sqlite_store,
                  realm="cookie_secure on; origin http://named:8080;")
    response = post(server, host=host, **evidence)
    assert response.status == status
    assert "needs https" not in response.page.text


def test_refused_before_the_body_is_read(server):
    head = ("POST /login HTTP/1.1\r\nHost: x\r\n"
            "Sec-Fetch-Site: cross-site\r\n"
            "Content-Type: application/x-www-form-urlencoded\r\n"
            "Content-Length: 100\r\n\r\n")
    response = server.client().raw(head.encode())  # and no body
    assert response.status == 403


def test_log_line_cannot_be_forged(server):
    post(server, Origin="http://x\x1b[31m\x7f")
    assert "\x1b" not in server.error_log
