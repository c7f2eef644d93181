"""A machine that is suspended: sessions grow old meanwhile, as the time on
people's watches does."""

import pytest

from harness.accounts import (PASSWORD, after_an_outage, logged_in, login,
                              try_to_log_in)
from harness.machine_asleep import sleep

MINUTE = 60


def is_in(browser):
    """As soon as the store has been read: it may have ended elsewhere."""
    answer = after_an_outage(lambda: browser.get("/dashboard"))
    assert answer.status in (200, 302), answer
    return answer.status == 200


@pytest.mark.parametrize("kept", ["on", "off"])
def test_sessions_grow_old(site, sqlite_store, clocks, kept):
    server = site(sqlite_store, realm=f"session_store {kept};"
                  "session_idle_timeout 30m; session_lifetime 45m;", **clocks)
    alice, bob = logged_in(server), logged_in(server, "bob")
    sleep(server, 29 * MINUTE)
    assert is_in(alice)
    sleep(server, 31 * MINUTE)
    assert not is_in(bob)  # idle for too long
    assert is_in(alice)
    sleep(server, 46 * MINUTE)
    assert not is_in(alice)
    login(alice, "alice")
    assert is_in(alice)


def test_waits_get_shorter(limited, clocks):
    server = limited("login_limit user=1 delay=15m;", **clocks)
    client = server.client()
    assert try_to_log_in(client, "alice").status == 401
    refused = try_to_log_in(client, "alice", PASSWORD)
    assert refused.status == 429
    sleep(server, int(refused.header("Retry-After")))
    assert try_to_log_in(client, "alice", PASSWORD).status == 303
