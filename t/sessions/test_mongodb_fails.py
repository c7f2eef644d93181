"""Each way in which MongoDB can fail where sessions are kept in it: what people
see, what the log says, what is stored, and that it goes on by itself.

Commands fail on the way to the server (harness/mongo_proxy.py). A second nginx,
`there`, has its own way, which never fails.
"""

import pytest

from harness.failing_mongodb import (DELETE, FIND, FIND_USER, IN, INSERT, OUT,
                                     POLL, REVOKE, SEEN, Site, at_once,
                                     is_told_to_wait, status, timed,
                                     try_to_log_in)
from harness.kept_sessions import SOON_AGAIN, browser_with
from harness.mongo_proxy import ANSWER_LOST, CLOSED, refused, unconfirmed
from harness.nginx_server import eventually, in_some_attempt

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

LEFT_TO_OTHERS = "was ended on this nginx and could not be ended in the store"


@pytest.fixture(scope="module")
def site(request):
    started = Site(request, patience=5)
    yield started
    started.close()


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
        answers, took = timed(lambda: at_once(
            lambda: unknown.get("/files/one"), lambda: unknown.get("/check"),
            lambda: try_to_log_in(site.here, name)[1]))
        assert all(map(is_told_to_wait, answers))
        print(f"look-up, login: 503 after {took:.2f} s at most")
        page = unknown.get("/login")
        assert page.status == 200
        assert browser_with(site.there, ended).post("/logout").status == 303
        assert status(known) == IN
        site.says(rf'\[error\].*auth: realm "site": .*{site.proxy.address}')
    _, took = timed(lambda: eventually(lambda: status(unknown) == IN,
                                       "it is not found again", SOON_AGAIN))
    print(f"look-up: again after {took:.2f} s")
    eventually(lambda: status(ended) == OUT, "it goes on", SOON_AGAIN)
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
        [(browser, answer), left], took = timed(lambda: at_once(
            lambda: try_to_log_in(site.here, name),
            lambda: leaving.post("/logout")))
        print(f"login: {answer.status}, logout, after {took:.2f} s at most")
        assert left.status == 303 and "ngx_auth" not in leaving.jar
        assert status(thief) == OUT
        site.says(rf"\[error\].*{site.proxy.address}")
        site.says(rf"\[warn\].*{LEFT_TO_OTHERS}")
        if fault.reaches_the_server:  # the store says that it has the session
            assert answer.status == 303 and status(browser) == IN
        else:
            assert is_told_to_wait(answer) and "ngx_auth" not in browser.jar
    eventually(lambda: status(there) == OUT, "it goes on elsewhere",
               SOON_AGAIN)
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
