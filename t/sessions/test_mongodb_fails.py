"""Each way in which MongoDB can fail where sessions are kept in it: what people
see, what the log says, what is stored, and that it goes on by itself.

Commands fail on the way to the server (harness/mongo_proxy.py). A second nginx,
`there`, has its own way, which never fails.
"""

import re
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest

from harness.accounts import CHEAP, PASSWORD, SITE, login, register
from harness.kept_sessions import KEPT, OPTIONS, browser_with
from harness.mongo_proxy import (ANSWER_LOST, CLOSED, NO_ANSWER, SILENCE,
                                 SILENCE_AFTER, MongoProxy, refused,
                                 unconfirmed)
from harness.mongo_server import MongoServer
from harness.nginx_server import Nginx, eventually, in_some_attempt
from harness.stores import MongoStore

# Long, and it tries our own code only.
pytestmark = pytest.mark.once

# ShutdownInProgress, PrimarySteppedDown, NotWritablePrimary,
# InterruptedAtShutdown
CODES = (91, 189, 10107, 11600)
ERRORS = {**{f"error {code}": refused(code) for code in CODES},
          "closed connection": CLOSED, "lost answer": ANSWER_LOST}
# Of writes, which the server has done.
UNCONFIRMED = {f"write concern error {code}": unconfirmed(code)
               for code in (*CODES, 64)}

FIND_USER = "find", "users"
FIND = "find", "ngx_auth_sessions"
INSERT = "insert", "ngx_auth_sessions"
DELETE = "delete", "ngx_auth_sessions"
SEEN = "update", "ngx_auth_sessions"
REVOKE = "insert", "ngx_auth_revocations"
POLL = "find", "ngx_auth_revocations"

LOCATIONS = """
    location = /account { auth_page account; }
    location = /check { auth_page check; }
    location /files/ { auth_login site; root %%DIR%%; }
"""
IN, OUT, WAIT = 200, 302, 503
LEFT_TO_OTHERS = "was ended on this nginx and could not be ended in the store"


class Site:
    """Two nginx on one database: `here` asks it by the proxy, `there`
    directly. `patience`: see MongoStore; None: the module's own limits."""

    def __init__(self, request, patience):
        self._options = request.config.option
        self._people = self._read = 0
        self._servers = []
        self.server = MongoServer()
        self.proxy = MongoProxy(self.server.port)
        self.store = MongoStore(self.server, patience or 1)
        if patience is None:
            self.store.uri = self.store.uri.partition("?")[0]
        self.here = self.start()
        self.there = self.start(way=self.server)

    def start(self, realm="", way=None):
        uri = self.store.uri.replace(self.server.address,
                                     (way or self.proxy).address)
        module = self._options.module
        server = Nginx(self._options.nginx,
                       None if module == "static" else module, SITE, store=uri,
                       realm=f"session_check 1h; {CHEAP} {KEPT['mongodb']} "
                             + realm, server=LOCATIONS, **OPTIONS)
        self._servers.append(server)
        Path(server.folder, "files").mkdir()
        Path(server.folder, "files/one").write_text("one")
        return server.start()

    def close(self):
        self.proxy.heal()
        try:
            for server in self._servers:
                server.finish()
        finally:
            for server in self._servers:
                server.kill()
                server.remove()
            self.proxy.close()
            self.server.close()

    def member(self):
        self._people += 1
        name = f"person{self._people}"
        register(self.there.client(), name)
        return name

    def person(self, on):
        """A browser of somebody new who is logged in there."""
        browser = on.browser()
        browser.person = self.member()
        login(browser, browser.person)
        return browser

    def sessions_of(self, name):
        with self.server.client() as client:
            database = client[self.store.database]
            [user] = database.users.find({"username": name})
            return list(database.ngx_auth_sessions.find(
                {"user": str(user["_id"])}))

    @contextmanager
    def failing(self, fault, *where, times=None):
        self._read = len(self.here.error_log)
        self.proxy.fail(fault, *where, times=times)
        try:
            yield
            # what a worker does by itself it does within a second
            eventually(lambda: set(where) <= set(self.proxy.met),
                       f"nothing has failed: {where}")
        finally:
            self.proxy.heal()

    def says(self, text):
        """Waits until the log of `here` has it, since the failure began."""
        eventually(lambda: re.search(text, self.here.error_log[self._read:]),
                   f"the log does not say {text}")


@pytest.fixture(scope="module")
def site(request):
    started = Site(request, patience=5)
    yield started
    started.close()


def is_told_to_wait(answer):
    assert answer.status == WAIT, answer
    assert int(answer.header("Retry-After")) > 0
    assert answer.header("Cache-Control") == "no-store"
    return True


def status(browser):
    return browser.get("/files/one").status


def try_to_log_in(server, name):
    """(the browser, the answer)"""
    browser = server.browser()
    return browser, browser.post("/login", {"username": name,
                                            "password": PASSWORD})


def at_once(*calls):
    with ThreadPoolExecutor(len(calls)) as threads:
        return [each.result() for each in
                [threads.submit(call) for call in calls]]


def rows(faults):
    return pytest.mark.parametrize("fault", faults.values(), ids=list(faults))


@rows(ERRORS)
def test_nothing_can_be_read(site, fault):
    """Who is known goes on. Who is not is neither refused nor let in, and what
    has ended elsewhere ends when the store answers again."""
    known, ended = site.person(site.here), site.person(site.here)
    unknown = browser_with(site.here, site.person(site.there))
    name = site.member()
    with site.failing(fault, FIND, FIND_USER, POLL):
        answers = at_once(lambda: unknown.get("/files/one"),
                          lambda: unknown.get("/check"),
                          lambda: try_to_log_in(site.here, name)[1])
        assert all(map(is_told_to_wait, answers))
        page = unknown.get("/login")
        assert page.status == 200
        assert browser_with(site.there, ended).post("/logout").status == 303
        assert status(known) == IN
        site.says(rf'\[error\].*auth: realm "site": .*{site.proxy.address}')
    eventually(lambda: status(unknown) == IN, "it is not found again")
    eventually(lambda: status(ended) == OUT, "it goes on")
    assert status(known) == IN
    assert try_to_log_in(site.there, name)[1].status == 303
    assert len(site.sessions_of(name)) == 1


@rows({**ERRORS, **UNCONFIRMED})
def test_nothing_can_be_written(site, fault):
    """A login has a session or leaves none. A logout holds here at once, and
    everywhere when the store answers again."""
    name, leaving = site.member(), site.person(site.here)
    thief, there = [browser_with(server, leaving)
                    for server in (site.here, site.there)]
    assert status(there) == IN
    with site.failing(fault, INSERT, DELETE):
        (browser, answer), left = at_once(
            lambda: try_to_log_in(site.here, name),
            lambda: leaving.post("/logout"))
        assert left.status == 303 and "ngx_auth" not in leaving.jar
        assert status(thief) == OUT
        site.says(rf"\[error\].*{site.proxy.address}")
        site.says(rf"\[warn\].*{LEFT_TO_OTHERS}")
        if fault.reaches_the_server:  # the store says that it has the session
            assert answer.status == 303 and status(browser) == IN
        else:
            assert is_told_to_wait(answer) and "ngx_auth" not in browser.jar
    eventually(lambda: status(there) == OUT, "it goes on elsewhere")
    assert status(thief) == OUT
    kept = 1 if fault.reaches_the_server else 0
    eventually(lambda: len(site.sessions_of(name)) == kept,
               "there is another session")
    browser, answer = try_to_log_in(site.here, name)
    assert answer.status == 303
    assert status(browser_with(site.there, browser)) == IN


@rows({"error 91": refused(91), "closed connection": CLOSED,
       "write concern error 64": unconfirmed(64)})
def test_endings_cannot_be_told(site, fault):
    """The session is deleted, and who has it in a zone is not told yet."""
    leaving = site.person(site.here)
    there = browser_with(site.there, leaving)
    assert status(there) == IN
    with site.failing(fault, REVOKE):
        assert leaving.post("/logout").status == 303
        site.says(rf"\[warn\].*{LEFT_TO_OTHERS}")
        assert site.sessions_of(leaving.person) == []
    eventually(lambda: status(there) == OUT, "it goes on elsewhere")


@rows({"lost answer": ANSWER_LOST, "write concern error 64": unconfirmed(64)})
def test_login_of_which_nothing_is_known(site, fault):
    """The session that the server has goes when it answers again."""
    name = site.member()
    with site.failing(fault, INSERT):
        site.proxy.fail(refused(91), FIND)
        browser, answer = try_to_log_in(site.here, name)
        is_told_to_wait(answer)
        assert "ngx_auth" not in browser.jar
    eventually(lambda: site.sessions_of(name) == [],
               "a session of nobody is left")


@rows({"error 189": refused(189), "closed connection": CLOSED,
       "lost answer": ANSWER_LOST})
def test_what_is_over_soon(site, fault):
    """Nobody notices: the command is sent once more."""
    def is_not_noticed(_):
        name, leaving = site.member(), site.person(site.here)
        unknown = browser_with(site.here, site.person(site.there))
        there = browser_with(site.there, leaving)
        with site.failing(fault, FIND, INSERT, DELETE, times=1):
            (_, answer), left, looked_up = at_once(
                lambda: try_to_log_in(site.here, name),
                lambda: leaving.post("/logout"), lambda: status(unknown))
        eventually(lambda: status(there) == OUT, "it goes on elsewhere")
        return (answer.status, left.status, looked_up) == (303, 303, IN)

    in_some_attempt(is_not_noticed, "it is noticed")


@rows({"error 91": refused(91), "closed connection": CLOSED})
def test_uses_cannot_be_noted(site, fault):
    """They are noted when the store answers again, also of who has gone since:
    else the session would be older elsewhere than it is."""
    server = site.start("session_idle_timeout 12s;")
    alice = site.person(server)
    [before] = site.sessions_of(alice.person)
    with site.failing(fault, SEEN):
        eventually(lambda: status(alice) == IN and site.proxy.address
                   in server.error_log, "nothing has failed")
    eventually(lambda: [before] != site.sessions_of(alice.person),
               "the use is lost")


# Time limits

@pytest.fixture
def usual(request):
    """With the module's own limits."""
    started = Site(request, patience=None)
    yield started
    started.close()


def timed(call):
    began = time.monotonic()
    return call(), time.monotonic() - began


def requests_meanwhile(browser, call):
    """What call() returns, and the answers to who is logged in until then."""
    with ThreadPoolExecutor(1) as threads:
        called = threads.submit(call)
        seen = []
        while not called.done():
            seen.append(status(browser))
        return called.result(), seen


def test_black_hole(usual):
    """Everything is sent, and nothing is answered."""
    known = usual.person(usual.here)
    unknown = browser_with(usual.here, usual.person(usual.there))
    name = usual.member()

    def log_in():
        return try_to_log_in(usual.here, name)[1]

    def answers_in_time(_):
        eventually(lambda: log_in().status == 303, "nobody can log in")
        usual.proxy.silent = True
        [(answer, took), looked_up], seen = requests_meanwhile(
            known, lambda: at_once(lambda: timed(log_in),
                                   lambda: unknown.get("/files/one")))
        assert is_told_to_wait(answer) and is_told_to_wait(looked_up)
        # The event loop waits for nothing.
        assert set(seen) == {IN} and len(seen) > 5
        print(f"login: 503 after {took:.2f} s; {len(seen)} requests meanwhile")

        def is_known(_):
            answer, took = timed(log_in)
            return is_told_to_wait(answer) and took < 1

        in_some_attempt(is_known, "each login waits for a store that is away")
        answers, took_all = timed(lambda: at_once(*[log_in] * 40))
        assert all(map(is_told_to_wait, answers))
        print(f"40 logins: 503 after {took_all:.2f} s")
        assert status(known) == IN
        usual.proxy.heal()
        _, took_to_recover = timed(lambda: eventually(
            lambda: log_in().status == 303, "nobody can log in"))
        print(f"login: again after {took_to_recover:.2f} s")
        eventually(lambda: status(unknown) == IN, "it is not found again")
        unknown.jar = usual.person(usual.there).jar
        return took < 3 and took_all < 10 and took_to_recover < 15

    in_some_attempt(answers_in_time, "answers come late")


def end_all(site, name):
    """Behind the module's back."""
    with site.server.client() as client:
        sessions = client[site.store.database].ngx_auth_sessions
        sessions.delete_many({})
    return site.sessions_of(name) == []


@rows({"before": SILENCE, "after": SILENCE_AFTER})
def test_black_hole_in_a_login(usual, fault):
    """Whether or not the server has got the session, none is left."""
    name = usual.member()

    def answers_in_time(_):
        with usual.failing(fault, INSERT):
            (browser, answer), took = timed(
                lambda: try_to_log_in(usual.here, name))
            assert is_told_to_wait(answer) and "ngx_auth" not in browser.jar
        eventually(lambda: usual.sessions_of(name) == [],
                   "a session of nobody is left")
        eventually(lambda: try_to_log_in(usual.here, name)[1].status == 303,
                   "nobody can log in")
        eventually(lambda: end_all(usual, name), "sessions are left")
        print(f"login: 503 after {took:.2f} s")
        return took < 3

    in_some_attempt(answers_in_time, "the answer comes late")


@pytest.mark.parametrize("where", [FIND, INSERT, DELETE],
                         ids=["find", "insert", "delete"])
def test_blocked_commands(usual, where):
    """Other commands are answered, these are not."""
    known, leaving = usual.person(usual.here), usual.person(usual.here)
    there = browser_with(usual.there, leaving)
    assert status(there) == IN
    unknown = browser_with(usual.here, usual.person(usual.there))
    name = usual.member()

    with usual.failing(NO_ANSWER, where):
        [looked_up, (_, answer), left], seen = requests_meanwhile(
            known, lambda: at_once(lambda: unknown.get("/files/one"),
                                   lambda: try_to_log_in(usual.here, name),
                                   lambda: leaving.post("/logout")))
    assert set(seen) == {IN} and len(seen) > 5
    assert looked_up.status == (WAIT if where == FIND else IN)
    if where == INSERT:
        is_told_to_wait(answer)
    else:  # without the session the limit is not kept, with the next one it is
        assert answer.status == 303
    assert left.status == 303
    eventually(lambda: status(there) == OUT, "it goes on elsewhere")
    eventually(lambda: status(unknown) == IN, "it is not found again")
