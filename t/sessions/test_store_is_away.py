"""Sessions whose store is away: those that are known go on for a while, nobody
else is let in or refused."""

import signal
import time

import pytest

from harness.accounts import PASSWORD, SITE, logged_in, register
from harness.kept_sessions import (ACCOUNT, CHECK, KEPT, OPTIONS, SOON_AGAIN,
                                   browser_with)
from harness.nginx_server import eventually
from harness.stores import MongoStore


@pytest.fixture
def away(nginx, own_mongo_server):
    """away(realm) starts an nginx whose store answers within a second or not at
    all: (the server, the server of the store)."""

    def start(realm="", server=""):
        store = MongoStore(own_mongo_server, patience=1)
        return nginx(SITE, store=store.uri,
                     realm=f"session_check 1h; {KEPT['mongodb']} {realm}",
                     server=ACCOUNT + CHECK + server, **OPTIONS), own_mongo_server

    return start


def assert_told_to_wait(answer):
    assert answer.status == 503, answer
    assert int(answer.header("Retry-After")) > 0
    assert answer.header("Cache-Control") == "no-store"


def test_session_that_nobody_can_look_up(away):
    """It is neither refused nor let in."""
    server, store = away()
    alice = logged_in(server)
    store.stop()
    server.restart(signal.SIGKILL)
    for path in ("/dashboard", "/account", "/private/x", "/check"):
        assert_told_to_wait(alice.get(path))
    for path in ("/", "/login", "/register"):
        answer = alice.get(path)
        assert answer.status == 200 and "alice" not in answer.text
    assert server.client().get("/private/x").status == 401  # shows nothing
    store.start()
    eventually(lambda: alice.get("/private/x").status == 404,
               "the session is not found again", SOON_AGAIN)


@pytest.mark.parametrize("other, status", [("deny all;", 503),
                                           ("allow all;", 404)])
def test_other_methods_may_let_it_in(away, other, status):
    server, store = away(server=f"""
        location /any/ {{ satisfy any; {other} auth_login site; }}
        location /maybe/ {{ auth_login site optional; }}
    """)
    alice = logged_in(server)
    store.stop()
    server.restart(signal.SIGKILL)
    assert alice.get("/any/x").status == status
    assert alice.get("/maybe/x").status == 404


@pytest.mark.once
def test_known_sessions_go_on_for_a_while(away):
    server, store = away("session_stale 15s;")
    alice = logged_in(server)
    store.stop()
    for _ in range(3):
        assert alice.get("/private/x").status == 404
        time.sleep(0.5)
    eventually(lambda: alice.get("/private/x").status == 503,
               "sessions are believed for ever")
    store.start()
    eventually(lambda: alice.get("/private/x").status == 404,
               "the session is not found again", SOON_AGAIN)


def test_logout_while_the_store_is_away(away):
    """Nobody gets in again with that session, also when the store is back, and
    after a reload."""
    server, store = away()
    alice = logged_in(server)
    thief = browser_with(server, alice)
    store.stop()
    assert alice.post("/logout").status == 303
    server.wait_for_log(r"\[warn\].*was ended on this nginx and could not be")
    assert thief.get("/private/x").status == 302
    server.reload()
    assert thief.get("/private/x").status == 302
    store.start()
    with store.client() as client:
        eventually(lambda: not any(
            client[name].ngx_auth_sessions.count_documents({})
            for name in client.list_database_names()
            if name.startswith("auth_")), "the store is not told", SOON_AGAIN)
    assert thief.get("/private/x").status == 302
    server.restart(signal.SIGKILL)
    assert thief.get("/private/x").status == 302


def test_tokens_of_nobody_never_reach_the_store(away):
    """It is away, and nobody waits for it."""
    server, store = away()
    alice = logged_in(server)
    store.stop()
    server.restart(signal.SIGKILL)
    for token in ("A" * 43, "0" * 42 + "A", alice.jar["ngx_auth"][:-3] + "AAA"):
        answer = server.client().get("/dashboard",
                                     headers={"Cookie": f"ngx_auth={token}"})
        assert answer.status == 302


def test_no_login_without_the_store(away):
    server, store = away()
    register(server.client(), "alice")
    store.stop()
    answer = server.client().post("/login", {"username": "alice",
                                             "password": PASSWORD})
    assert_told_to_wait(answer)
