"""Blanks around a typed name are the keyboard's, not the name's."""

import json

import pytest

from harness.accounts import (PASSWORD, is_logged_in, register,
                              try_to_log_in)

BLANKS = [" ", "\t", "\u00a0", "\u3000", " \t\u3000\u00a0 "]


@pytest.mark.parametrize("blank", BLANKS)
def test_register_and_log_in(site, store, blank):
    server = site(store)
    register(server.client(), f"{blank}Alice{blank}")
    assert [d["username"] for d in store.documents()] == ["alice"]
    again = server.client().post("/register", {
        "username": f"alice{blank}", "password": PASSWORD})
    assert again.status == 409
    for typed in (f"alice{blank}", f"{blank}alice", f"{blank}ALICE{blank}"):
        browser = server.browser()
        right = browser.post("/login", {"username": typed,
                                        "password": PASSWORD})
        assert right.status == 303, typed
        assert is_logged_in(browser)
        wrong = server.client().post("/login", {"username": typed,
                                                "password": "wrong"})
        assert wrong.status == 401
        assert wrong.page.field("username") == typed.strip()


@pytest.mark.parametrize("typed", ["al ice", "a\u00a0lice", "\u2003alice",
                                   "alice\n", "alice\u200b", " ", "\u3000"])
def test_other_names(site, sqlite_store, typed):
    """What stands inside, or is no blank of a keyboard, belongs to the name."""
    server = site(sqlite_store)
    register(server.client(), "alice")
    response = server.client().post("/login", {"username": typed,
                                               "password": PASSWORD})
    assert response.status == 401
    response = server.client().post("/register", {"username": typed,
                                                  "password": PASSWORD})
    assert response.status == 422


def test_counted_and_logged_as_one_name(limited):
    server = limited("login_limit user=3 device=3;", realm="""
        audit_log %%DIR%%/audit.log;
    """)
    for typed in ("alice ", "\u3000alice", "ALICE\t"):
        assert try_to_log_in(server.client(), typed).status == 401
    assert try_to_log_in(server.client(), "alice").status == 429
    assert try_to_log_in(server.client(), " alice ").status == 429
    with open(f"{server.folder}/audit.log", encoding="utf-8") as log:
        events = [json.loads(line) for line in log]
    # as typed, but for the blanks
    assert {event["user"].lower() for event in events} == {"alice"}
    assert not any("user_length" in event for event in events)
