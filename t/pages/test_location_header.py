"""A Location of ours is a URL as RFC 3986 has it, whatever has led to it."""

import re
from urllib.parse import quote

import pytest

from harness.accounts import PASSWORD, SITE, logged_in, register
from harness.documents import put

URL = re.compile(r"(?:[A-Za-z0-9._~!$&'()*+,;=:@/?#\[\]-]|%[0-9A-Fa-f]{2})+")

# (next as typed into the address, Location)
NEXTS = [
    ("/a%20b", "/a%20b"),
    ("/a%2520b", "/a%20b"),            # as a redirect to the login has it
    ("/a%252520b", "/a%2520b"),        # an escaped escape stays one
    ("/a+b", "/a%20b"),
    ("/a%2Bb", "/a+b"),
    ("/caf%C3%A9", "/caf%C3%A9"),
    ("/caf\u00e9", "/caf%C3%A9"),
    ("/%E4%B8%AD?q=%E4%B8%AD#%E4%B8%AD", "/%E4%B8%AD?q=%E4%B8%AD"),
    ("/%E4%B8%AD%3Fq=%E4%B8%AD%23x", "/%E4%B8%AD?q=%E4%B8%AD#x"),
    ("/100%25", "/100%25"),
    ("/%22%3C%3E%7B%7C%7D%5E%60", "/%22%3C%3E%7B%7C%7D%5E%60"),
    ("/a[]%3Db%26c%3Dd", "/a[]=b&c=d"),
]


@pytest.fixture
def server(site, sqlite_store):
    return site(sqlite_store)


@pytest.mark.parametrize("typed, location", NEXTS)
@pytest.mark.parametrize("path", ["/login", "/register"])
def test_form_for_somebody_who_is_logged_in(server, path, typed, location):
    if "#" in typed:
        typed = typed.partition("#")[0].replace("?", "%3F")
    response = logged_in(server).get(f"{path}?next={typed}")
    assert (response.status, response.location) == (303, location)


@pytest.mark.parametrize("typed, location", NEXTS)
def test_login(server, typed, location):
    """The form has the field as the address had it."""
    register(server.client(), "alice")
    if "#" in typed:
        typed = typed.partition("#")[0].replace("?", "%3F")
    page = server.client().get(f"/login?next={typed}").page
    response = server.client().post("/login", {
        "username": "alice", "password": PASSWORD,
        "next": page.field("next")})
    assert (response.status, response.location) == (303, location)


@pytest.mark.once
def test_every_character(server):
    """None breaks out of the header, and nothing is encoded twice."""
    register(server.client(), "alice")
    for code in [*range(0x20, 0x180), 0x2028, 0xfeff, 0x1f600]:
        wanted = "/x" + chr(code) + "y"
        response = server.client().post("/login", {
            "username": "alice", "password": PASSWORD, "next": wanted})
        assert response.status == 303
        assert URL.fullmatch(response.location), (code, response.location)
        if response.location != "/dashboard":
            assert quote(wanted, "/%?#[]!$&'()*+,;=:@~").replace("%%", "%25%") \
                == response.location.replace("%25y", "%y"), code


def test_header_cannot_be_broken(server):
    alice = logged_in(server)
    for code in [*range(0x20), 0x7f]:
        response = alice.get(f"/login?next=/x%{code:02x}Set-Cookie:%20a=b")
        assert response.location == "/dashboard" or response.status == 200
        assert response.all("Set-Cookie") == []


def test_addresses_of_pages(nginx, sqlite_store):
    """A location's name is a path without escapes, an address in a directive
    may have them."""
    server = nginx(SITE.replace("= /login ", '= "/log in/\u00e4%" ')
                   .replace("= /dashboard ", '= "/my place" '),
                   store=sqlite_store.uri,
                   realm="logout_url /by%20e/\u00e9;", server="""
        location = "/by e/\u00e9" { auth_page logout; }
        location /private/ { auth_login on; root %%DIR%%/www; }
    """)
    put(server, "www/private/x", "secret")
    login = "/log%20in/%C3%A4%25"
    browser = server.browser()
    register(browser, "alice")
    sent = browser.get("/private/x")
    assert (sent.status, sent.location) == (302, login + "?next=/private/x")
    form = browser.follow(sent)
    assert form.status == 200
    assert form.page.field("next") == "/private/x"
    wrong = browser.post(login, {"username": "alice", "password": "x"})
    assert f'form-action="{login}"' in wrong.header("WWW-Authenticate")
    right = browser.post(login, {"username": "alice", "password": PASSWORD})
    assert (right.status, right.location) == (303, "/my%20place")
    assert browser.follow(right).status == 200
    leave = "/by%20e/%C3%A9"
    assert browser.get("/").page.form_to(leave)
    assert browser.post(leave).status == 303
    # not to the login again
    assert browser.post(login, {
        "username": "alice", "password": PASSWORD,
        "next": "/log in/\u00e4%"}).location == "/my%20place"
