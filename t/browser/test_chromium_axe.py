"""axe-core has nothing to object to, whatever page is shown: on a phone and on a
large screen, in the light and in the dark."""

import pytest

from harness import axe
from harness.accounts import LIMITED, PASSWORD, login
from harness.sites import join, register, send, two_sites
from harness.stores import MongoStore

pytestmark = pytest.mark.once

ANOTHER = "yet another battery staple"
LOOKS = [(width, scheme) for width in (320, 1280)
         for scheme in ("light", "dark")]
PRIVATE = "location /private/ { auth_login on; root %%DIR%%; }"
OTHERS = "li:not(:has(.present))"
STAFF = "location /staff/ { auth_login on roles=staff; root %%DIR%%; }"


class Examined:
    """A tab whose pages are examined one by one."""

    def __init__(self, tab):
        self.tab = tab
        self.seen = []

    def look(self, state, expected):
        """Examines the page, which has the text `expected`."""
        assert expected in self.tab.text, (state, self.tab.text)
        axe.put_into(self.tab)
        for width, scheme in LOOKS:
            self.tab.send("Emulation.setDeviceMetricsOverride", width=width,
                          height=800, deviceScaleFactor=1, mobile=False)
            self.tab.send("Emulation.setEmulatedMedia", features=[
                {"name": "prefers-color-scheme", "value": scheme},
                # a colour on its way to another is neither
                {"name": "prefers-reduced-motion", "value": "reduce"}])
            found = axe.findings(self.tab)
            assert found == [], (state, width, scheme, axe.readable(found))
        self.seen.append(state)


@pytest.fixture
def examined(tab):
    return Examined(tab)


def test_axe_finds_what_is_wrong(tab, nginx, sqlite_store):
    """So what the others say means something."""
    server = two_sites(nginx, sqlite_store)
    tab.visit(server.origin + "/login")
    tab.evaluate("""
        document.querySelector('label').remove();
        document.querySelector('h1').style.color = '#bbb';
        document.documentElement.removeAttribute('lang');
    """)
    axe.put_into(tab)
    assert {rule for rule, *_ in axe.findings(tab)} >= {
        "label", "color-contrast", "html-has-lang"}


def test_pages_of_nobody(examined, nginx, sqlite_store):
    tab = examined.tab
    server = two_sites(nginx, sqlite_store, server=PRIVATE,
                       realm="session_remember 30d;")
    tab.visit(server.origin + "/")
    examined.look("home", "You are not logged in.")
    tab.visit(server.origin + "/login")
    examined.look("login", "Stay logged in")
    send(tab, username="alice", password="wrong")
    examined.look("login, refused", "Invalid username or password")
    tab.visit(server.origin + "/register")
    examined.look("register", "Create an account")
    send(tab, username="a", password="1")
    examined.look("register, two errors", "haracters")
    register(tab, server.origin)
    examined.look("login with a message", "Registration successful")
    tab.visit(server.origin + "/register")
    send(tab, username="alice", password=PASSWORD)
    examined.look("register, name taken", "already exists")

    tab.send("Emulation.setDocumentCookieDisabled", disabled=True)
    tab.visit(server.origin + "/login")
    examined.look("login without cookies", "blocks cookies")
    tab.send("Emulation.setDocumentCookieDisabled", disabled=False)

    # for browsers that are not led to the login page
    answer = server.client().get("/private/x", headers={"Accept": "text/html"})
    assert answer.status == 401
    tab.visit(server.origin + "/favicon.ico/none")
    show(tab, answer)
    examined.look("please log in", "Please log in")


def show(tab, answer):
    """Puts an answer that a browser does not get by itself into the tab."""
    [frame] = [tab.send("Page.getFrameTree")["frameTree"]["frame"]["id"]]
    tab.send("Page.setDocumentContent", frameId=frame, html=answer.text)


def test_pages_of_somebody(examined, nginx, sqlite_store):
    tab = examined.tab
    server = two_sites(nginx, sqlite_store, server=STAFF)
    join(tab, server.origin)
    examined.look("dashboard", "Welcome, alice")
    tab.visit(server.origin + "/")
    examined.look("home of somebody", "You are logged in as alice.")
    tab.visit(server.origin + "/account")
    examined.look("account", "This session")
    for _ in range(3):
        login(server.browser(), "alice")
    tab.visit(server.origin + "/account")
    examined.look("account, many sessions", "Mozilla")
    send(tab, current_password="wrong", new_password=ANOTHER)
    examined.look("account, current password wrong", "not your current password")
    send(tab, current_password=PASSWORD, new_password="qwerty123")
    examined.look("account, new password weak", "too easy to guess")
    tab.visit(server.origin + "/account")
    tab.evaluate(f"document.querySelector('{OTHERS} [name=end_session]')"
                 ".value = '0123456789ab'")
    tab.follow(f"{OTHERS} button")
    examined.look("account, no such session", "no such session")
    tab.visit(server.origin + "/account")
    tab.follow(f"{OTHERS} button")
    examined.look("account, a session ended", "session has been ended")
    send(tab, current_password=PASSWORD, new_password=ANOTHER)
    examined.look("account, password changed", "password has been changed")

    tab.visit(server.other + "/there")
    tab.evaluate("document.body.innerHTML = '<a href=\"%s/logout\">x</a>'"
                 % server.origin)
    tab.follow("a")
    examined.look("log out?", "Log out?")


def test_refusals(examined, nginx, sqlite_store):
    tab = examined.tab
    server = two_sites(nginx, sqlite_store, server=STAFF, site=LIMITED,
                       limits="login_limit user=1;"
                              "registration_limit address=1;")
    join(tab, server.origin)
    tab.visit(server.origin + "/staff/")
    examined.look("403", "Not for this account")
    tab.visit(server.origin + "/account")
    tab.after(lambda: tab.evaluate(
        "const form = document.querySelector('main form');"
        "form.enctype = 'multipart/form-data'; form.submit()"))
    examined.look("415", "415")
    tab.follow("nav button")
    for page, state in (("/login", "login, 429"),
                        ("/register", "register, 429")):
        for _ in range(2):
            tab.visit(server.origin + page)
            send(tab, username="bob", password=PASSWORD)
        examined.look(state, "Too many attempts")


def test_store_is_away(examined, nginx, own_mongo_server):
    tab = examined.tab
    server = two_sites(nginx, MongoStore(own_mongo_server, patience=5))
    own_mongo_server.stop()
    for page, state in (("/login", "login, 503"),
                        ("/register", "register, 503")):
        tab.visit(server.origin + page)
        send(tab, username="bob", password=PASSWORD)
        assert tab.answers[-1][0] == 503
        examined.look(state, "right now")
