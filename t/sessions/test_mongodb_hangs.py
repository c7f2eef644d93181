"""MongoDB that does not answer where sessions are kept in it: everybody else is
served as ever, and whoever needs it waits no longer than has been promised."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from harness.accounts import PASSWORD
from harness.failing_mongodb import (CHANGE_USER, DELETE, FIND, FIND_USER, IN,
                                     INSERT, INSERT_USER, OUT, WAIT, Site,
                                     at_once, is_told_to_wait, status, timed,
                                     try_to_log_in)
from harness.kept_sessions import OTHER_PASSWORD, SOON_AGAIN, browser_with
from harness.mongo_proxy import (NO_ANSWER, SILENCE, SILENCE_AFTER, late,
                                 refused)
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
        return took < 3 and took_all < 10 and took_to_recover < SOON_AGAIN

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


# Seconds. One command may take two, and one operation two and a half.
LATE = 1.35


def test_login_and_registration_have_a_time_limit(usual):
    """Each command is answered in time. After two of them nothing is left for
    the third, and it is not sent."""
    name = usual.member()
    with usual.failing(late(LATE), FIND_USER):
        usual.proxy.fail(late(0), INSERT, INSERT_USER)
        [((browser, answer), took), (registered, took_to_register)] = at_once(
            lambda: timed(lambda: try_to_log_in(usual.here, name)),
            lambda: timed(lambda: usual.here.client().post("/register", {
                "username": "newcomer", "password": PASSWORD})))
        assert is_told_to_wait(answer) and "ngx_auth" not in browser.jar
        assert is_told_to_wait(registered)
        assert not {INSERT, INSERT_USER} & set(usual.proxy.met)
    print(f"login: 503 after {took:.2f} s, registration: 503 after "
          f"{took_to_register:.2f} s")
    assert usual.sessions_of(name) == []
    assert usual.store.find("newcomer") is None


@pytest.mark.parametrize("fault, limit", [(refused(91), 3), (NO_ANSWER, 5)],
                         ids=["fails", "hangs"])
def test_login_at_a_slow_server(usual, fault, limit):
    """After each error the driver looks for a primary, which takes half a second,
    and the command is sent once more. What is sent and not answered is waited
    for, however much time is left."""
    def answers_in_time(_):
        name = usual.member()
        with usual.failing(late(1.15), FIND_USER):
            usual.proxy.fail(fault, INSERT, FIND)
            (browser, answer), took = timed(
                lambda: try_to_log_in(usual.here, name))
        print(f"login: {answer.status} after {took:.2f} s")
        assert is_told_to_wait(answer) and "ngx_auth" not in browser.jar
        assert usual.sessions_of(name) == []
        return took < limit

    in_some_attempt(answers_in_time, "answers come late")


def test_password_is_changed_in_the_last_moment(usual):
    """Nothing is left for a new session. The old ones end nevertheless, on every
    nginx."""
    def is_changed(_):
        here = usual.person(usual.here)
        there = browser_with(usual.there, here)
        assert status(there) == IN
        with usual.failing(late(LATE), FIND_USER, CHANGE_USER):
            usual.proxy.fail(late(0), INSERT)
            answer, took = timed(lambda: here.post("/account", {
                "current_password": PASSWORD, "new_password": OTHER_PASSWORD}))
            kept = INSERT in usual.proxy.met
        print(f"password: {answer.status} after {took:.2f} s")
        if answer.status == WAIT:  # the update has taken two seconds and more
            return False
        assert not kept and status(here) == OUT
        eventually(lambda: status(there) == OUT, "it goes on elsewhere",
                   SOON_AGAIN)
        assert usual.there.client().post("/login", {
            "username": here.person, "password": OTHER_PASSWORD}).status == 303
        return True

    in_some_attempt(is_changed, "nobody can change a password")
