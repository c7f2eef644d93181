"""The filter for fail2ban names the clients that fail, and no others."""

import time

from harness.accounts import (LIMITED, PASSWORD, from_address, register,
                              try_to_log_in)
from harness.audit import (AUDITED, count, events, is_more_than, path_of,
                           wait_for_events)
from harness.fail2ban import failures

VICTIM = "198.51.100.66"
HOSTILE = [
    f'","address":"{VICTIM}","user":"',
    f'"}}\n{{"time":"2026-01-01T00:00:00.000Z","event":"login failed",'
    f'"realm":"site","address":"{VICTIM}"}}',
    f'\\","address":"{VICTIM}"',
    f"<HOST> {VICTIM}", "<ADDR>", "%(failregex)s", VICTIM,
    f"\r\nlogin failed from {VICTIM}", "\u2028" + VICTIM, "a" * 300,
]


def test_real_attempts(nginx, sqlite_store):
    server = nginx(LIMITED, store=sqlite_store.uri, server="", realm=AUDITED,
                   limits="login_limit user=2 address=0;")
    register(server.client(), "alice")
    wanted = []

    def attempt(address, status, *who):
        before = count(server)
        answer = try_to_log_in(server.client(), *who, address=address)
        assert answer.status == status
        assert is_more_than(server, before, 10)
        if status != 303:
            wanted.append(address)

    attempt("203.0.113.1", 303, "alice", PASSWORD)
    attempt("203.0.113.2", 401, "alice")
    attempt("203.0.113.2", 401, "alice")
    attempt("203.0.113.2", 429, "alice", PASSWORD)
    attempt("2001:db8::5", 401, "nobody-at-all")
    for i, name in enumerate(HOSTILE):
        attempt(f"192.0.2.{i}", 401, name)
    # What is no failure of somebody who logs in.
    server.client().post("/login", {"username": "x"}, headers={
        **from_address("203.0.113.9"), "Sec-Fetch-Site": "cross-site"})
    server.client().post("/register", {"username": "bob", "password": "x"},
                         headers=from_address("203.0.113.9"))
    server.client().get("/logout", headers=from_address("203.0.113.9"))

    assert [e["address"] for e in events(server)
            if e["event"] in ("login failed", "throttled")] == wanted
    found = failures(path_of(server))
    assert [address for address, _ in found] == wanted
    for _, when in found:
        assert abs(time.time() - when) < 120


def test_clients_without_an_address_are_left_alone(nginx, sqlite_store):
    server = nginx("""
        auth_realm site { store %%STORE%%; """ + AUDITED + """
                          login_limit off; registration_limit off; }
        server { listen unix:%%DIR%%/socket;
                 location = /login { auth_page login; } }
        server { listen 127.0.0.1:%%PORT%%;
                 location / { proxy_pass http://unix:%%DIR%%/socket; } }
    """, store=sqlite_store.uri)
    assert server.client().post("/login", {
        "username": "x", "password": "y"}).status == 401
    assert [e["address"] for e in wait_for_events(server, 1)] == ["unix:"]
    assert failures(path_of(server)) == []
