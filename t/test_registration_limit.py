"""Registrations tell which names are taken, so an address gets few."""

import time

import pytest

from harness.accounts import LIMITED, PASSWORD, TAKEN, from_address

CHEAP = "password_hash argon2id memory=7m time=5;"


@pytest.fixture
def limited(nginx, sqlite_store):
    def start(limits="", **options):
        return nginx(LIMITED, store=sqlite_store.uri, limits=limits,
                     realm=CHEAP, server="", **options)

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


def test_mistakes_do_not_count(limited):
    """They are found before the store is asked, so they tell nothing."""
    server = limited("registration_limit address=2;")
    for _ in range(5):
        assert try_to_register(server, "alice", "short").status == 422
        assert try_to_register(server, "a", PASSWORD).status == 422
    assert try_to_register(server, "alice").status == 303


def test_window(limited):
    server = limited("registration_limit address=3 window=1s;")
    given = [try_to_register(server, "root").status for _ in range(2)]
    time.sleep(1.1)
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
