"""A SQLite file that is replaced, deleted or written over while nginx runs:
it is given up at once, nothing of it is mixed with the file that is there now,
and that one is served after a reload or a restart."""

import contextlib
import os
import shutil
import signal
import sqlite3

import pytest

from harness.accounts import PASSWORD, is_logged_in, login, register
from harness.nginx_server import eventually
from harness.stores import names_in
from harness.workers import give_to_worker

FORM = {"username": "carl", "password": PASSWORD}


def backup_of(store, name="copy.db"):
    """A copy as sqlite3's .backup makes it, that the worker can use."""
    path = os.path.join(store.folder, name)
    with contextlib.closing(sqlite3.connect(store.path)) as database, \
            contextlib.closing(sqlite3.connect(path)) as copy:
        database.backup(copy)
    give_to_worker(path, 0o600)
    return path


def expect_given_up(server, times=6):
    """Whichever worker is asked."""
    for path in ("/login", "/register") * times:
        response = server.client().post(path, FORM)
        assert response.status == 503, response
        assert int(response.header("Retry-After")) > 0


def can_log_in(server, name):
    status = server.client().post(
        "/login", {"username": name, "password": PASSWORD}).status
    assert status in (303, 401), status
    return status == 303


def assert_the_copy_is_served(server, store):
    """bob came after the copy was made; carl can come now."""
    assert not can_log_in(server, "bob")
    register(server.client(), "carl")
    assert names_in(store.path) == ["alice", "carl"]


@pytest.fixture
def replaced(site, sqlite_store):
    """replaced(count) is a running site with alice, of whose database there is
    a copy, and `count` users more who are not in it."""

    def start(more=1, realm=""):
        server = site(sqlite_store, realm=realm)
        register(server.client(), "alice")
        copy = backup_of(sqlite_store)
        register(server.client(), "bob")
        with contextlib.closing(sqlite3.connect(sqlite_store.path)) as database:
            database.executemany(
                "INSERT INTO users (id, username, password) VALUES (?, ?, ?)",
                [(f"{number:024x}", f"user{number}", "$" + "h" * 90)
                 for number in range(1, more)])
            database.commit()
        for _ in range(4):  # both workers have it open
            assert can_log_in(server, "bob")
        return server, copy

    return start


@pytest.mark.parametrize("more", [1, 2500])
def test_older_copy_is_put_in_its_place(replaced, sqlite_store, more):
    server, copy = replaced(more)
    alice = server.browser()
    login(alice, "alice")
    former = sqlite_store.path + ".former"
    os.rename(sqlite_store.path, former)
    os.rename(copy, sqlite_store.path)

    expect_given_up(server)
    assert is_logged_in(alice)
    line = server.wait_for_log(
        r"was replaced by another file while it was in use.*").group()
    assert "reload nginx" in line

    server.reload()
    assert can_log_in(server, "alice")
    assert_the_copy_is_served(server, sqlite_store)
    names = names_in(former)
    assert len(names) == 1 + more and "bob" in names
    assert is_logged_in(alice)


@pytest.mark.parametrize("make", ["newer", "equal"])
def test_copy_of_another_age(replaced, sqlite_store, make):
    server, copy = replaced()
    if make == "newer":
        register(server.client(), "dora")
    copy = backup_of(sqlite_store, "later.db")
    os.rename(copy, sqlite_store.path)
    expect_given_up(server)
    server.reload()
    register(server.client(), "carl")
    assert names_in(sqlite_store.path) == sorted(
        ["alice", "bob", "carl"] + (["dora"] if make == "newer" else []))


def test_reload_before_anybody_has_noticed(replaced, sqlite_store):
    """The old workers still have the former file's log open. They would notice
    within a second if they kept sessions in it."""
    server, copy = replaced(2500, " session_store off;")
    os.rename(copy, sqlite_store.path)
    status, output = server.test()
    assert status == 0, output
    server.reload()
    assert_the_copy_is_served(server, sqlite_store)
    server.wait_for_log("the log of the former one is kept")


def test_restart_before_anybody_has_noticed(replaced, site, sqlite_store):
    server, copy = replaced(2500)
    os.rename(copy, sqlite_store.path)
    server.finish()
    assert not os.path.exists(sqlite_store.path + "-wal")
    server = site(sqlite_store)
    assert_the_copy_is_served(server, sqlite_store)


def test_person_removes_the_log_first(replaced, sqlite_store):
    server, copy = replaced(2500)
    for suffix in ("-wal", "-shm"):
        os.remove(sqlite_store.path + suffix)
    os.rename(copy, sqlite_store.path)
    expect_given_up(server)
    server.reload()
    assert_the_copy_is_served(server, sqlite_store)


def test_removed_log_loses_nobody(replaced, sqlite_store):
    server, _ = replaced(2500)
    for suffix in ("-wal", "-shm"):
        os.remove(sqlite_store.path + suffix)
    expect_given_up(server)
    server.reload()
    assert can_log_in(server, "bob")
    register(server.client(), "carl")
    assert len(names_in(sqlite_store.path)) == 2502


def test_older_copy_is_written_over_the_file(replaced, sqlite_store):
    server, copy = replaced(2500)
    for _ in range(4):
        can_log_in(server, "bob")
    shutil.copyfile(copy, sqlite_store.path)
    expect_given_up(server)
    server.wait_for_log("was overwritten while it was in use")
    server.reload()
    assert_the_copy_is_served(server, sqlite_store)


def test_file_is_deleted(replaced, sqlite_store):
    server, copy = replaced()
    alice = server.browser()
    login(alice, "alice")
    os.remove(sqlite_store.path)
    expect_given_up(server)
    server.wait_for_log("was deleted or moved away while it was in use")
    assert is_logged_in(alice)
    os.rename(copy, sqlite_store.path)
    server.reload()
    assert can_log_in(server, "alice")
    assert names_in(sqlite_store.path) == ["alice"]


def test_somebody_elses_file_is_put_in_its_place(replaced, sqlite_store):
    server, copy = replaced()
    with contextlib.closing(sqlite3.connect(copy)) as database:
        database.execute("PRAGMA application_id=7")
        database.execute("PRAGMA journal_mode=DELETE")
    with open(copy, "rb") as file:
        content = file.read()
    os.rename(copy, sqlite_store.path)
    expect_given_up(server)
    os.kill(server.pid, signal.SIGHUP)
    server.allow(r"\[emerg\].*is no database of this module")
    server.wait_for_log("is no database of this module")
    expect_given_up(server, times=1)
    with open(sqlite_store.path, "rb") as file:
        assert file.read() == content


def test_nginx_was_killed_and_its_log_is_replayed(replaced, site,
                                                  sqlite_store):
    server, _ = replaced()
    server.kill()
    server._process = None  # its end is no fault
    assert os.path.getsize(sqlite_store.path + "-wal") > 4096
    server = site(sqlite_store)
    eventually(lambda: can_log_in(server, "bob"), "bob is lost")
    assert names_in(sqlite_store.path) == ["alice", "bob"]
