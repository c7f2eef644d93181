"""Whatever ends a session ends it in every worker at once: asked over
connections that were open before, one to each of four workers."""

import time

import pytest

from harness.accounts import PASSWORD, logged_in, login
from harness.nginx_server import PATIENCE, eventually, in_some_attempt

ACCOUNT = """
    add_header X-Worker $pid always;
    location = /account { auth_page account; }
"""


class Pinned:
    """Kept connections, one to each worker, that show one cookie."""

    def __init__(self, server, cookie):
        self._client = server.client()
        self._headers = {"Cookie": cookie, "Accept": "text/html"}
        self._connections = {}
        deadline = time.monotonic() + PATIENCE
        while len(self._connections) < len(server.workers()):
            assert time.monotonic() < deadline, "a worker gets no connection"
            connection = self._client.connect()
            answer = self._ask(connection)
            assert answer.status in (200, 302), answer
            if self._connections.setdefault(answer.header("X-Worker"),
                                            connection) is not connection:
                connection.close()

    def _ask(self, connection):
        return self._client.get("/dashboard", headers=self._headers,
                                connection=connection)

    def statuses(self):
        return [self._ask(c).status for c in self._connections.values()]

    def close(self):
        for connection in self._connections.values():
            connection.close()


@pytest.fixture
def pinned():
    connections = []

    def make(server, browser):
        connections.append(Pinned(server, browser.cookie_header))
        return connections[-1]

    yield make
    for connection in connections:
        connection.close()


@pytest.fixture
def server(site, sqlite_store):
    def start(realm=""):
        return site(sqlite_store, realm=realm, server=ACCOUNT, workers=4)

    return start


def another_session(server):
    browser = server.browser()
    login(browser, "alice")
    return browser


def test_logout(server, pinned):
    server = server()
    alice = logged_in(server)
    other = pinned(server, another_session(server))
    mine = pinned(server, alice)
    alice.post("/logout")
    assert mine.statuses() == [302] * 4
    assert other.statuses() == [200] * 4


def test_password_change(server, pinned):
    server = server()
    alice = logged_in(server)
    other = pinned(server, another_session(server))
    before = pinned(server, alice)
    response = alice.post("/account", {"current_password": PASSWORD,
                                       "new_password": PASSWORD + " two"})
    assert response.status == 303
    assert other.statuses() == before.statuses() == [302] * 4
    assert pinned(server, alice).statuses() == [200] * 4


def test_end_other_sessions(server, pinned):
    server = server()
    alice = logged_in(server)
    other = pinned(server, another_session(server))
    mine = pinned(server, alice)
    alice.post("/account", {"end_sessions": "others"})
    assert other.statuses() == [302] * 4
    # It goes on under a new token.
    assert mine.statuses() == [302] * 4
    assert pinned(server, alice).statuses() == [200] * 4


def test_session_limit(server, pinned):
    server = server("session_limit 2;")
    first = pinned(server, logged_in(server))
    second = pinned(server, another_session(server))
    assert first.statuses() == [200] * 4
    third = pinned(server, another_session(server))
    assert first.statuses() == [302] * 4
    assert second.statuses() == third.statuses() == [200] * 4


def test_idle_timeout(server, pinned):
    server = server("session_idle_timeout 2s;")
    logged_in(server)

    def lives_on_in_use(_):
        used = time.monotonic()
        alice = pinned(server, another_session(server))
        for _ in range(6):
            time.sleep(0.5)
            statuses = alice.statuses()
            if statuses != [200] * 4:
                assert time.monotonic() - used > 1.9, "it ended too early"
                return False
            used = time.monotonic()
        time.sleep(2.5)
        assert alice.statuses() == [302] * 4
        return True

    in_some_attempt(lives_on_in_use, "it is never used often enough")


def test_lifetime(server, pinned):
    server = server("session_lifetime 3s;")
    began = time.monotonic()
    alice = pinned(server, logged_in(server))
    eventually(lambda: 302 in alice.statuses(), "the session does not end")
    assert time.monotonic() - began > 2.9
    assert alice.statuses() == [302] * 4


EDITS = {
    "disabled": lambda store: store.change("alice", disabled=True),
    "deleted": lambda store: store.delete("alice"),
    "another password": lambda store: store.change(
        "alice", password=store.find("bob")["password"]),
}


@pytest.mark.parametrize("edit", EDITS)
def test_edited_elsewhere(site, store, pinned, edit):
    server = site(store, realm="session_check 500ms;", server=ACCOUNT,
                  workers=4)
    alice = pinned(server, logged_in(server))
    bob = pinned(server, logged_in(server, "bob"))
    EDITS[edit](store)
    # each look asks for the check
    eventually(lambda: 302 in alice.statuses(), "the sessions go on")
    assert alice.statuses() == [302] * 4
    assert bob.statuses() == [200] * 4
