"""The account page lists one's own sessions, and ends each by a button."""

import re

import pytest

from harness.accounts import (PASSWORD, SITE, is_logged_in, logged_in,
                              register)
from harness.kept_sessions import KEPT, OPTIONS
from harness.nginx_server import eventually

ACCOUNT = "location = /account { auth_page account; }"
NO_SUCH = "You have no such session"


@pytest.fixture
def node(nginx, store):
    def start(realm=None, **options):
        on = KEPT[store.kind] if realm is None else realm
        return nginx(SITE, store=store.uri,
                     realm=f"session_check 1h; {on}", server=ACCOUNT,
                     **OPTIONS, **options)

    return start


def log_in(server, agent, name="alice"):
    browser = server.browser()
    assert browser.post("/login", {"username": name, "password": PASSWORD},
                        headers={"User-Agent": agent}).status == 303
    return browser


def rows_of(browser):
    """The sessions on the page: id, browser, whether it is this one."""
    response = browser.get("/account")
    assert response.status == 200, response
    rows = re.findall(r"<li>(.*?)</li>", response.text, re.DOTALL)
    return [(re.search(r'name="end_session" value="([0-9a-f]{12})"', row)[1],
             re.search(r'class="browser"[^>]*>(.*?) from 127\.0\.0\.1<', row)[1],
             "This session" in row) for row in rows]


def test_list(node):
    server = node()
    register(server.browser(), "alice")
    first = log_in(server, "First/1.0")
    second = log_in(server, "<b>Second & \"last\"</b>")
    logged_in(server, "bob")
    escaped = "&lt;b&gt;Second &amp; &quot;last&quot;&lt;/b&gt;"
    ids = [row[0] for row in rows_of(first)]
    assert rows_of(first) == [(ids[0], escaped, False),
                              (ids[1], "First/1.0", True)]
    assert rows_of(second) == [(ids[0], escaped, True),
                               (ids[1], "First/1.0", False)]
    times = re.findall(r'<time datetime="(\S+)">(.*?)</time>',
                       first.get("/account").text)
    assert len(times) == 4
    for exact, shown in times:
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", exact)
        assert shown == f"{exact[:10]} {exact[11:16]} UTC"


def test_head_has_the_same_length(node):
    alice = logged_in(node())
    alice.get("/account")  # which shows the message of the registration
    page, head = alice.get("/account"), alice.request("HEAD", "/account")
    assert head.status == 200 and head.body == b""
    assert head.header("Content-Length") == page.header("Content-Length")


def test_another_session_is_ended(node):
    """On another nginx, too."""
    server, other = node(), node()
    alice = logged_in(server)
    thief = log_in(other, "Thief/1.0")
    assert is_logged_in(thief)
    [(session, _, _)] = [row for row in rows_of(alice) if not row[2]]
    answer = alice.post("/account", {"end_session": session})
    assert (answer.status, answer.location) == (303, "/account")
    assert "The session has been ended." in alice.get("/account").text
    eventually(lambda: not is_logged_in(thief), "the session goes on")
    assert len(rows_of(alice)) == 1

    again = alice.post("/account", {"end_session": session})
    assert again.status == 404 and NO_SUCH in again.text
    assert "This session" in again.text and is_logged_in(alice)


def test_the_present_session_is_ended(node):
    server = node()
    alice = logged_in(server)
    [(session, _, _)] = rows_of(alice)
    kept = dict(alice.jar)
    answer = alice.post("/account", {"end_session": session})
    assert (answer.status, answer.location) == (303, "/login")
    alice.jar = kept
    assert not is_logged_in(alice)


@pytest.mark.parametrize("kind", ["another's", "unknown", "empty", "long"])
def test_nothing_else_is_ended(node, kind):
    server = node()
    alice = logged_in(server)
    bob = logged_in(server, "bob")
    [(bobs, _, _)] = rows_of(bob)
    session = {"another's": bobs, "unknown": "0123456789ab", "empty": "",
               "long": bobs * 2}[kind]
    answer = alice.post("/account", {"end_session": session})
    assert answer.status == 404 and NO_SUCH in answer.text, answer
    assert is_logged_in(alice) and is_logged_in(bob)
    assert len(rows_of(bob)) == 1


def test_form_of_another_site(node):
    server = node()
    alice = logged_in(server)
    [(session, _, _)] = rows_of(alice)
    answer = alice.post("/account", {"end_session": session},
                        headers={"Sec-Fetch-Site": "cross-site"})
    assert answer.status == 403 and is_logged_in(alice)


def test_nobody_is_logged_in(node):
    visitor = node().browser()
    assert visitor.get("/account").location == "/login?next=/account"
    answer = visitor.post("/account", {"end_session": "0123456789ab"})
    assert answer.status == 303 and "/login" in answer.location


def test_no_list_without_sessions_in_the_store(node):
    server = node("session_store off;")
    alice = logged_in(server)
    page = alice.get("/account")
    assert page.status == 200 and "Your sessions" not in page.text
    answer = alice.post("/account", {"end_session": "0123456789ab"})
    assert answer.status == 404 and NO_SUCH in answer.text
    assert is_logged_in(alice)


def test_store_is_away(nginx, own_mongo_server):
    """The rest of the page is there."""
    server = nginx(SITE, store=own_mongo_server.uri("test"),
                   realm=f"session_check 1h; {KEPT['mongodb']}",
                   server=ACCOUNT, **OPTIONS)
    alice = logged_in(server)
    [(session, _, _)] = rows_of(alice)
    own_mongo_server.stop()
    page = alice.get("/account")
    assert page.status == 200
    assert "cannot be shown right now" in page.text
    assert "Change password" in page.text and "<li>" not in page.text
    answer = alice.post("/account", {"end_session": session})
    assert answer.status == 503
    assert is_logged_in(alice)
