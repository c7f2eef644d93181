"""Two nginx on one MongoDB, the clock of one of which is an hour off: sessions
live by the database's clock (session_store on)."""

import re
from datetime import datetime, timedelta, timezone

import pytest

from harness.accounts import PASSWORD, SITE, is_logged_in, logged_in
from harness.faketime import KEEP, WrongClock
from harness.kept_sessions import KEPT, OPTIONS, browser_with
from harness.nginx_server import eventually

HOUR = 3600


@pytest.fixture
def node(nginx, mongo_store):
    """node() is an nginx on the store. Its sessions live for less than the
    clocks are apart."""

    def prepare(main=""):
        return nginx.prepare(
            SITE, store=mongo_store.uri, server="", workers=1,
            realm="session_check 1h; session_lifetime 30m;"
                  f"session_remember 40m; {KEPT['mongodb']}",
            **{**OPTIONS, "main": OPTIONS["main"] + main})

    return prepare


def documents(store):
    with store.server.client() as client:
        return list(client[store.database].ngx_auth_sessions.find())


def log_in(server, **fields):
    browser = server.browser()
    answer = browser.post("/login", {"username": "alice", "password": PASSWORD,
                                     **fields})
    assert answer.status == 303
    return browser, answer


@pytest.mark.once
def test_an_hour_ahead_and_an_hour_behind(node, mongo_store):
    right, off = node().start(), node(KEEP)
    early = logged_in(right)
    clock = WrongClock(off)
    clock.set(HOUR)
    # Its first turn deletes what has expired, which is not this session.
    off.start()
    for turn, ahead in enumerate((HOUR, -HOUR), 1):
        clock.set(ahead)
        off.wait_for_log(r"\[warn\].*the clock of this machine is \d+ s "
                         + ("ahead of" if ahead > 0 else "behind"))
        assert is_logged_in(browser_with(off, early))
        for here, there in ((right, off), (off, right)):
            browser, _ = log_in(here)
            elsewhere = browser_with(there, browser)
            assert is_logged_in(elsewhere) and is_logged_in(browser)
            assert browser.post("/logout").status == 303
            eventually(lambda b=elsewhere: not is_logged_in(b),
                       "the other nginx goes on")
            browser, answer = log_in(here, remember="1")
            assert "Max-Age=2400" in "".join(answer.all("Set-Cookie"))
            assert is_logged_in(browser_with(there, browser))
        now = datetime.now(timezone.utc).replace(tzinfo=None)
        for each in documents(mongo_store):
            minutes = 40 if each["remembered"] else 30
            assert each["until"] - each["created"] == timedelta(
                minutes=minutes)
            for time in (each["created"], each["seen"]):
                assert abs(now - time) < timedelta(minutes=20), each
        clock.set(0)
        eventually(lambda t=turn: len(re.findall(
            r"\[notice\].*the clock of this machine is right again",
            off.error_log)) == t, "the log does not say that it is right")
    assert off.error_log.count("the clock of this machine is") == 4
    assert "the clock of this machine" not in right.error_log
