"""Requests that wait until the store has told whose session they show
(session_store on): what may go wrong meanwhile."""

import re
import signal
import socket
import time
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from pathlib import Path

import pytest

from harness import failing_malloc
from harness.accounts import (PASSWORD, SITE, is_logged_in, logged_in,
                              login, register)
from harness.admin_tool import DONE, run
from harness.failing_malloc import FailingMalloc
from harness.failpoint import set_failpoint
from harness.kept_sessions import SECRET, browser_with
from harness.nginx_server import eventually, in_some_attempt
from harness.stores import MongoStore

LOCATIONS = """
    location = /account { auth_page account; }
    location = /check { auth_page check; }
    location /private/ { auth_login site; }
    location /public/ { root %%DIR%%; error_page 412 /check; }
"""


@pytest.fixture
def node(nginx, sqlite_store):
    """node() starts an nginx on the store; session_check does no work there."""

    def start(realm="", server="", **options):
        return nginx(SITE, store=sqlite_store.uri,
                     realm=f"session_check 1h; {realm}",
                     server=LOCATIONS + server, **options)

    return start


@pytest.fixture
def away(own_mongo_server, nginx):
    """away() starts an nginx whose store can be stopped or frozen: (the server,
    the server of the store)."""

    def start(realm="", threads="threads=16", patience=1, **options):
        store = MongoStore(own_mongo_server, patience=patience)
        environment = {"AUTH_SECRET": SECRET,
                       # What is used after its end is rubbish.
                       "MALLOC_PERTURB_": "90"}
        return nginx(SITE, store=store.uri, server=LOCATIONS,
                     realm="session_check 1h; session_store on; "
                           f"secret env:AUTH_SECRET; {realm}",
                     main=f"env AUTH_SECRET; thread_pool small {threads};",
                     environment=environment,
                     **options), own_mongo_server

    return start


def test_client_that_shows_a_session_twice_and_leaves(away):
    server, store = away(workers=1)
    alice = logged_in(server)
    cookie = f"ngx_auth={alice.jar['ngx_auth']}"
    server.restart(signal.SIGKILL)
    store.freeze()
    with server.client().connect() as connection:
        connection.sendall(b"GET /private/x HTTP/1.1\r\nHost: x\r\n"
                           + f"Cookie: {cookie}; {cookie}\r\n\r\n".encode())
        time.sleep(0.3)
    time.sleep(0.2)
    store.thaw()
    eventually(lambda: alice.get("/private/x").status == 404,
               "the session is not found")
    server.assert_quiet_log()


def test_store_that_comes_back_late(away):
    """Nobody is told to log in whose session lives, not even for a moment."""
    server, store = away("session_stale 2s;")
    alice = logged_in(server)
    store.stop()
    eventually(lambda: alice.get("/private/x").status == 503,
               "sessions are believed for ever")
    store.start()
    seen = set()
    eventually(lambda: seen.add(alice.get("/private/x").status) or 404 in seen,
               "the session is not found again")
    assert seen <= {503, 404}


def test_logout_while_nothing_is_believed(away):
    """The session does not come back with the store."""
    server, store = away("session_stale 2s;")
    alice = logged_in(server)
    thief = browser_with(server, alice)
    store.stop()
    eventually(lambda: alice.get("/private/x").status == 503,
               "sessions are believed for ever")
    assert alice.post("/logout").status == 303
    store.start()
    seen = []
    while not seen or seen[-1] != 302:
        seen.append(thief.get("/private/x").status)
        assert seen[-1] in (503, 302), seen
    for _ in range(20):
        time.sleep(0.1)
        assert thief.get("/private/x").status in (503, 302)


def test_second_cookie_that_nobody_can_look_up(away):
    """It may be somebody else's, so the first one does not count alone."""
    server, store = away()
    alice, bob = logged_in(server), logged_in(server, "bob")
    server.restart(signal.SIGKILL)
    assert alice.get("/private/x").status == 404
    both = [f"ngx_auth={browser.jar['ngx_auth']}" for browser in (alice, bob)]
    store.stop()
    for cookies in (both, both[::-1]):
        answer = server.client().get("/private/x",
                                     headers={"Cookie": "; ".join(cookies)})
        assert answer.status == 503, answer
        assert answer.header("Retry-After")
    assert alice.get("/private/x").status == 404


@pytest.mark.once
def test_login_that_overlaps_the_end_of_all_sessions(away):
    """For longer than an ending is read again: the session that it makes is
    of before, and lets nobody in."""
    server, store = away(patience=30)
    register(server.client(), "alice")
    uri = re.search(r"store (mongodb:\S*);", server.configuration)[1]
    late = server.browser()

    def overlap(_):
        set_failpoint(store, "insert", blockConnection=True, blockTimeMS=14000)
        with ThreadPoolExecutor(1) as pool:
            answer = pool.submit(login, late, "alice")
            time.sleep(2)
            assert run("--store", uri, "logout", "alice", "--all").status == DONE
            is_first = not answer.done()
            answer.result()
        return is_first

    in_some_attempt(overlap, "no login overlaps")
    assert late.get("/private/x").status == 302


def test_logouts_of_a_dead_session_write_nothing(node, sqlite_store):
    """Anybody who was ever logged in can send as many as he likes."""
    server = node()
    alice = logged_in(server)
    thief = browser_with(server, alice)

    def revocations():
        with sqlite_store._open() as database:
            return database.execute(
                "SELECT count(*) FROM ngx_auth_revocations").fetchone()[0]

    assert alice.post("/logout").status == 303
    before = revocations()
    for _ in range(20):
        assert server.client().post(
            "/logout", headers={"Cookie": thief.cookie_header}).status == 303
    assert revocations() == before
    assert not is_logged_in(thief)


def test_error_page_of_a_header_filter(node):
    """nginx cannot wait there."""
    first, second = node(), node()
    Path(second.folder, "public").mkdir()
    Path(second.folder, "public/x").write_text("x")
    alice = browser_with(second, logged_in(first))
    answer = alice.get("/public/x", headers={"If-Match": '"another"'})
    assert answer.status == 412
    assert alice.get("/check").status == 204


def test_memory_runs_out(node, tmp_path, tmp_path_factory):
    """No request waits for ever, also where the page of the error waits."""
    memory = FailingMalloc(failing_malloc.build(
        tmp_path_factory.mktemp("failing_malloc")), tmp_path)
    first = node()
    second = node(
        server="error_page 500 /private/error;", workers=1,
        environment=memory.environment,
        main="thread_pool default threads=1;")
    second.allow(r"\[emerg\].*(malloc|memalign)\(")
    second.allow(r"\[crit\].*auth: (out of memory|SHA-256 failed|HMAC failed)")
    alice = logged_in(first)
    workers = second.workers()
    for first_one in count(1):
        alice.post("/login", {"username": "alice", "password": PASSWORD})
        there = browser_with(second, alice)
        memory.arm(first_one, 1)
        try:
            status = there.get("/private/x").status
        except socket.timeout:
            pytest.fail(f"allocation {first_one}: the request waits for ever")
        except OSError:
            status = None
        needed = memory.disarm()
        # Never 302 or 401: nobody is told to log in who is logged in.
        assert status in (404, 500, 503, None), first_one
        assert there.get("/private/x").status == 404, first_one
        assert second.workers() == workers
        if first_one > needed:
            break
    assert first_one > 2


def test_no_thread_for_the_comparison_with_the_store(away):
    """It is made when there is a thread again."""
    server, store = away("session_stale 2s; thread_pool small;",
                         workers=1, threads="threads=1 max_queue=4")
    server.allow(r'thread pool "small" queue overflow')
    alice = logged_in(server)

    def log_in(i):
        server.client().post("/login", {"username": f"user{i}",
                                        "password": PASSWORD})

    store.freeze()
    with ThreadPoolExecutor(8) as people:
        list(people.map(log_in, range(40)))
    store.thaw()
    eventually(lambda: alice.get("/private/x").status == 404,
               "sessions are not believed any more")
