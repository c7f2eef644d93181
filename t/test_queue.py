"""Password hashes wait in turn: a full queue says so, whoever leaves frees a
place, and the pages that need no hash do not wait."""

import os
import signal
import socket
import subprocess
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import urlencode

import pytest

from harness.accounts import SITE, is_logged_in, login, register
from harness.http2_client import Http2Client
from harness.nginx_server import eventually

# A hash that takes about half a second, so that the tests can be among them.
SLOW = "password_hash argon2id memory=256m time=2 lanes=1;"
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
WRONG = urlencode({"username": "alice", "password": "wrong password"}).encode()


@pytest.fixture
def server(nginx, sqlite_store):
    server = nginx(
        SITE.replace("%%PORT%%;",
                     "%%PORT%%; listen 127.0.0.1:%%PORT1%% http2;"),
        store=sqlite_store.uri, server="",
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

    def status(self):
        line = b""
        while not line.endswith(b"\r\n"):
            data = self.socket.recv(1)
            assert data, "no answer"
            line += data
        self.socket.close()
        return int(line.split()[1])


def seconds_of_a_login(server):
    start = time.monotonic()
    login(server.client(), "alice")
    return time.monotonic() - start


def test_full_queue(server):
    one = Waiting(server)
    time.sleep(0.1)
    two = Waiting(server)
    time.sleep(0.1)
    response = server.client().post("/login", body=WRONG, headers=FORM)
    assert response.status == 503
    assert 1 <= int(response.header("Retry-After")) <= 60
    assert response.header("Cache-Control") == "no-store"
    assert response.page.text
    assert [one.status(), two.status()] == [401, 401]
    login(server.client(), "alice")


def test_pages_do_not_wait(server):
    alice = server.browser()
    login(alice, "alice")
    waiting = [Waiting(server), Waiting(server)]
    time.sleep(0.1)
    for _ in range(20):
        start = time.monotonic()
        assert is_logged_in(alice)
        assert server.client().get("/login").status == 200
        assert time.monotonic() - start < 0.3
    assert [w.status() for w in waiting] == [401, 401]


@pytest.mark.parametrize("reset", [False, True], ids=["FIN", "RST"])
def test_client_that_leaves_frees_its_place(server, reset):
    runs = Waiting(server)
    time.sleep(0.1)
    leaves = Waiting(server)
    time.sleep(0.1)
    if reset:
        leaves.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                                 b"\1\0\0\0\0\0\0\0")
    leaves.socket.close()
    time.sleep(0.1)
    comes = Waiting(server)
    assert [runs.status(), comes.status()] == [401, 401]


def test_http2_stream_that_is_reset_frees_its_place(server):
    with Http2Client(server.ports["PORT1"]) as client:
        runs = client.send("POST", "/login", FORM, WRONG)
        time.sleep(0.1)
        leaves = client.send("POST", "/login", FORM, WRONG)
        time.sleep(0.1)
        client.reset(leaves)
        time.sleep(0.1)
        comes = client.send("POST", "/login", FORM, WRONG)
        assert client.wait(comes).status == 401
        assert client.wait(runs).status == 401


def test_lost_http2_connection_frees_its_place(server):
    runs = Waiting(server)
    time.sleep(0.1)
    with Http2Client(server.ports["PORT1"]) as client:
        client.send("POST", "/login", FORM, WRONG)
        time.sleep(0.1)
    time.sleep(0.1)
    comes = Waiting(server)
    assert [runs.status(), comes.status()] == [401, 401]


def test_client_that_leaves_while_its_hash_runs(server):
    """The hash is finished, and its permit comes back."""
    for _ in range(3):
        runs = Waiting(server)
        time.sleep(0.15)
        runs.socket.close()
    time.sleep(0.1)
    deadline = time.monotonic() + 10
    while server.client().post("/login", body=WRONG,
                               headers=FORM).status != 401:
        assert time.monotonic() < deadline, "a permit was lost"


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
    eventually(lambda: Waiting(server).status() == 401, "a place was lost", 20)


def test_no_more_hashes_at_once_than_permitted(nginx, sqlite_store):
    """One permit, four workers: four logins take four times as long as one."""
    server = nginx(SITE, store=sqlite_store.uri, workers=4, server="",
                   realm=SLOW + "password_concurrency 1 queue=8;")
    register(server.client(), "alice")
    one = [seconds_of_a_login(server) for _ in range(2)]
    start = time.monotonic()
    waiting = [Waiting(server) for _ in range(4)]
    assert [w.status() for w in waiting] == [401] * 4
    four = time.monotonic() - start
    # Afterwards, too: the machine may have been busy before.
    one += [seconds_of_a_login(server) for _ in range(2)]
    assert four > 2.5 * min(one)


def test_killed_worker_gives_its_permit_back(nginx, sqlite_store):
    server = nginx(SITE, store=sqlite_store.uri, workers=1, server="",
                   realm=SLOW + "password_concurrency 1 queue=1;")
    register(server.client(), "alice")
    server.allow("exited on signal 9")
    waiting = Waiting(server)
    time.sleep(0.15)
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
    waiting = [Waiting(server), Waiting(server)]
    time.sleep(0.1)
    server.reload()
    assert [w.status() for w in waiting] == [401, 401]
    login(server.client(), "alice")


def test_waiting_logins_are_answered_at_the_end(server):
    waiting = [Waiting(server), Waiting(server)]
    time.sleep(0.1)
    end = threading.Thread(target=server.stop)
    end.start()
    assert [w.status() for w in waiting] == [401, 401]
    end.join()


def test_thread_pool_without_room(site, sqlite_store):
    """A full pool turns logins away; it holds up nobody."""
    server = site(sqlite_store, realm="password_concurrency 4 queue=64;",
                  main="thread_pool default threads=1 max_queue=1;")
    server.allow(r"thread pool .* queue overflow")
    register(server.client(), "alice")
    form = {"username": "alice", "password": "wrong"}
    with ThreadPoolExecutor(12) as pool:
        statuses = list(pool.map(
            lambda _: server.client().post("/login", form).status, range(24)))
    assert set(statuses) <= {401, 503} and 401 in statuses
    assert server.client().post("/login", form).status == 401
