"""Nobody has to log in again, and no request fails, while nginx reloads, gets a
new binary, or loses its workers."""

import os
import random
import signal
import subprocess
import threading
import time
from pathlib import Path

import pytest

from harness.accounts import (CHEAP, PASSWORD, SITE, is_logged_in, logged_in,
                              login, register)
from harness.http_client import Browser
from harness.kept_sessions import KEPT, OPTIONS
from harness.nginx_server import eventually

PRIVATE = "location /private/ { auth_login site; }"
IN, OUT = 404, 302  # the folder is empty
REALM = f"{CHEAP} session_check 1h;"
ROUNDS = int(os.environ.get("SURVIVAL_ROUNDS") or 50)


class Crowd:
    """People who are logged in and go on asking; `seen` counts the answers,
    among them None: the connection broke."""

    def __init__(self, browsers):
        self.seen = {}
        self._over = threading.Event()
        self._lock = threading.Lock()
        self._threads = [threading.Thread(target=self._ask, args=(browser,))
                         for browser in browsers]

    def __enter__(self):
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self._over.set()
        for thread in self._threads:
            thread.join()

    def _ask(self, browser):
        while not self._over.is_set():
            try:
                status = browser.get("/private/x").status
            except (OSError, EOFError, ValueError):
                status = None
            with self._lock:
                self.seen[status] = self.seen.get(status, 0) + 1
            time.sleep(0.01)


def people(server, count):
    return [logged_in(server, f"person{i}") for i in range(count)]


def test_reloads(site, sqlite_store):
    """No request fails and no session is lost."""
    server = site(sqlite_store, realm=REALM, server=PRIVATE)
    browsers = people(server, 4)
    with Crowd(browsers) as crowd:
        for _ in range(ROUNDS):
            server.reload()
    assert list(crowd.seen) == [IN], crowd.seen
    print(f"{ROUNDS} reloads, answers: {crowd.seen}")


class Doings:
    """People who register, log in and log out, one after another. What nginx has
    confirmed is remembered."""

    def __init__(self, server, name):
        self._server, self._name = server, name
        self._over = threading.Event()
        self.registered, self.logged_out, self.live = [], [], []
        self._thread = threading.Thread(target=self._work)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._over.set()
        self._thread.join()

    def _work(self):
        for number in range(100_000):
            if self._over.is_set():
                return
            try:
                self._live(f"{self._name}{number}")
            except (OSError, EOFError, ValueError):
                pass  # the worker has died; nothing was confirmed

    def _live(self, name):
        form = {"username": name, "password": PASSWORD}
        browser = self._server.browser()
        if browser.post("/register", form).status != 303:
            return
        self.registered.append(name)
        if browser.post("/login", form).status != 303:
            return
        token = dict(browser.jar)
        if random.random() < 0.5:
            self.live.append(browser)
        elif browser.post("/logout").status == 303:
            browser.jar = token
            self.logged_out.append(browser)


def test_killed_workers(site, sqlite_store):
    """Whatever a worker was doing: the site is there again at once, what was
    confirmed holds, and no place in a queue stays taken."""
    server = site(sqlite_store, realm=REALM, server=PRIVATE)
    server.allow("exited on signal 9")
    browsers = people(server, 3)
    slowest = 0.0
    doings = [Doings(server, name) for name in ("anna", "bert")]
    with Crowd(browsers) as crowd, doings[0], doings[1]:
        for _ in range(ROUNDS):
            time.sleep(random.uniform(0, 0.2))
            os.kill(random.choice(server.workers()), signal.SIGKILL)
            began = time.monotonic()
            eventually(lambda: answers(server.browser()), "nobody serves")
            slowest = max(slowest, time.monotonic() - began)
            eventually(lambda: len(server.workers()) == 2, "no new worker")
    server._first_workers = server.workers()
    print(f"{ROUNDS} kills, served again after {slowest:.2f} s at most, "
          f"answers: {crowd.seen}")
    assert set(crowd.seen) <= {IN, None, 503}, crowd.seen
    names = {document["username"] for document in sqlite_store.documents()}
    for each in doings:
        assert each.registered and set(each.registered) <= names
        assert each.logged_out and each.live
        for browser in each.logged_out:
            assert browser.get("/private/x").status == OUT
        for browser in each.live:
            assert browser.get("/private/x").status == IN
    for browser in browsers:
        assert is_logged_in(browser)
    login(server.browser(), "person0")


def answers(browser):
    try:
        return browser.get("/login").status == 200
    except (OSError, EOFError, ValueError):
        return False


class Upgraded:
    """An nginx that is nobody's child, as a service is, so that it takes a new
    binary (USR2)."""

    def __init__(self, server):
        self._folder = Path(server.folder)
        self.masters = []
        # nginx takes a new binary when its parent has gone since it started
        subprocess.run(
            ["sh", "-c", '"$@" >stderr 2>&1 & '
             "until [ -s nginx.pid ]; do sleep 0.1; done",
             "sh", *server._command()],
            check=True, cwd=server.folder, env=server.environment,
            start_new_session=True, timeout=60)
        self._take_master("nginx.pid")
        eventually(lambda: answers(server.browser()), "nginx does not start")

    def _take_master(self, name):
        path = self._folder / name
        eventually(lambda: path.exists() and path.read_text().strip(),
                   f"there is no {name}")
        self.masters.append(int(path.read_text()))

    def upgrade(self):
        os.kill(self.masters[0], signal.SIGUSR2)
        eventually((self._folder / "nginx.pid.oldbin").exists,
                   "there is no new binary")
        self._take_master("nginx.pid")
        eventually(lambda: len(children(self.masters[1])) == 2,
                   "the new binary has no workers")

    def end(self, master):
        os.kill(master, signal.SIGQUIT)
        eventually(lambda: not Path(f"/proc/{master}").exists(),
                   "a master does not end")
        self.masters.remove(master)

    def close(self):
        for master in list(self.masters):
            self.end(master)


def children(pid):
    return Path(f"/proc/{pid}/task/{pid}/children").read_text().split()


@pytest.fixture
def service(nginx, store):
    """service() starts an nginx that can be upgraded."""
    started = []

    def start(realm):
        server = nginx.prepare(SITE, store=store.uri, realm=f"{REALM} {realm}",
                               server=PRIVATE, **OPTIONS)
        started.append(Upgraded(server))
        return server, started[0]

    yield start
    for each in started:
        each.close()


@pytest.mark.parametrize("who_stays", ["the new one", "the old one"])
def test_new_binary(service, store, who_stays):
    """While both serve, both know all sessions, whichever has made them."""
    server, masters = service(KEPT[store.kind])
    browsers = [logged_in(server, "before")]
    with Crowd(browsers) as crowd:
        masters.upgrade()
        for i in range(6):
            browser = Browser(server.port)
            register(browser, f"during{i}")
            login(browser, f"during{i}")
            browsers.append(browser)
        for _ in range(5):  # to either of them
            assert all(is_logged_in(browser) for browser in browsers)
        left = browsers.pop()
        token = dict(left.jar)
        assert left.post("/logout").status == 303
        left.jar = token
        eventually(lambda: not any(is_logged_in(left) for _ in range(10)),
                   "one binary does not know of the logout")
        masters.end(masters.masters[0 if who_stays == "the new one" else 1])
        for _ in range(3):
            assert all(is_logged_in(browser) for browser in browsers)
    assert list(crowd.seen) == [IN], crowd.seen
