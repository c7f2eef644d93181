"""Whose a SQLite file is: this module's own goes on, also one of a module of
before; any other one is refused at every start, at nginx -t and by
ngx-auth-admin, and neither it nor a file beside it changes."""

import contextlib
import hashlib
import os
import re
import shutil
import sqlite3
import subprocess
from pathlib import Path

import pytest

from harness.accounts import PASSWORD, SITE, login, register
from harness.admin_tool import TOOL
from harness.workers import give_to_worker

OUR_ID = 0x6e677861

FORMER = """
    CREATE TABLE IF NOT EXISTS users ( id TEXT PRIMARY KEY NOT NULL,
 username TEXT NOT NULL, password TEXT NOT NULL, created_at TEXT,
 disabled INTEGER NOT NULL DEFAULT 0, roles TEXT NOT NULL DEFAULT '',
 password_origin TEXT NOT NULL DEFAULT '');
    CREATE UNIQUE INDEX IF NOT EXISTS users_username ON users (username);
    CREATE INDEX IF NOT EXISTS users_username_folded
        ON users (username COLLATE NOCASE);
    PRAGMA user_version=1;
"""

FOREIGN = {
    "integer ids": "CREATE TABLE users (id INTEGER PRIMARY KEY, username,"
                   " password)",
    "our columns, user_version 42": FORMER + "PRAGMA user_version=42;",
    "Django": """
        CREATE TABLE auth_user (id integer NOT NULL PRIMARY KEY AUTOINCREMENT,
            password varchar(128) NOT NULL, username varchar(150) NOT NULL
            UNIQUE, is_active bool NOT NULL);
        CREATE TABLE django_session (session_key varchar(40) PRIMARY KEY)""",
    "Flask": "CREATE TABLE user (id INTEGER PRIMARY KEY, username TEXT UNIQUE"
             " NOT NULL, password TEXT NOT NULL)",
    "another application_id": FORMER + "PRAGMA application_id=1196444487;",
    "a view": "CREATE VIEW users AS SELECT 'a' id, 'b' username, 'c' password",
    "a further column": FORMER + "ALTER TABLE users ADD COLUMN email TEXT;",
    "a trigger": FORMER + "CREATE TRIGGER t AFTER INSERT ON users BEGIN"
                          " DELETE FROM users; END;",
    "in WAL mode": "PRAGMA journal_mode=WAL;"
                   "CREATE TABLE users (id INTEGER, username, password)",
}


def content(folder):
    """Everything that a file is, but for the time of its last reading."""
    found = {}
    for path in Path(folder).iterdir():
        info = path.stat()
        found[path.name] = (hashlib.sha256(path.read_bytes()).hexdigest(),
                            info.st_mode, info.st_uid, info.st_mtime_ns)
    return found


def make(store, sql):
    with contextlib.closing(sqlite3.connect(store.path)) as database:
        database.executescript(sql)
        database.commit()
    give(store)


def give(store):
    for name in os.listdir(store.folder):
        give_to_worker(os.path.join(store.folder, name), 0o600)


def expect_refused(nginx, store, words):
    before = content(store.folder)
    server = nginx.prepare(SITE, store=store.uri, realm="", server="")
    server.allow(r"\[emerg\].*is no database of this module")
    status, output = server.test()
    assert status == 1, output
    complaint = re.search(r"\[emerg\].*", output).group()
    assert "is no database of this module" in complaint
    assert words in complaint and store.path in complaint
    assert re.search(r"nginx\.conf:\d+$", complaint)
    assert content(store.folder) == before, "nginx -t"

    status, output = server.start_in_vain()
    assert status == 1, output
    assert content(store.folder) == before, "start"

    for command in (["list"], ["passwd", "alice"], ["add", "bob", "--create"],
                    ["delete", "--yes", "alice"]):
        done = subprocess.run(
            [TOOL, "--store", store.uri, *command], capture_output=True,
            input=PASSWORD.encode() + b"\n", timeout=60, check=False)
        assert done.returncode == 4, done
        assert b"is no database of this module" in done.stderr
        assert content(store.folder) == before, command


@pytest.mark.parametrize("kind", FOREIGN)
def test_foreign_schema(nginx, sqlite_store, kind):
    make(sqlite_store, FOREIGN[kind])
    expect_refused(nginx, sqlite_store, "")


@pytest.mark.parametrize("bytes_in_it", [
    b"username,password\n" * 400, b"x", os.urandom(8192),
    b"SQLite format 3\0"], ids=["text", "a byte", "encrypted", "a start"])
def test_no_database(nginx, sqlite_store, bytes_in_it):
    Path(sqlite_store.path).write_bytes(bytes_in_it)
    give(sqlite_store)
    expect_refused(nginx, sqlite_store, "no SQLite database")


def test_foreign_database_in_use(nginx, sqlite_store):
    """Its program has it open; what it wrote waits in its log."""
    make(sqlite_store, "PRAGMA journal_mode=WAL")
    with contextlib.closing(sqlite3.connect(sqlite_store.path)) as program:
        program.execute("PRAGMA wal_autocheckpoint=0")
        program.executescript(FOREIGN["Flask"])
        give(sqlite_store)
        assert os.path.getsize(sqlite_store.path + "-wal") > 4096
        expect_refused(nginx, sqlite_store, "")
        program.execute("INSERT INTO user VALUES (1, 'ann', 'x')")
        program.commit()


def test_foreign_database_whose_program_has_died(nginx, sqlite_store):
    """A log, or a journal, that its own program has to replay."""
    make(sqlite_store, "PRAGMA journal_mode=WAL;" + FOREIGN["Flask"])
    folder = sqlite_store.folder
    with contextlib.closing(sqlite3.connect(sqlite_store.path)) as program:
        program.execute("INSERT INTO user VALUES (1, 'ann', 'x')")
        program.commit()
        shutil.copytree(folder, folder + ".died")
    try:
        for name in os.listdir(folder):
            os.remove(f"{folder}/{name}")
        for name in ("users.db", "users.db-wal"):
            shutil.copy(f"{folder}.died/{name}", folder)
    finally:
        shutil.rmtree(folder + ".died")
    give(sqlite_store)
    assert os.path.getsize(sqlite_store.path + "-wal") > 4096
    expect_refused(nginx, sqlite_store, "")
    with contextlib.closing(sqlite3.connect(sqlite_store.path)) as program:
        assert program.execute("SELECT username FROM user").fetchall() == [
            ("ann",)]


def test_database_of_a_former_module(nginx, sqlite_store):
    """It is marked, completed and goes on, and -t does neither."""
    make(sqlite_store, FORMER + """
        INSERT INTO users (id, username, password)
        VALUES ('0123456789abcdef01234567', 'taken', '$x')""")
    before = content(sqlite_store.folder)
    server = nginx.prepare(SITE, store=sqlite_store.uri, realm="", server="")
    status, output = server.test()
    assert status == 0, output
    assert content(sqlite_store.folder) == before
    server.start()
    assert server.client().post("/register", {
        "username": "taken", "password": PASSWORD}).status == 409
    register(server.client(), "alice")
    login(server.client(), "alice")
    server.finish()
    with contextlib.closing(sqlite3.connect(sqlite_store.path)) as database:
        assert database.execute("PRAGMA application_id").fetchone() == (OUR_ID,)
        assert database.execute("PRAGMA user_version").fetchone() == (1,)
        assert database.execute("SELECT username, epoch FROM users ORDER BY"
                                " username").fetchall() == [("alice", 0),
                                                            ("taken", 0)]


def test_index_that_only_has_the_right_name(site, sqlite_store):
    make(sqlite_store, FORMER + """
        DROP INDEX users_username;
        CREATE INDEX users_username ON users (username)""")
    server = site(sqlite_store)
    register(server.client(), "alice")
    with pytest.raises(sqlite3.IntegrityError):
        sqlite_store.insert("alice", "$x")


def test_name_that_a_wrong_index_let_in_twice(site, sqlite_store):
    make(sqlite_store, FORMER + """
        DROP INDEX users_username;
        CREATE INDEX users_username ON users (username);
        INSERT INTO users (id, username, password) VALUES
            ('0123456789abcdef01234567', 'bob', '$1'),
            ('0123456789abcdef01234568', 'bob', '$2')""")
    server = site(sqlite_store)
    assert server.client().post("/register", {
        "username": "alice", "password": PASSWORD}).status == 503
    server.wait_for_log(r"holds a username twice; find it with SELECT")
    assert len(sqlite_store.documents()) == 2
