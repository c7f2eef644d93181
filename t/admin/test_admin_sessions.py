"""ngx-auth-admin sessions and logout: what operators see of sessions that the
store keeps, and how they end them."""

import re
import time

import pytest

from harness.accounts import (SITE, is_logged_in, logged_in, login,
                              register)
from harness.admin_tool import (NO_SUCH_USER, UNAVAILABLE, USAGE, run)
from harness.kept_sessions import KEPT, OPTIONS
from harness.nginx_server import eventually
from harness.ports import free_port

TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")


@pytest.fixture
def server(nginx, store):
    """A site whose sessions are in the store; session_check does no work."""
    return nginx(SITE, store=store.uri,
                 realm=f"session_check 1h; {KEPT[store.kind]}",
                 server="", **OPTIONS)


def sessions_of(admin, name):
    return admin("sessions", name, "--json").json


def logged_in_again(server, agent, name="alice"):
    browser = server.browser()
    response = browser.post("/login", {
        "username": name, "password": "correct horse battery staple"},
        headers={"User-Agent": agent})
    assert response.status == 303, response
    return browser


def ends(browser):
    began = time.monotonic()
    eventually(lambda: not is_logged_in(browser), "the session goes on")
    print(f"ended after {time.monotonic() - began:.2f} s")


def test_sessions_are_listed(server, admin):
    register(server.browser(), "bob")
    assert sessions_of(admin, "bob") == []
    assert admin("sessions", "bob").out.split() == [
        "ID", "REALM", "SINCE", "LAST", "USED", "UNTIL", "ADDRESS", "BROWSER"]

    register(server.browser(), "alice")
    logged_in_again(server, "First/1.0")
    time.sleep(0.01)
    logged_in_again(server, "Second/1.0 (X11; Linux)")
    listed = sessions_of(admin, "ALICE")
    assert [each["browser"] for each in listed] == [
        "Second/1.0 (X11; Linux)", "First/1.0"]
    for each in listed:
        assert list(each) == ["id", "realm", "created_at", "last_used",
                              "until", "address", "browser"]
        assert re.fullmatch("[0-9a-f]{12}", each["id"])
        assert each["realm"] == "site" and each["address"] == "127.0.0.1"
        for when in ("created_at", "last_used", "until"):
            assert TIME.fullmatch(each[when]), each
        assert each["created_at"] <= each["last_used"] < each["until"]

    head, second, first = admin("sessions", "alice").out.splitlines()
    assert head.startswith("ID            REALM  SINCE")
    assert second.startswith(listed[0]["id"]) and "site" in second
    assert first.endswith("127.0.0.1  First/1.0")


def test_sessions_of_all_realms(nginx, store, admin):
    """The store is one; so is the list."""
    other = """
    auth_realm other {
        store %%STORE%%;
        cookie_name other;
        login_limit off;
        %%REALM%%
    }
    """
    server = nginx(other + SITE.replace("auth_page ", "auth_page site "),
                   store=store.uri, realm=KEPT[store.kind],
                   server="location = /other { auth_page other login; }",
                   **OPTIONS)
    alice = logged_in(server)
    login(alice, "alice", page="/other")
    assert sorted(each["realm"] for each in sessions_of(admin, "alice")) == [
        "other", "site"]


def test_terminal_is_not_controlled(server, admin):
    register(server.browser(), "alice")
    logged_in_again(server, "evil \x9b31m")
    assert r'"evil \xc2\x9b31m"' in admin("sessions", "alice").out
    assert [each["browser"] for each in sessions_of(admin, "alice")] == [
        "evil \x9b31m"]
    for answer in (admin("sessions", "alice"),
                   admin("sessions", "alice", "--json")):
        assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f]", answer.out), answer


def test_one_session_ends(server, admin):
    alice = logged_in(server)
    [first] = sessions_of(admin, "alice")
    other = logged_in_again(server, "Other/1.0")
    assert is_logged_in(alice) and is_logged_in(other)
    answer = admin("logout", "alice", first["id"])
    assert answer.out == f"Ended session {first['id']} of alice.\n"
    ends(alice)
    assert is_logged_in(other)
    assert [each["browser"] for each in sessions_of(admin, "alice")] == [
        "Other/1.0"]
    again = admin("logout", "alice", first["id"], status=NO_SUCH_USER)
    assert "no session" in again.err


def test_all_sessions_end(server, admin):
    alice = logged_in(server)
    other = logged_in_again(server, "Other/1.0")
    bob = logged_in(server, "bob")
    assert is_logged_in(alice) and is_logged_in(other)
    answer = admin("logout", "alice", "--all", "--json")
    assert answer.json == {"username": "alice", "session": None, "ended": True}
    ends(alice)
    ends(other)
    assert is_logged_in(bob)
    assert sessions_of(admin, "alice") == []
    login(alice, "alice")
    assert is_logged_in(alice)


def test_session_of_somebody_else(server, admin):
    alice = logged_in(server)
    register(server.browser(), "bob")
    [session] = sessions_of(admin, "alice")
    admin("logout", "bob", session["id"], status=NO_SUCH_USER)
    time.sleep(1.5)
    assert is_logged_in(alice)
    assert sessions_of(admin, "alice")[0]["id"] == session["id"]


@pytest.mark.parametrize("arguments, says", [
    ([], "--all"),
    (["0123456789ab", "--all"], "excludes"),
    (["0123456789AB"], "12 hexadecimal digits"),
    (["0123456789a"], "12 hexadecimal digits"),
    (["\x1b[31m"], "12 hexadecimal digits")])
def test_unclear_logout(server, admin, arguments, says):
    alice = logged_in(server)
    answer = admin("logout", "alice", *arguments, status=USAGE)
    assert says in answer.err and "\x1b" not in answer.err, answer
    assert is_logged_in(alice)


@pytest.mark.parametrize("command", [["sessions", "nobody"],
                                     ["logout", "nobody", "--all"]])
def test_unknown_user(server, admin, command):
    register(server.browser(), "alice")
    admin(*command, status=NO_SUCH_USER)


def test_store_is_away():
    answer = run("--store", f"mongodb://127.0.0.1:{free_port()}/test",
                 "sessions", "alice")
    assert answer.status == UNAVAILABLE, answer
