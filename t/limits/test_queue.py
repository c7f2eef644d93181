"""Password hashes wait for their turn: a full queue says so, a client that leaves
frees its place, and pages that need no hash do not wait."""

import os
import select
import signal
import socket
import subprocess
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import urlencode

import pytest

from harness.accounts import PASSWORD, SITE, is_logged_in, login, register
from harness.http2_client import Http2Client
from harness.nginx_server import eventually, in_some_attempt
from harness.workers import resident_mib

# A hash that takes about half a second, so that the tests can be among them.
SLOW = "password_hash argon2id memory=256m time=2 lanes=1;"
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
WRONG = urlencode({"username": "alice", "password": "wrong password"}).encode()


@pytest.fixture
def server(nginx, sqlite_store):
    """One worker, which so hears of everything in the order in which it
    happens."""
    server = nginx(
        SITE.replace("%%PORT%%;",
                     "%%PORT%%; listen 127.0.0.1:%%PORT1%% http2;"),
        store=sqlite_store.uri, server="", workers=1,
        realm=SLOW + "password_concurrency 1 queue=1;")
    server.allow("deprecated")
    register(server.client(), "alice")
    return server


class Waiting:
    """A login that has been sent and not been answered yet."""

    def __init__(self, server, username="alice", password="wrong password"):
        body = urlencode({"username": username, "password": password})
        self.socket = server.client().connect()
        self.socket.sendall(
            (f"POST /login HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
             f"Content-Type: {FORM['Content-Type']}\r\n"
             f"Content-Length: {len(body)}\r\n\r\n{body}").encode())

    @property
    def waits(self):
        return not select.select([self.socket], [], [], 0)[0]

    def status(self):
        line = b""
        while not line.endswith(b"\r\n"):
            data = self.socket.recv(1)
            assert data, "no answer"
            line += data
        self.socket.close()
        return int(line.split()[1])


def begin(server, **kwargs):
    """A login whose hash is running."""
    at_rest = resident_mib(server.workers())
    waiting = Waiting(server, **kwargs)
    eventually(lambda: resident_mib(server.workers()) > at_rest + 100
               or not waiting.waits, "no hash begins")
    return waiting


def test_full_queue(server):
    def is_full(_):
        with ThreadPoolExecutor(3) as pool:
            answers = list(pool.map(lambda _: server.client().post(
                "/login", body=WRONG, headers=FORM), range(3)))
        refused = [a for a in answers if a.status != 401]
        if not refused:
            return False
        [response] = refused
        assert response.status == 503
        assert 1 <= int(response.header("Retry-After")) <= 60
        assert response.header("Cache-Control") == "no-store"
        assert response.page.text
        return True

    in_some_attempt(is_full, "the queue is never full")
    login(server.client(), "alice")


def test_pages_do_not_wait(server):
    alice = server.browser()
    login(alice, "alice")

    def served_meanwhile(_):
        waiting = [begin(server), Waiting(server)]
        served = 0
        while all(w.waits for w in waiting):
            assert is_logged_in(alice)
            assert server.client().get("/login").status == 200
            served += all(w.waits for w in waiting)
        assert [w.status() for w in waiting] == [401, 401]
        return served >= 3

    in_some_attempt(served_meanwhile, "pages wait for a hash")


@pytest.mark.parametrize("reset", [False, True], ids=["FIN", "RST"])
def test_client_that_leaves_frees_its_place(server, reset):
    runs = begin(server)
    leaves = Waiting(server)
    if reset:
        leaves.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                                 b"\1\0\0\0\0\0\0\0")
    leaves.socket.close()
    comes = Waiting(server)
    assert [runs.status(), comes.status()] == [401, 401]


def test_http2_stream_that_is_reset_frees_its_place(server):
    runs = begin(server)
    with Http2Client(server.ports["PORT1"]) as client:
        leaves = client.send("POST", "/login", FORM, WRONG)
        client.reset(leaves)
        comes = client.send("POST", "/login", FORM, WRONG)
        assert client.wait(comes).status == 401
    assert runs.status() == 401


def test_lost_http2_connection_frees_its_place(server):
    runs = begin(server)
    with Http2Client(server.ports["PORT1"]) as client:
        client.send("POST", "/login", FORM, WRONG)
    comes = Waiting(server)
    assert [runs.status(), comes.status()] == [401, 401]


def test_client_that_leaves_while_its_hash_runs(server):
    """The hash is finished, and its permit comes back."""
    for _ in range(3):
        begin(server).socket.close()
        eventually(lambda: server.client().post(
            "/login", body=WRONG, headers=FORM).status == 401,
            "a permit was lost")


def test_storm_of_clients_that_leave(server):
    """However many come and go, the last one is served."""
    def leave(_):
        waiting = Waiting(server)
        time.sleep(0.02)
        waiting.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                                  b"\1\0\0\0\0\0\0\0")
        waiting.socket.close()

    with ThreadPoolExecutor(16) as pool:
        list(pool.map(leave, range(200)))
    # nginx may not have heard of the last ones yet
    eventually(lambda: Waiting(server).status() == 401, "a place was lost")


def test_no_more_hashes_at_once_than_permitted(nginx, sqlite_store):
    """One permit, four workers: never is there the memory of two hashes."""
    server = nginx(SITE, store=sqlite_store.uri, workers=4, server="",
                   realm=SLOW + "password_concurrency 1 queue=8;")
    register(server.client(), "alice")
    workers = server.workers()
    at_rest = most = resident_mib(workers)
    waiting = [Waiting(server) for _ in range(8)]
    while any(w.waits for w in waiting):
        most = max(most, resident_mib(workers))
        time.sleep(0.002)
    statuses = [w.status() for w in waiting]
    assert set(statuses) <= {401, 503}, "503: waited too long"
    assert statuses.count(401) >= 3
    assert 128 < most - at_rest < 256 + 64


def test_killed_worker_gives_its_permit_back(nginx, sqlite_store):
    server = nginx(SITE, store=sqlite_store.uri, workers=1, server="",
                   realm=SLOW + "password_concurrency 1 queue=1;")
    register(server.client(), "alice")
    server.allow("exited on signal 9")
    waiting = begin(server)
    os.kill(server.workers()[0], signal.SIGKILL)
    server.expect_new_workers()
    waiting.socket.close()
    login(server.client(), "alice")


@pytest.fixture
def child_with_number():
    """Starts a process that has that number, which has just come free."""
    counter = Path("/proc/sys/kernel/ns_last_pid")
    children = []

    def start(pid):
        for _ in range(100):
            try:
                counter.write_text(str(pid - 1))
            except OSError:
                pytest.skip("only root may choose the next process's number")
            children.append(subprocess.Popen(["sleep", "600"]))
            if children[-1].pid == pid:
                return
        pytest.fail("the number was not given")

    yield start
    for child in children:
        child.kill()
        child.wait()


def test_permit_of_a_killed_worker_whose_number_another_process_has(
        nginx, sqlite_store, child_with_number):
    server = nginx(SITE, store=sqlite_store.uri, workers=1, server="",
                   realm=SLOW + "password_concurrency 1 queue=1;")
    register(server.client(), "alice")
    server.allow("exited on signal 9")
    waiting = Waiting(server)
    time.sleep(0.15)
    [killed] = server.workers()
    os.kill(killed, signal.SIGKILL)
    server.expect_new_workers()
    child_with_number(killed)
    waiting.socket.close()
    login(server.client(), "alice")


def test_waiting_logins_are_answered_after_a_reload(server):
    waiting = [begin(server), Waiting(server)]
    server.reload()
    assert [w.status() for w in waiting] == [401, 401]
    login(server.client(), "alice")


def test_waiting_logins_are_answered_at_the_end(server):
    waiting = [Waiting(server), Waiting(server)]
    # or else nginx would not have heard of them when it ends
    eventually(lambda: len(server.client_sockets()) == 2, "they do not arrive")
    assert server.client().get("/login").status == 200
    end = threading.Thread(target=server.stop)
    end.start()
    assert [w.status() for w in waiting] == [401, 401]
    end.join()


def test_thread_pool_without_room(site, sqlite_store):
    """A full pool turns logins away; it holds up nobody."""
    server = site(sqlite_store, realm="password_concurrency 4 queue=64;"
                                      "thread_pool default;",
                  main="thread_pool default threads=1 max_queue=1;")
    server.allow(r"thread pool .* queue overflow")
    # What runs in the background at the start may take the place.
    eventually(lambda: server.client().post(
        "/register", {"username": "alice", "password": PASSWORD}).status
        in (303, 409), "nobody can register")
    form = {"username": "alice", "password": "wrong"}
    with ThreadPoolExecutor(12) as pool:
        statuses = list(pool.map(
            lambda _: server.client().post("/login", form).status, range(24)))
    assert set(statuses) <= {401, 503} and 401 in statuses
    assert server.client().post("/login", form).status == 401
