"""A way back of up to 4 KiB is kept over the login; of a longer one the login
page says that it is lost."""

import pytest

from harness.accounts import PASSWORD, SITE, register

LOST = "too long to be kept"


@pytest.fixture
def server(nginx, sqlite_store):
    return nginx(SITE, store=sqlite_store.uri, realm="", server="""
        large_client_header_buffers 4 32k;
        location /p/ { auth_login on; root %%DIR%%; }
    """)


def path_of(length, kind):
    """An address of so many bytes, as applications make them."""
    start = "/p/x?"
    piece = {"plain": "a", "saml": "SAMLRequest=fZJNT8Mw%2BQDIb%2F&",
             "kibana": "_g=(filters:!(),query:(a:'b*'))"}[kind]
    text = start + piece * length
    cut = text[:length]
    return cut if cut[-2:].find("%") < 0 else cut[:-2] + "aa"


@pytest.mark.parametrize("length, kind", [
    (2049, "plain"), (4096, "plain"), (4096, "saml"), (3000, "kibana")])
def test_it_is_kept(server, length, kind):
    asked = path_of(length, kind)
    assert len(asked) == length
    browser = server.browser()
    register(browser, "alice")
    answer = browser.get(asked)
    # whatever comes next has nginx's usual buffers
    assert len(answer.location) < 8000
    form = browser.follow(answer)
    assert LOST not in form.page.text
    assert form.page.field("next") == asked
    longest = {"username": "a" * 64, "password": "\U0001f511" * 128,
               "next": asked}
    assert browser.post("/login", longest).status == 401  # and no 413
    answer = browser.post("/login", {"username": "alice", "password": PASSWORD,
                                     "next": asked})
    assert answer.location == asked


@pytest.mark.parametrize("length, kind", [
    (4097, "plain"), (8000, "plain"), (4096, "kibana")])
def test_it_is_lost(server, length, kind):
    asked = path_of(length, kind)
    browser = server.browser()
    register(browser, "alice")
    browser.get("/login")  # the message of the registration has been seen
    answer = browser.get(asked)
    assert answer.location == "/login?lost=1"
    page = browser.follow(answer).page
    assert LOST in page.text
    assert "next" not in page.forms[0]["fields"]
    answer = browser.post("/login", {"username": "alice",
                                     "password": PASSWORD})
    assert answer.location == "/dashboard"


def test_form_on_a_page_with_a_long_address(server):
    origin = f"http://127.0.0.1:{server.port}"
    for length, expected in ((4000, "/login?next="), (4097, "/login?lost=1")):
        answer = server.client().request("POST", "/p/x", headers={
            "Sec-Fetch-Mode": "navigate",
            "Referer": origin + path_of(length, "plain")})
        assert answer.location.startswith(expected)


def test_page_of_text_browsers(server):
    lynx = {"Accept": "text/html"}
    page = server.client().get(path_of(5000, "plain"), headers=lynx).page
    assert "/login?lost=1" in page.links


def test_link_of_an_application(server):
    """To the login page, with a way back that is too long."""
    path = "/login?next=" + path_of(5000, "plain").replace("?", "%3F")
    assert LOST in server.browser().get(path).page.text
    for path in ("/login", "/login?next=//evil.example", "/login?lost=0",
                 "/login?next=/p/x"):
        assert LOST not in server.browser().get(path).page.text


def test_somebody_who_is_logged_in(server):
    browser = server.browser()
    register(browser, "alice")
    browser.post("/login", {"username": "alice", "password": PASSWORD})
    assert browser.get("/login?lost=1").location == "/dashboard"
