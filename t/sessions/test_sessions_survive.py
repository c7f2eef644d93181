"""Nobody has to log in again, and no request fails, while nginx reloads, gets a
new binary, or loses its workers."""

import os
import signal
import subprocess
from pathlib import Path

import pytest

from harness.accounts import SITE, is_logged_in, logged_in, login, register
from harness.http_client import Browser
from harness.kept_sessions import KEPT, OPTIONS
from harness.nginx_server import eventually
from harness.survival import (IN, LOCATIONS, REALM, Crowd, Killings, answers,
                              reload_under_load)

ROUNDS = int(os.environ.get("SURVIVAL_ROUNDS") or 50)


def test_reloads(site, sqlite_store):
    """No request fails and no session is lost."""
    server = site(sqlite_store, realm=REALM, server=LOCATIONS)
    seen = reload_under_load(server, ROUNDS)
    assert list(seen) == [IN], seen
    print(f"{ROUNDS} reloads, answers: {seen}")


def test_killed_workers(site, sqlite_store):
    """Whatever a worker was doing: the site is there again at once, what was
    confirmed holds, and no place in a queue stays taken."""
    server, elsewhere = [site(sqlite_store, realm=REALM, server=LOCATIONS)
                         for _ in range(2)]
    server.allow("exited on signal 9")
    killed = Killings(server, sqlite_store, ROUNDS, elsewhere)
    print(f"{ROUNDS} kills: {killed}")
    assert list(killed.complaints()) == []
    login(server.browser(), "person0")


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
                               server=LOCATIONS, **OPTIONS)
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
