"""session_store on, and a zone that is too small for all who log in: everybody
stays logged in. Whoever came back last is in the zone, and the others are looked
up in the store."""

import re
from concurrent.futures import ThreadPoolExecutor

import pytest

from harness.accounts import is_logged_in, logged_in, login, register
from harness.kept_sessions import browser_with
from harness.prometheus import figures_of

STATUS = "location = /status { auth_page status; }"
SMALL = ("session_zone 256k; session_limit 100000; "
         "password_concurrency 2 queue=64;")


@pytest.mark.once
def test_everybody_stays_logged_in(node, store):
    server = node(SMALL, server=STATUS, log_level="notice")
    capacity = int(server.wait_for_log(r"holds (\d+) sessions")[1])
    alice, bob = logged_in(server), logged_in(server, "bob")
    register(server.client(), "carol")

    def come(_):
        browser = server.browser()
        login(browser, "carol")
        # Who uses a session does not lose the place in the zone.
        assert is_logged_in(alice)
        return browser

    with ThreadPoolExecutor(4) as pool:
        crowd = list(pool.map(come, range(capacity)))
    before = figures_of(server.client())
    assert before.get("sessions") == before.get("sessions_capacity") == capacity
    assert before.get("store_lookups_total", outcome="found") == 0
    assert store.sessions() == capacity + 2

    assert is_logged_in(bob) and is_logged_in(alice)
    after = figures_of(server.client())
    assert after.get("store_lookups_total", outcome="found") == 1
    assert all(is_logged_in(browser) for browser in crowd)
    thief = browser_with(server, bob)
    assert bob.post("/logout").status == 303
    assert not is_logged_in(thief)
    assert store.sessions() == capacity + 1
    assert figures_of(server.client()).get("sessions") <= capacity
    assert not re.search(r"\[(warn|error|crit|alert)\]", server.error_log)
