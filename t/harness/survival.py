"""What must outlive reloads and killed workers: requests, and what nginx has
confirmed to people. A site for it serves /private/ to who is logged in, and
/account and /status."""

import os
import random
import signal
import threading
import time

from .accounts import PASSWORD, logged_in
from .kept_sessions import browser_with
from .nginx_server import PATIENCE, eventually
from .prometheus import figures_of

IN, OUT = 404, 302  # the folder is empty
CONFIRMED = "registered", "live", "ended"  # lists of Doings
REALM = "session_check 1h;"
LOCATIONS = """
    location /private/ { auth_login site; }
    location = /account { auth_page account; }
    location = /status { auth_page status; }
"""


def answers(browser):
    try:
        return browser.get("/login").status == 200
    except (OSError, EOFError, ValueError):
        return False


def people(server, count):
    return [logged_in(server, f"person{i}") for i in range(count)]


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


class Doings:
    """Somebody who registers and logs in under one name after another, and then
    stays, logs out, or logs out everywhere else. What nginx has confirmed is
    remembered: who has `registered`, and browsers that are `live` and `ended`.
    If there is another nginx on the store, `elsewhere`, every second login is
    there, so that this one has to look the session up."""

    def __init__(self, server, name, elsewhere=None):
        self._server, self._name, self._elsewhere = server, name, elsewhere
        self._over = threading.Event()
        self.registered, self.ended, self.live = [], [], []
        self._thread = threading.Thread(target=self._work)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._over.set()
        self._thread.join()

    def _work(self):
        for number in range(1_000_000):
            if self._over.is_set():
                return
            try:
                self._live(f"{self._name}{number}", number % 2 == 1)
            except (OSError, EOFError, ValueError):
                pass  # the worker has died; nothing was confirmed

    def _live(self, name, may_go_elsewhere):
        form = {"username": name, "password": PASSWORD}
        browser = self._server.browser()
        if browser.post("/register", form).status != 303:
            return
        self.registered.append(name)
        login_at = self._elsewhere if may_go_elsewhere else None
        browser = (login_at or self._server).browser()
        if browser.post("/login", form).status != 303:
            return
        browser = browser_with(self._server, browser)
        before = browser_with(self._server, browser)
        random.choice([self._stay, self._leave, self._end_others])(
            browser, before)

    def _stay(self, browser, _):
        self.live.append(browser)
        browser.get("/private/x")

    def _leave(self, browser, before):
        if browser.post("/logout").status == 303:
            self.ended.append(before)

    def _end_others(self, browser, before):
        answer = browser.post("/account", {"end_sessions": "1"})
        if answer.status == 303 and answer.location == "/account":
            self.live.append(browser)
            self.ended.append(before)


def reload_under_load(server, rounds, crowd_size=4):
    """The answers that people get meanwhile, by status."""
    with Crowd(people(server, crowd_size)) as crowd:
        for _ in range(rounds):
            server.reload()
    return crowd.seen


class Killings:
    """Kills a worker of nginx at random moments, `rounds` times, while people do
    what they do. `slowest`: how many seconds later somebody served again."""

    def __init__(self, server, store, rounds, elsewhere=None,
                 patience=PATIENCE):
        self._server, self._store = server, store
        self._patience = patience
        self.slowest = 0.0
        browsers = people(server, 3)
        self._doings = [Doings(server, name, elsewhere)
                        for name in ("anna", "bert")]
        with Crowd(browsers) as crowd, self._doings[0], self._doings[1]:
            for _ in range(rounds):
                time.sleep(random.uniform(0, 0.2))
                self._kill_one()
            eventually(lambda: all(map(self.confirmed, CONFIRMED)),
                       "nothing is confirmed to anybody")
        server.expect_these_workers()
        self.seen = crowd.seen
        self._doings[0].live += browsers

    def _kill_one(self):
        os.kill(random.choice(self._server.workers()), signal.SIGKILL)
        began = time.monotonic()
        eventually(lambda: answers(self._server.browser()), "nobody serves")
        self.slowest = max(self.slowest, time.monotonic() - began)
        eventually(lambda: len(self._server.workers()) == 2, "no new worker")

    def confirmed(self, name):
        return [each for doings in self._doings
                for each in getattr(doings, name)]

    def __str__(self):
        counts = {name: len(self.confirmed(name)) for name in CONFIRMED}
        return (f"served again after {self.slowest:.2f} s at most; answers to "
                f"who is logged in: {self.seen}; confirmed: {counts}")

    def complaints(self):
        """What was confirmed and does not hold, and what a dead worker has left
        behind, as sentences."""
        if not set(self.seen) <= {IN, None, 503}:
            yield f"who is logged in has got {self.seen}"
        names = {each["username"] for each in self._store.documents()}
        if lost := set(self.confirmed("registered")) - names:
            yield f"registrations are lost: {lost}"
        for wanted, name in (IN, "live"), (OUT, "ended"):
            wrong = sum(not self._gets(wanted, browser)
                        for browser in self.confirmed(name))
            if wrong:
                yield f"{wrong} sessions that are {name} are not"
        yield from self._left_behind()

    def _comes_true(self, condition):
        try:
            eventually(condition, "", self._patience)
        except AssertionError:
            return False
        return True

    def _gets(self, wanted, browser):
        return self._comes_true(
            lambda: browser.get("/private/x").status == wanted)

    def _left_behind(self):
        """Permits, places in queues, a lease, or sessions in the zone of which
        the store knows nothing."""
        def is_well():
            now = figures_of(self._server.client())
            return (now.get("hashes_running") == now.get("hashes_waiting")
                    == now.get("untold_endings") == 0
                    and now.get("revocation_lag_seconds") < 5
                    and now.get("sessions") <= self._store.sessions())

        if not self._comes_true(is_well):
            now = figures_of(self._server.client()).samples
            yield f"something is left behind: {now}"
