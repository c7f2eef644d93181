"""Registrations tell which names are taken, so an address gets few."""

import time
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlencode

import pytest

from harness.accounts import (LIMITED, PASSWORD, TAKEN,
                              after_an_outage, from_address, try_to_log_in)

SLOW = ("password_hash argon2id memory=256m time=2;"
        "password_concurrency 1 queue=%s;")


@pytest.fixture
def limited(nginx, sqlite_store):
    def start(limits="", realm="", **options):
        return nginx(LIMITED, store=sqlite_store.uri, limits=limits,
                     realm=realm, server="", **options)

    return start


def try_to_register(server, username, password=PASSWORD,
                    address="203.0.113.1"):
    return server.client().post(
        "/register", {"username": username, "password": password},
        headers=from_address(address))


def test_default(limited, sqlite_store):
    server = limited()
    given = [try_to_register(server, f"user{i}") for i in range(12)]
    assert [g.status for g in given] == [303] * 10 + [429] * 2
    assert 1 <= int(given[-1].header("Retry-After")) <= 900
    assert "Too many attempts" in given[-1].page.text
    assert len(sqlite_store.documents()) == 10
    assert try_to_register(server, "user10", address="203.0.113.2"
                           ).status == 303
    # Whoever has registered may log in.
    assert server.client().post(
        "/login", {"username": "user1", "password": PASSWORD},
        headers=from_address("203.0.113.1")).status == 303


def test_taken_names_count(limited):
    server = limited("registration_limit address=4;")
    assert try_to_register(server, "alice").status == 303
    given = [try_to_register(server, "alice") for _ in range(4)]
    assert [g.status for g in given] == [409, 409, 409, 429]
    assert TAKEN in given[0].page.text
    # A refusal tells nothing: a free name gets the same.
    assert try_to_register(server, "free").body == given[-1].body


def test_reserved_names_count(limited):
    server = limited("registration_limit address=2;")
    given = [try_to_register(server, "root").status for _ in range(3)]
    assert given == [409, 409, 429]


def ask(server, path, username, address):
    """Sends a form and waits for nothing."""
    body = urlencode({"username": username, "password": PASSWORD})
    client = server.client().connect()
    client.sendall(
        (f"POST {path} HTTP/1.1\r\nHost: x\r\nX-Real-IP: {address}\r\n"
         "Content-Type: application/x-www-form-urlencoded\r\n"
         f"Content-Length: {len(body)}\r\n\r\n{body}").encode())
    return client


def has_been_counted(server, probe):
    """Whether an address that has one registration has none after probe().
    A busy machine may not have begun with it: then once more."""
    assert try_to_register(server, "taken").status == 303
    for i in range(8):
        address = f"198.51.100.{i}"
        probe(f"probe{i}", address)
        # by which time whatever was being hashed has been
        assert try_to_log_in(server.client(), f"other{i}",
                             address="192.0.2.9").status == 401
        told = try_to_register(server, "taken", address=address).status
        assert told in (409, 429)
        if told == 429:
            return True
    return False


def test_who_leaves_before_the_answer_has_been_counted(limited):
    """Of a name that is taken the answer comes at once: when none comes, it
    is free."""
    server = limited("registration_limit address=1; login_limit off;",
                     SLOW % 9)

    def probe(name, address):
        client = ask(server, "/register", name, address)
        time.sleep(0.2)
        client.close()

    assert has_been_counted(server, probe)


def test_no_turn_after_the_name_was_looked_up_counts(limited):
    """503 tells as much, where a taken name gets 409."""
    server = limited("registration_limit address=1; login_limit off;",
                     SLOW % 0)

    def probe(name, address):
        with ask(server, "/login", "somebody", "192.0.2.8") as other:
            time.sleep(0.2)
            try_to_register(server, name, address=address)
            other.recv(1)

    assert has_been_counted(server, probe)


def test_dead_store_counts_nothing(nginx, own_mongo_server):
    server = nginx(LIMITED, store=own_mongo_server.uri("users"),
                   limits="registration_limit address=2;", server="")
    assert try_to_register(server, "alice").status == 303
    own_mongo_server.stop()
    for _ in range(2):
        assert try_to_register(server, "bob").status == 503
    own_mongo_server.start()
    for name, status in ("bob", 303), ("carol", 429):
        assert after_an_outage(
            lambda: try_to_register(server, name)).status == status


# As long to estimate as a hash takes to compute.
WEAK = "45" * 24


def test_mistakes_do_not_count(limited):
    """They are found before the store is asked, so they tell nothing, and at
    little cost: nobody estimates the password of a name that cannot be."""
    server = limited("registration_limit address=2;")
    for _ in range(5):
        assert try_to_register(server, "alice", "short").status == 422
        assert try_to_register(server, "a", PASSWORD).status == 422
        refused = try_to_register(server, "!", WEAK)
        assert refused.status == 422
        assert 'id="username-error"' in refused.text
        assert "too easy to guess" not in refused.text
    assert try_to_register(server, "alice").status == 303


def test_passwords_too_easy_to_guess_count(limited, sqlite_store):
    server = limited("registration_limit address=3;")
    given = [try_to_register(server, "alice", WEAK) for _ in range(5)]
    assert [g.status for g in given] == [422] * 3 + [429] * 2
    assert all("too easy to guess" in g.text for g in given[:3])
    assert sqlite_store.find("alice") is None


def test_password_is_estimated_in_the_turn_of_a_hash(limited):
    """One permit, no place to wait: while a login is being hashed, a form
    whose password would have to be estimated is turned away; a form with
    another mistake is not."""
    server = limited("login_limit off; registration_limit off;", SLOW % 0)
    for _ in range(8):
        with ask(server, "/login", "somebody", "192.0.2.8") as other:
            time.sleep(0.2)
            weak = try_to_register(server, "alice", WEAK).status
            assert try_to_register(server, "!", WEAK).status == 422
            other.recv(1)
        if weak == 503:
            return
        assert weak == 422  # the login was over already: once more
    pytest.fail("it is estimated beside the hash")


def test_window(limited):
    server = limited("registration_limit address=3 window=4s;")
    given = [try_to_register(server, "root").status for _ in range(2)]
    time.sleep(4.1)
    given += [try_to_register(server, "root").status for _ in range(4)]
    assert given == [409] * 5 + [429]


def test_off(limited):
    server = limited("registration_limit off;")
    given = [try_to_register(server, "root").status for _ in range(30)]
    assert given == [409] * 30


def test_ipv6_48(limited):
    server = limited("registration_limit address=2;")
    given = [try_to_register(server, "root",
                             address=f"2001:db8:7:{i:x}::1").status
             for i in range(11)]
    assert given == [409] * 10 + [429]


def test_logins_and_registrations_are_counted_apart(limited):
    server = limited("registration_limit address=1; login_limit user=2;")
    assert try_to_register(server, "alice").status == 303
    assert try_to_register(server, "root").status == 429
    login = [server.client().post(
        "/login", {"username": "alice", "password": "wrong"},
        headers=from_address("203.0.113.1")).status for _ in range(3)]
    assert login == [401, 401, 429]


def test_zone_full_of_delays(limited):
    """Then unknown browsers have to wait, and the log says what to raise; a
    known one does not."""
    server = limited("registration_limit address=1; attempt_zone 64k;")
    assert try_to_register(server, "alice").status == 303
    browser = server.browser()
    assert try_to_log_in(browser, "alice", PASSWORD).status == 303
    counters = int(server.wait_for_log(
        r'attempts" holds (\d+) counters').group(1))

    def fill(part):
        """One connection: a counter in delay for each address."""
        with server.client().connect() as kept:
            for i in range(counters // 3):
                server.client().post(
                    "/register", {"username": "root", "password": PASSWORD},
                    headers=from_address(f"198.{part}.{i >> 8}.{i & 255}"),
                    connection=kept)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(fill, range(18, 22)))
    refused = try_to_log_in(server.client(), "nobody")
    assert refused.status == 429
    assert 1 <= int(refused.header("Retry-After")) <= 30
    server.wait_for_log("attempt zone is full of counters in delay, raise "
                        "attempt_zone")
    assert try_to_log_in(browser, "alice", PASSWORD).status == 303
