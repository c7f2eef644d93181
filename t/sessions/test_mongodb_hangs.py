"""MongoDB that does not answer where sessions are kept in it: everybody else is
served as ever, and whoever needs it waits no longer than has been promised."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from harness.failing_mongodb import (DELETE, FIND, IN, INSERT, OUT, WAIT, Site,
                                     at_once, is_told_to_wait, status, timed,
                                     try_to_log_in)
from harness.kept_sessions import browser_with
from harness.mongo_proxy import NO_ANSWER, SILENCE, SILENCE_AFTER
from harness.nginx_server import eventually, in_some_attempt

# Long, and it tries our own code only.
pytestmark = pytest.mark.once


@pytest.fixture
def usual(request):
    """With the module's own limits."""
    started = Site(request, patience=None)
    yield started
    started.close()


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


@pytest.mark.parametrize("fault", [SILENCE, SILENCE_AFTER],
                         ids=["before", "after"])
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
        ([looked_up, (_, answer), left], took), seen = requests_meanwhile(
            known, lambda: timed(lambda: at_once(
                lambda: unknown.get("/files/one"),
                lambda: try_to_log_in(usual.here, name),
                lambda: leaving.post("/logout"))))
    print(f"look-up {looked_up.status}, login {answer.status}, logout "
          f"{left.status} after {took:.2f} s at most; {len(seen)} requests "
          "meanwhile")
    assert set(seen) == {IN} and len(seen) > 5
    assert looked_up.status == (WAIT if where == FIND else IN)
    if where == INSERT:
        is_told_to_wait(answer)
    else:  # without the session the limit is not kept, with the next one it is
        assert answer.status == 303
    assert left.status == 303
    eventually(lambda: status(there) == OUT, "it goes on elsewhere")
    eventually(lambda: status(unknown) == IN, "it is not found again")
