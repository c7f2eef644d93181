"""What ends all sessions of a user counts in the user's document: a login that
began before makes no session, on whatever nginx."""

import sqlite3
import threading
import time

import pytest

from harness.accounts import (LIMITED, PASSWORD, from_address, is_logged_in,
                              logged_in, login, register)
from harness.nginx_server import eventually
from harness.admin_tool import run

NEW = "another horse, another battery"
ACCOUNT = "location = /account { auth_page account; }"
# Some hundredths of a second a hash, one at a time: others can be let in before.
SLOW = ("password_hash argon2id memory=64m time=2;"
        "password_concurrency 1 queue=64;")


def epoch_of(store, name="alice"):
    document = store.find(name)
    if store.kind == "mongodb":
        return document.get("ngx_auth", {}).get("epoch", 0)
    return document.get("epoch", 0)


def set_epoch(store, epoch):
    store.change("alice", **{"epoch" if store.kind == "sqlite"
                             else "ngx_auth.epoch": epoch})


def passwd(store, password):
    answer = run("--store", store.uri, "passwd", "alice", password=password)
    assert answer.status == 0, answer


def change_password(browser, current, new):
    response = browser.post("/account", {"current_password": current,
                                         "new_password": new})
    assert (response.status, response.location) == (303, "/account")


class Waiting(threading.Thread):
    """A login that waits behind others from its address."""

    def __init__(self, server, password, address="192.0.2.1"):
        super().__init__()
        self._client = server.client()
        self._form = {"username": "alice", "password": password}
        self._address = address
        self.response = None
        self.start()

    def run(self):
        self.response = self._client.post(
            "/login", self._form, headers=from_address(self._address))


@pytest.fixture
def limited(nginx, store):
    return nginx(LIMITED, store=store.uri, realm=SLOW, server=ACCOUNT,
                 limits="login_limit off; registration_limit off;", workers=2)


@pytest.mark.parametrize("owner_comes", [True, False])
def test_login_with_the_old_password_that_waits(limited, store, owner_comes):
    """Its turn comes when the password is another one; the owner, who has
    logged in with that, stays in."""
    server = limited
    register(server.client(), "alice")
    owner = server.browser()
    old, new = PASSWORD, NEW
    for _ in range(8):
        crowd = [Waiting(server, "wrong") for _ in range(30)]
        time.sleep(0.2)
        late = Waiting(server, old)
        time.sleep(0.2)
        passwd(store, new)
        if owner_comes:
            assert owner.post("/login", {"username": "alice", "password": new},
                              headers=from_address("198.51.100.7")
                              ).status == 303
        in_time = late.is_alive()
        for waiting in [*crowd, late]:
            waiting.join()
        old, new = new, old
        if in_time and "busy" not in late.response.text:
            break
    else:
        pytest.fail("the old login's turn always came too early, or never")
    assert late.response.status == 503
    assert "ngx_auth" not in late.response.cookies
    assert "You could not be logged in right now." in late.response.text
    assert late.response.header("Retry-After")
    assert not owner_comes or is_logged_in(owner)
    assert server.client().post("/login", {
        "username": "alice", "password": new}).status == 401  # the old one


def test_whatever_ends_all_sessions_raises_it(site, store):
    server = site(store, server=ACCOUNT)
    alice = logged_in(server)
    assert epoch_of(store) == 0
    alice.post("/account", {"end_sessions": "others"})
    assert epoch_of(store) == 1
    assert is_logged_in(alice)
    change_password(alice, PASSWORD, NEW)
    assert epoch_of(store) == 2
    assert is_logged_in(alice)
    passwd(store, PASSWORD)
    assert epoch_of(store) == 3
    for command, epoch in (["disable", 4], ["enable", 4], ["disable", 5],
                           ["enable", 5]):
        assert run("--store", store.uri, command, "alice").status == 0
        assert epoch_of(store) == epoch
    assert run("--store", store.uri, "roles", "alice", "staff").status == 0
    assert epoch_of(store) == 5
    login(server.client(), "alice")
    assert epoch_of(store) == 5


def test_what_fails_raises_nothing(site, store):
    server = site(store, server=ACCOUNT)
    alice = logged_in(server)
    for current, new in ((PASSWORD, "short"), ("wrong", NEW)):
        assert alice.post("/account", {"current_password": current,
                                       "new_password": new}).status == 422
    assert server.client().post("/account",
                                {"end_sessions": "others"}).status == 303
    assert epoch_of(store) == 0


def test_rehash_raises_nothing(site, store):
    server = site(store, realm="password_hash argon2id memory=7m time=5;")
    alice = logged_in(server)
    set_epoch(store, 3)
    server.edit("memory=7m time=5", "memory=19m time=2")
    server.reload()
    login(server.browser(), "alice")
    assert "m=19456" in store.find("alice")["password"]
    assert epoch_of(store) == 3
    assert not is_logged_in(alice)  # whose epoch was lower


def test_raised_elsewhere(site, store):
    """By another nginx, or by hand."""
    server = site(store, realm="session_check 300ms;", workers=4)
    alice, second = logged_in(server), server.browser()
    login(second, "alice")
    set_epoch(store, 1)
    eventually(lambda: not is_logged_in(alice), "the session goes on")
    assert not is_logged_in(second)
    server.wait_for_log('user "alice" lost their sessions, all were ended '
                        "elsewhere")
    login(alice, "alice")
    time.sleep(1)
    assert is_logged_in(alice)


def test_two_sessions_end_the_others_at_once(site, store):
    """One of them stays."""
    server = site(store, server=ACCOUNT, workers=2)
    both = [logged_in(server), server.browser()]
    login(both[1], "alice")
    forms = [threading.Thread(target=lambda b=browser: b.post(
        "/account", {"end_sessions": "others"})) for browser in both]
    for form in forms:
        form.start()
    for form in forms:
        form.join()
    assert sorted(is_logged_in(b) for b in both) == [False, True]


def test_other_sessions_of_a_store_that_is_down(site, own_mongo_server):
    """They end here; that this is all is said."""
    from harness.stores import MongoStore

    server = site(MongoStore(own_mongo_server, patience=5), server=ACCOUNT)
    alice, other = logged_in(server), server.browser()
    login(other, "alice")
    own_mongo_server.stop()
    response = alice.post("/account", {"end_sessions": "others"})
    assert response.status == 503
    assert response.header("Retry-After")
    assert "Your other sessions on this server have ended." in response.text
    assert is_logged_in(alice)
    assert not is_logged_in(other)


@pytest.mark.parametrize("epoch", ["seven", -1, 1.5])
def test_epoch_that_is_no_number(site, store, epoch):
    server = site(store)
    register(server.client(), "alice")
    set_epoch(store, epoch)
    assert server.client().post("/login", {
        "username": "alice", "password": PASSWORD}).status == 401
    server.wait_for_log("cannot log in: .*epoch is no whole number")


def test_document_of_the_module_before(site, store):
    """It knew of no epoch: as if it were 0."""
    server = site(store, server=ACCOUNT)
    register(server.client(), "bob")
    hashed = store.find("bob")["password"]
    store.insert("alice", hashed)
    alice, other = server.browser(), server.browser()
    login(alice, "alice")
    login(other, "alice")
    assert epoch_of(store) == 0
    change_password(alice, PASSWORD, NEW)
    assert is_logged_in(alice) and not is_logged_in(other)
    assert epoch_of(store) == 1


def test_sqlite_file_of_the_module_before(site, sqlite_store):
    """It had no such column."""
    store = sqlite_store
    server = site(store, server=ACCOUNT)
    register(server.client(), "bob")
    server.stop()
    with sqlite3.connect(store.path, timeout=60) as database:
        database.execute("ALTER TABLE users DROP COLUMN epoch")
        database.execute("PRAGMA application_id = 0")
    server = site(store, server=ACCOUNT)
    bob = server.browser()
    login(bob, "bob")
    change_password(bob, PASSWORD, NEW)
    assert is_logged_in(bob)
    assert epoch_of(store, "bob") == 1
