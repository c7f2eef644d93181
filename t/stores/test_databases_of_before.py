"""A SQLite database of a module from before sessions were kept in it, and that
module on a database of today's: neither loses anything."""

import contextlib
import sqlite3

from harness.accounts import (PASSWORD, SITE, is_logged_in, logged_in,
                              login, register)
from harness.members import werkzeug_hash
from harness.nginx_server import eventually
from harness.workers import give_to_worker

# The schema as that module made it, by sqlite_schema.
BEFORE = """
    PRAGMA journal_mode=WAL;
    PRAGMA application_id=1852274785;
    PRAGMA user_version=1;
    CREATE TABLE users ( id TEXT PRIMARY KEY NOT NULL, username TEXT NOT NULL, password TEXT NOT NULL, created_at TEXT, disabled INTEGER NOT NULL DEFAULT 0, roles TEXT NOT NULL DEFAULT '', password_origin TEXT NOT NULL DEFAULT '', epoch INTEGER NOT NULL DEFAULT 0);
    CREATE UNIQUE INDEX users_username ON users (username);
    CREATE INDEX users_username_folded ON users (username COLLATE NOCASE);
"""
ROWS = [
    ("65a0c0de0000000000000001", "alice", "2026-01-02T03:04:05Z", 0, "", 3),
    ("65a0c0de0000000000000002", "bob", None, 1, "staff,editors", 0),
    ("65a0c0de0000000000000003", "Carol", None, 0, "staff", 0)]


def open_file(store):
    return contextlib.closing(sqlite3.connect(store.path, timeout=60))


def rows(store):
    with open_file(store) as database:
        return {row[1]: row for row in database.execute(
            "SELECT id, username, created_at, disabled, roles, epoch"
            " FROM users")}


def start(nginx, store):
    return nginx(SITE, store=store.uri, server="",
                 realm="session_check 300ms;")


def test_database_of_before(nginx, sqlite_store):
    """Everybody logs in, nothing of anybody is lost, and sessions are kept."""
    with open_file(sqlite_store) as database:
        database.executescript(BEFORE)
        with database:
            database.executemany(
                "INSERT INTO users (id, username, created_at, disabled, roles,"
                " epoch, password) VALUES (?, ?, ?, ?, ?, ?, ?)",
                [(*row, werkzeug_hash("pbkdf2:sha256:1000")) for row in ROWS])
    give_to_worker(sqlite_store.path, 0o600)
    server = start(nginx, sqlite_store)
    for name in ("alice", "Carol"):
        login(server.browser(), name)
    assert server.client().post("/login", {
        "username": "bob", "password": PASSWORD}).status == 401
    assert server.client().post("/register", {
        "username": "carol", "password": PASSWORD}).status == 409
    dora = logged_in(server, "dora")
    server.restart()
    assert is_logged_in(dora)
    assert rows(sqlite_store).items() >= {row[1]: row for row in ROWS}.items()
    server.assert_quiet_log()


def test_statements_of_before(nginx, sqlite_store):
    """What that module asks and writes works on today's file, and counts."""
    server = start(nginx, sqlite_store)
    alice, bob = logged_in(server), logged_in(server, "bob")
    register(server.client(), "eve")
    found = rows(sqlite_store)
    with open_file(sqlite_store) as database:
        def ask(sql, *values):
            with database:
                cursor = database.execute(sql, values)
                return cursor.fetchall() or cursor.rowcount

        # How it looks whether the file is its own, and complete.
        assert ask("PRAGMA application_id") == [(1852274785,)]
        assert ask("PRAGMA user_version") == [(1,)]
        [[table]] = ask("SELECT sql FROM sqlite_schema WHERE type = 'table'"
                        " AND name = 'users'")
        assert table + ";" in BEFORE

        [[_, name, old, *_]] = ask(
            "SELECT id, username, password, disabled, roles, password_origin,"
            " epoch FROM users WHERE username IN (?1, ?2)", "ALICE", "alice")
        assert name == "alice"
        assert ask("SELECT 1 FROM users WHERE username = ?1 COLLATE NOCASE"
                   " LIMIT 1", "EVE") == [(1,)]
        assert len(ask("SELECT password FROM users")) == 3
        assert [row[1] for row in ask(
            "SELECT id, username, password, disabled, roles, created_at FROM"
            " users WHERE username > ?1 AND typeof(username) = 'text'"
            " ORDER BY username LIMIT ?2", "alice", 9)] == ["bob", "eve"]
        assert ask("INSERT INTO users (id, username, password, created_at,"
                   " disabled, roles) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
                   "65a0c0de0000000000000009", "zoe", werkzeug_hash(),
                   "2026-01-02T03:04:05Z", 0, "") == 1
        assert ask("UPDATE users SET password = ?2, password_origin = ?5,"
                   " epoch = ?6 WHERE id = ?1 AND (password = ?3 OR"
                   " password = ?4) AND epoch = ?7", found["alice"][0],
                   werkzeug_hash(password="another horse, another battery"),
                   old, old.encode(), "", 1, 0) == 1
        assert ask("UPDATE users SET epoch = epoch + 1 WHERE id = ?1 AND"
                   " epoch = ?2", found["bob"][0], 0) == 1
        assert ask("UPDATE users SET password = coalesce(?2, password),"
                   " disabled = coalesce(?3, disabled), roles ="
                   " coalesce(?4, roles), epoch = epoch + ?5 WHERE id = ?1",
                   found["bob"][0], None, None, "staff", 0) == 1
        assert ask("DELETE FROM users WHERE id = ?1", found["eve"][0]) == 1
    # It knows no sessions; session_check sees what it has done to users.
    for browser in (alice, bob):
        eventually(lambda b=browser: not is_logged_in(b), "a session goes on")
    server.restart()
    assert not is_logged_in(alice) and not is_logged_in(bob)
    login(server.client(), "zoe")
    login(server.client(), "alice", "another horse, another battery")
    assert rows(sqlite_store)["bob"][4:] == ("staff", 1)
