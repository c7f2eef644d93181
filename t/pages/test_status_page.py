"""auth_page status: the figures of a realm, for Prometheus."""

import os
import signal
import socket
import time
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlencode

import pytest

from harness.accounts import (LIMITED, PASSWORD, SITE, from_address,
                              is_logged_in, logged_in, login, register,
                              try_to_log_in)
from harness.kept_sessions import KEPT, OPTIONS
from harness.nginx_server import eventually, in_some_attempt
from harness.prometheus import figures_of
from harness.stores import MongoStore

STATUS = "location = /status { auth_page status; }"
SLOW = ("password_hash argon2id memory=256m time=2;"
        "password_concurrency 1 queue=1;")

OF_KEPT_SESSIONS = {
    "ngx_auth_store_lookups_total", "ngx_auth_revocation_lag_seconds",
    "ngx_auth_stale_seconds", "ngx_auth_untold_endings"}


@pytest.fixture
def node(nginx, store):
    """node() starts an nginx that keeps its sessions in the store."""

    def start(realm="", server="", **options):
        return nginx(SITE, store=store.uri,
                     realm=f"session_check 1h; {KEPT[store.kind]} "
                           f"{realm}",
                     server=STATUS + server, **OPTIONS, **options)

    return start


class Change:
    """How much each figure has grown since the object was made."""

    def __init__(self, server, path="/status"):
        self._ask = lambda: figures_of(server.client(), path)
        self._before = self._ask()

    def of(self, name, **labels):
        return self._ask().get(name, **labels) - self._before.get(name,
                                                                  **labels)

    def all(self, name, label):
        """{value of the label: growth}, those that have grown."""
        now = self._ask()
        grown = {value: now.get(name, **{label: value})
                 - self._before.get(name, **{label: value})
                 for value in now.labels("ngx_auth_" + name)[label]}
        return {value: growth for value, growth in grown.items() if growth}


# The page

def test_form(node):
    """The parser is strict."""
    figures = figures_of(node().client())
    assert set(figures.types) > OF_KEPT_SESSIONS
    for name, labels in figures.samples:
        assert name.startswith("ngx_auth_")
        assert dict(labels)["realm"] == "site"
    assert 10_000 < figures.get("sessions_capacity") < 100_000
    assert figures.get("sessions") == 0


def test_realm_without_kept_sessions(site, sqlite_store):
    server = site(sqlite_store, realm="session_store off;", server=STATUS)
    figures = figures_of(server.client())
    assert not OF_KEPT_SESSIONS & set(figures.types)


def test_headers(site, sqlite_store):
    server = site(sqlite_store, server=STATUS)
    answer = server.client().request("HEAD", "/status")
    assert (answer.status, answer.body) == (200, b"")
    assert int(answer.header("Content-Length")) > 1000
    for answer in (answer, server.client().get("/status")):
        assert answer.header("Cache-Control") == "no-store"
        assert answer.header("X-Content-Type-Options") == "nosniff"
        assert answer.header("Set-Cookie") is None


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS"])
def test_other_methods(site, sqlite_store, method):
    server = site(sqlite_store, server=STATUS)
    answer = server.client().request(method, "/status")
    assert answer.status == 405
    assert answer.header("Allow") == "GET, HEAD"
    assert answer.header("Cache-Control") == "no-store"
    assert answer.body == b""


@pytest.mark.parametrize("rule, status", [("allow 127.0.0.1;", 200),
                                          ("", 403)])
def test_addresses_that_may_read_it(site, sqlite_store, rule, status):
    server = site(sqlite_store, server="""
        location = /status { auth_page status; %s deny all; }
    """ % rule)
    answer = server.client().get("/status")
    assert answer.status == status
    assert ("ngx_auth_" in answer.text) == (status == 200)


def test_inherited_login_does_not_protect_it(site, sqlite_store):
    server = site(sqlite_store, server="auth_login on;" + STATUS)
    figures_of(server.client())
    assert server.client().get("/other").status == 401


def test_login_leads_nobody_there(site, sqlite_store):
    server = site(sqlite_store, server=STATUS)
    register(server.client(), "alice")
    answer = server.client().post("/login", {
        "username": "alice", "password": PASSWORD, "next": "/status"})
    assert answer.location == "/dashboard"


def test_nothing_secret(site, sqlite_store):
    """Neither a name, nor a password, nor a token or part of one."""
    server = site(sqlite_store, server=STATUS)
    alice = logged_in(server)
    server.client().post("/login", {"username": "mallory",
                                    "password": "wrong password"})
    text = alice.get("/status").text
    for secret in ("alice", "mallory", "wrong", PASSWORD, sqlite_store.uri,
                   alice.jar["ngx_auth"][:8]):
        assert secret not in text


def test_two_realms(nginx, sqlite_store, other_store):
    other = SITE[:SITE.index("server {")].replace("site", "other").replace(
        "%%STORE%%;", "%%OTHER%%; cookie_name other;")
    server = nginx(other + SITE.replace("auth_page ", "auth_page site "),
                   store=sqlite_store.uri, other=other_store.uri,
                   server="""
                       location = /status { auth_page site status; }
                       location = /other { auth_page other status; }
                   """)
    logged_in(server)
    figures = figures_of(server.client())
    assert figures.get("sessions") == 1
    others = figures_of(server.client(), "/other")
    assert others.get("sessions", realm="other") == 0
    assert others.get("logins_total", realm="other", outcome="accepted") == 0
    assert others.labels("ngx_auth_sessions") == {"realm": {"other"}}


# Forms

@pytest.fixture
def counted(limited):
    return limited("login_limit user=2 address=100;"
                   "registration_limit address=4;",
                   http=LIMITED, server=STATUS)


def test_logins(counted):
    change = Change(counted)
    login(counted.client(), "alice")
    assert change.all("logins_total", "outcome") == {"accepted": 1}
    answers = [try_to_log_in(counted.client(), "alice").status for _ in range(3)]
    assert answers == [401, 401, 429]
    assert change.all("logins_total", "outcome") == {
        "accepted": 1, "refused": 2, "throttled": 1}
    assert change.all("registrations_total", "outcome") == {}


def test_registrations(counted):
    change = Change(counted)
    given = []
    for name in ("bob", "bob", "x" * 500, "carol", "dave", "erin"):
        given.append(counted.client().post(
            "/register", {"username": name, "password": PASSWORD},
            headers=from_address("203.0.113.7")).status)
    assert given == [303, 409, 422, 303, 303, 429]
    assert change.all("registrations_total", "outcome") == {
        "registered": 3, "taken": 1, "invalid": 1, "throttled": 1}
    assert change.all("logins_total", "outcome") == {}


def test_hashes_and_calls_of_the_store(site, store):
    server = site(store, server=STATUS)
    register(server.client(), "alice")
    change = Change(server)
    login(server.client(), "alice")
    assert change.of("hashes_total") == 1
    assert 0.001 < change.of("hash_seconds_total") < 60
    assert change.of("store_calls_total", work="account") == 2
    assert 0 < change.of("store_seconds_total", work="account") < 60
    eventually(lambda: change.of("store_calls_total", work="background") > 0
               or figures_of(server.client()).get(
                   "store_calls_total", work="background") > 0,
               "nothing runs in the background")
    assert change.all("store_errors_total", "kind") == {}


def send_login(server):
    """A login whose answer nobody waits for yet."""
    body = urlencode({"username": "alice", "password": "wrong password"})
    client = server.client().connect()
    client.sendall(
        ("POST /login HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
         "Content-Type: application/x-www-form-urlencoded\r\n"
         f"Content-Length: {len(body)}\r\n\r\n{body}").encode())
    return client


@pytest.fixture
def slow(site, sqlite_store):
    server = site(sqlite_store, realm=SLOW, server=STATUS)
    register(server.client(), "alice")
    return server


def test_hashes_that_run_and_wait(slow):
    def is_seen(_):
        clients = [send_login(slow) for _ in range(2)]
        seen = False
        deadline = time.monotonic() + 5
        while not seen and time.monotonic() < deadline:
            now = figures_of(slow.client())
            seen = (now.get("hashes_running"), now.get("hashes_waiting")) == (
                1, 1)
        for client in clients:
            with client:
                assert b" 401 " in client.recv(100)
        return seen

    in_some_attempt(is_seen, "no hash runs while another one waits")
    now = figures_of(slow.client())
    assert (now.get("hashes_running"), now.get("hashes_waiting")) == (0, 0)


def test_logins_that_are_turned_away(slow):
    def is_counted(_):
        change = Change(slow)
        with ThreadPoolExecutor(3) as pool:
            statuses = list(pool.map(lambda _: try_to_log_in(
                slow.client(), "alice").status, range(3)))
        grown = change.all("logins_total", "outcome")
        assert grown.get("turned_away", 0) == statuses.count(503)
        assert grown.get("refused", 0) == statuses.count(401)
        return 503 in statuses

    in_some_attempt(is_counted, "the queue is never full")


def test_clients_that_leave(slow):
    change = Change(slow)
    with send_login(slow) as client:
        eventually(lambda: figures_of(slow.client()).get("hashes_running"),
                   "no hash runs")
        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                          b"\1\0\0\0\0\0\0\0")
    eventually(lambda: change.all("logins_total", "outcome"),
               "the login is not counted")
    assert change.all("logins_total", "outcome") == {"abandoned": 1}


# Sessions

def test_sessions_and_cookies(site, store):
    server = site(store, server=STATUS)
    alice = logged_in(server)
    assert figures_of(server.client()).get("sessions") == 1
    change = Change(server)
    for _ in range(3):
        assert is_logged_in(alice)
    assert change.all("zone_lookups_total", "result") == {"hit": 3}
    stranger = server.client()
    for _ in range(2):
        stranger.get("/dashboard", headers={"Cookie": "ngx_auth=" + "A" * 43})
    assert change.all("zone_lookups_total", "result") == {"hit": 3, "miss": 2}
    stranger.get("/dashboard")
    assert change.all("zone_lookups_total", "result") == {"hit": 3, "miss": 2}
    assert alice.post("/logout").status == 303
    assert figures_of(server.client()).get("sessions") == 0


def test_all_workers_together(nginx, sqlite_store):
    """Whichever worker is asked."""
    server = nginx(SITE.replace("%%PORT%%;", "%%PORT%% reuseport;"),
                   store=sqlite_store.uri,
                   server=STATUS + "add_header X-Worker $pid always;")
    alice = logged_in(server)
    change = Change(server)
    asked, workers = 0, set()
    while len(workers) < 2 or asked < 20:
        assert asked < 1000, "one worker answers everything"
        answer = alice.get("/dashboard")
        assert answer.status == 200
        workers.add(answer.header("X-Worker"))
        asked += 1
    answered = set()
    while len(answered) < 2:
        answered.add(server.client().get("/status").header("X-Worker"))
        assert change.of("zone_lookups_total", result="hit") == asked


def test_reload(node):
    server = node()
    alice = logged_in(server)
    before = figures_of(server.client())
    server.reload()
    after = figures_of(server.client())
    for name, labels in before.samples:
        if before.types[name] == "counter":
            assert after.samples[name, labels] >= before.samples[name, labels]
    assert after.get("logins_total", outcome="accepted") == 1
    assert after.get("sessions") == 1
    change = Change(server)
    assert is_logged_in(alice)
    assert change.of("zone_lookups_total", result="hit") == 1


def test_look_up_after_a_restart(node):
    server = node()
    alice, bob = logged_in(server), logged_in(server, "bob")
    token = bob.jar["ngx_auth"]
    assert bob.post("/logout").status == 303
    server.restart()
    change = Change(server)
    assert is_logged_in(alice)
    assert change.all("store_lookups_total", "outcome") == {"found": 1}
    assert change.of("store_calls_total", work="look_up") == 1
    answer = server.client().get("/dashboard",
                                 headers={"Cookie": f"ngx_auth={token}"})
    assert answer.status == 302
    assert change.all("store_lookups_total", "outcome") == {
        "found": 1, "absent": 1}
    assert change.all("zone_lookups_total", "result") == {"hit": 1, "miss": 3}
    assert figures_of(server.client()).get("sessions") == 1


def test_lag_while_the_store_answers(node):
    server = node()
    for _ in range(30):
        now = figures_of(server.client())
        assert now.get("revocation_lag_seconds") < 30
        assert now.get("stale_seconds") == now.get("untold_endings") == 0
        time.sleep(0.1)
    eventually(lambda: figures_of(server.client()).get(
        "revocation_lag_seconds") < 2, "the store is not read")


# The store is away

@pytest.fixture
def away(nginx, own_mongo_server):
    """(an nginx whose store answers within a second or not at all, where alice
    is logged in; her browser; the server of the store)"""
    store = MongoStore(own_mongo_server, patience=1)
    server = nginx(SITE, store=store.uri,
                   realm="session_check 1h; session_stale 3s; "
                         f"{KEPT['mongodb']}",
                   server=STATUS, **OPTIONS)
    return server, logged_in(server), own_mongo_server


def test_store_that_is_away(away):
    server, alice, store = away
    change = Change(server)
    store.stop()
    assert server.client().post("/login", {
        "username": "alice", "password": PASSWORD}).status == 503
    assert change.all("logins_total", "outcome") == {"unavailable": 1}
    assert change.of("store_errors_total", kind="unavailable") > 0
    assert server.client().post("/register", {
        "username": "bob", "password": PASSWORD}).status == 503
    assert change.all("registrations_total", "outcome") == {"unavailable": 1}

    thief = server.browser()
    thief.jar = dict(alice.jar)
    assert alice.post("/logout").status == 303
    assert figures_of(server.client()).get("untold_endings") == 1
    eventually(lambda: figures_of(server.client()).get("stale_seconds") > 1,
               "sessions are believed for ever")
    now = figures_of(server.client())
    lag, stale = now.get("revocation_lag_seconds"), now.get("stale_seconds")
    assert lag - stale == pytest.approx(3, abs=0.001)

    store.start()
    eventually(lambda: figures_of(server.client()).get("stale_seconds") == 0,
               "the store is not read again")
    eventually(lambda: figures_of(server.client()).get("untold_endings") == 0,
               "the store is not told")


def test_look_up_without_the_store(away):
    server, alice, store = away
    store.stop()
    server.restart(signal.SIGKILL)
    change = Change(server)
    assert alice.get("/dashboard").status == 503
    assert change.all("store_lookups_total", "outcome") == {"unavailable": 1}


def test_sqlite_file_that_is_gone(site, sqlite_store):
    server = site(sqlite_store, server=STATUS)
    register(server.client(), "alice")
    change = Change(server)
    os.rename(sqlite_store.path, sqlite_store.path + ".away")
    assert server.client().post("/login", {
        "username": "alice", "password": PASSWORD}).status == 503
    assert change.all("logins_total", "outcome") == {"unavailable": 1}
    assert change.of("store_errors_total", kind="unavailable") > 0
