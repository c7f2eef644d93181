"""Edits of users that are made elsewhere reach their sessions."""

import contextlib
import hashlib
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from bson import Binary

from harness.accounts import PASSWORD, is_logged_in, logged_in, login
from harness.kept_sessions import KEPT, OPTIONS
from harness.machine_asleep import sleep
from harness.nginx_server import eventually, in_some_attempt
from harness.stores import MongoStore

CHECK = "session_check 300ms;"


def ends(*browsers):
    eventually(lambda: not any(is_logged_in(b) for b in browsers),
               "a session goes on")


def stays(browser, server, store):
    """Over several checks."""
    deadline = time.monotonic() + 1.2
    while time.monotonic() < deadline:
        assert is_logged_in(browser)
        time.sleep(0.05)


def two_sessions(server):
    first = logged_in(server)
    second = server.browser()
    login(second, "alice")
    return first, second


def test_nothing_happens_without_an_edit(site, store):
    server = site(store, realm=CHECK, workers=4)
    stays(logged_in(server), server, store)


def test_disabled(site, store):
    server = site(store, realm=CHECK, workers=4)
    sessions = two_sessions(server)
    bob = logged_in(server, "bob")
    store.change("alice", disabled=True)
    ends(*sessions)
    assert is_logged_in(bob)
    server.wait_for_log('user "alice" lost 2 sessions, disabled')


def test_deleted(site, store):
    server = site(store, realm=CHECK, workers=4)
    sessions = two_sessions(server)
    store.delete("alice")
    ends(*sessions)


def test_password_changed_by_another_program(site, store):
    server = site(store, realm=CHECK, workers=4)
    sessions = two_sessions(server)
    logged_in(server, "bob")
    store.change("alice", password=store.find("bob")["password"])
    ends(*sessions)
    server.wait_for_log("password was changed")


def test_rehash_is_no_change(site, store):
    """A login that makes a weaker hash stronger ends no other session."""
    server = site(store, realm=CHECK + """
        password_hash argon2id memory=7m time=5;""")
    alice = logged_in(server)
    weak = store.find("alice")["password"]
    server.edit("memory=7m time=5", "memory=19m time=2")
    server.reload()
    assert is_logged_in(alice)
    login(server.browser(), "alice")
    assert store.find("alice")["password"] != weak
    stays(alice, server, store)


@pytest.mark.parametrize("before,after,status", [
    ([], ["staff"], 200), (["staff"], ["guest"], 403)])
def test_changed_roles_apply(site, store, before, after, status):
    server = site(store, realm=CHECK, server="""
        location /staff/ { auth_login on roles=staff; alias %%DIR%%/; }
    """, workers=4)
    alice = server.browser()
    logged_in(server)
    store.change("alice", roles=before)
    login(alice, "alice")
    assert alice.get("/staff/nginx.conf").status == (403 if status == 200
                                                     else 200)
    store.change("alice", roles=after)
    eventually(lambda: alice.get("/staff/nginx.conf").status == status,
               "the roles stay")
    assert is_logged_in(alice)


def delete_record(store, browser):
    """Nobody appends that the session has ended."""
    digest = hashlib.sha256(browser.jar["ngx_auth"].encode()).digest()
    if store.kind == "sqlite":
        with contextlib.closing(store._open()) as database, database:
            assert database.execute("DELETE FROM ngx_auth_sessions"
                                    " WHERE digest = ?", [digest]).rowcount == 1
        return
    with store.server.client() as client:
        assert client[store.database].ngx_auth_sessions.delete_one(
            {"_id": Binary(digest)}).deleted_count == 1


def test_record_that_is_gone_from_the_store(site, store):
    """That session ends, and no other one: neither the user's nor
    somebody else's."""
    server = site(store, realm=CHECK + KEPT[store.kind], workers=4, **OPTIONS)
    first, second = two_sessions(server)
    bob = logged_in(server, "bob")
    delete_record(store, first)
    ends(first)
    server.wait_for_log('user "alice" lost 1 session, its record in the store')
    assert is_logged_in(bob)
    stays(second, server, store)


def test_dead_store_ends_no_session(site, own_mongo_server):
    server = site(MongoStore(own_mongo_server, patience=5), realm=CHECK)
    alice = logged_in(server)
    own_mongo_server.stop()
    stays(alice, server, None)


@pytest.mark.once
def test_check_without_a_thread_is_made_later(site, sqlite_store, clocks):
    """Much sooner than after the hour that session_check is."""
    server = site(sqlite_store, workers=1, realm="thread_pool small;"
                  "session_store off; session_check 1h;"
                  "session_idle_timeout 1d; session_lifetime 30d;",
                  **{**clocks, "main": clocks["main"] + "thread_pool small "
                     "threads=1 max_queue=1;"})
    server.allow('thread pool "small" queue overflow')
    alice = logged_in(server)

    def register(name):
        return server.client().post("/register", {
            "username": name, "password": PASSWORD}).status

    def attempt(number):
        names = [f"user{number}-{i}" for i in range(6)]
        sqlite_store.change("alice", disabled=False)
        login(alice, "alice")
        sleep(server, (number + 1) * 7200)
        with contextlib.closing(sqlite_store._open()) as database, \
                ThreadPoolExecutor(6) as people:
            database.isolation_level = None
            database.execute("BEGIN IMMEDIATE")
            answers = [people.submit(register, name) for name in names]
            eventually(lambda: any(a.done() for a in answers), "all wait")
            assert is_logged_in(alice)  # who is to be checked now
            database.execute("ROLLBACK")
        # What waits for the thread is done before this.
        assert register(f"last{number}") == 303
        sqlite_store.change("alice", disabled=True)
        deadline = time.monotonic() + 5
        while is_logged_in(alice) and time.monotonic() < deadline:
            time.sleep(0.05)
        return not is_logged_in(alice)

    in_some_attempt(attempt, "the session is not checked again", attempts=3)
