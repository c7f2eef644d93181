"""ngx-auth-admin backup and restore, on a running site."""

import contextlib
import os
import shutil
import sqlite3
import stat
import subprocess
import threading
from pathlib import Path

import pytest

from harness.accounts import (PASSWORD, is_logged_in, logged_in, login,
                              register)
from harness.admin_tool import DONE, FAILED, TOOL, UNAVAILABLE, USAGE
from harness.nginx_server import eventually
from harness.stores import names_in
from harness.workers import give_to_worker

OTHER_PASSWORD = "purple monkey dishwasher"


def run(store, *arguments, status=DONE, line=b""):
    done = subprocess.run([TOOL, "--store", store.uri, *map(str, arguments)],
                          capture_output=True, text=True, timeout=120,
                          input=line.decode(), check=False)
    assert done.returncode == status, done
    return done


def add_many(store, count):
    with contextlib.closing(sqlite3.connect(store.path, timeout=10)) as base:
        base.executemany(
            "INSERT INTO users (id, username, password) VALUES (?, ?, ?)",
            [(f"{number:024x}", f"user{number}", "$" + "h" * 90)
             for number in range(count)])
        base.commit()


def can_log_in(server, name, password=PASSWORD):
    status = server.client().post(
        "/login", {"username": name, "password": password}).status
    assert status in (303, 401), status
    return status == 303


@pytest.fixture
def folder(tmp_path):
    """Where only who runs the tool may write."""
    os.chmod(tmp_path, 0o700)
    return tmp_path


def test_backup_of_a_running_site(site, sqlite_store, folder):
    server = site(sqlite_store)
    register(server.client(), "alice")
    answer = run(sqlite_store, "backup", folder / "copy.db")
    assert answer.stdout == (
        f"Saved {sqlite_store.path} as {folder}/copy.db, and its key as "
        f"{folder}/copy.db.key.\n")
    assert sorted(os.listdir(folder)) == ["copy.db", "copy.db.key"]
    for name in os.listdir(folder):
        info = os.stat(folder / name)
        assert stat.S_IMODE(info.st_mode) == 0o600
        assert info.st_uid == os.geteuid()
    assert names_in(folder / "copy.db") == ["alice"]
    register(server.client(), "bob")
    assert names_in(folder / "copy.db") == ["alice"]


def test_backup_never_replaces_a_file(site, sqlite_store, folder):
    register(site(sqlite_store).client(), "alice")
    (folder / "copy.db").write_text("mine")
    os.symlink("nowhere", folder / "link.db")
    for name in ("copy.db", "link.db"):
        answer = run(sqlite_store, "backup", folder / name, status=FAILED)
        assert "is there already" in answer.stderr
    assert (folder / "copy.db").read_text() == "mine"
    assert sorted(os.listdir(folder)) == ["copy.db", "link.db"]


def test_backup_that_fails_leaves_nothing(sqlite_store, folder):
    answer = run(sqlite_store, "backup", folder / "copy.db",
                 status=UNAVAILABLE)
    assert answer.stderr.count("ngx-auth-admin:") == 1
    assert "does not exist" in answer.stderr
    assert os.listdir(folder) == []
    answer = run(sqlite_store, "backup", folder / "no" / "copy.db",
                 status=FAILED)
    assert "No such file or directory" in answer.stderr


def test_backup_while_people_register(site, sqlite_store, folder):
    server = site(sqlite_store)
    register(server.client(), "alice")
    add_many(sqlite_store, 3000)
    stop = threading.Event()
    registered = []

    def go_on():
        while not stop.is_set():
            name = f"new{len(registered)}"
            register(server.client(), name)
            registered.append(name)

    thread = threading.Thread(target=go_on)
    thread.start()
    try:
        for number in range(5):
            before = list(registered)
            run(sqlite_store, "backup", folder / f"{number}.db")
            names = set(names_in(folder / f"{number}.db"))
            assert {"alice", *before} <= names
    finally:
        stop.set()
        thread.join()
    assert registered


def test_restore_on_a_running_site(site, sqlite_store, folder):
    """Both workers see it at once; who has another password then, or is gone,
    is logged out, everybody else is not."""
    server = site(sqlite_store, realm="session_check 1s;")
    alice = logged_in(server, "alice")
    carol = logged_in(server, "carol")
    run(sqlite_store, "backup", folder / "copy.db")
    run(sqlite_store, "passwd", "alice", line=OTHER_PASSWORD.encode() + b"\n")
    alice = server.browser()
    assert alice.post("/login", {"username": "alice",
                                 "password": OTHER_PASSWORD}).status == 303
    bob = logged_in(server, "bob")
    add_many(sqlite_store, 3000)

    answer = run(sqlite_store, "restore", folder / "copy.db")
    assert answer.stdout == (f"Restored {sqlite_store.path} from "
                             f"{folder}/copy.db; users in it: 2.\n")
    for _ in range(6):
        assert can_log_in(server, "alice")
        assert not can_log_in(server, "alice", OTHER_PASSWORD)
        assert not can_log_in(server, "bob")
    for browser in (alice, bob):
        eventually(lambda browser=browser: not is_logged_in(browser),
                   "a session outlives its user's password", 30)
    assert is_logged_in(carol)
    register(server.client(), "dora")
    for _ in range(6):
        assert can_log_in(server, "dora")
    assert names_in(sqlite_store.path) == ["alice", "carol", "dora"]
    with contextlib.closing(sqlite3.connect(sqlite_store.path)) as database:
        assert database.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    server.reload()
    assert can_log_in(server, "dora")


def test_restore_while_people_log_in(site, sqlite_store, folder):
    server = site(sqlite_store)
    register(server.client(), "alice")
    add_many(sqlite_store, 1000)
    run(sqlite_store, "backup", folder / "copy.db")
    stop = threading.Event()
    statuses = []

    def go_on():
        while not stop.is_set():
            statuses.append(server.client().post(
                "/login", {"username": "alice", "password": PASSWORD}).status)

    threads = [threading.Thread(target=go_on) for _ in range(2)]
    for thread in threads:
        thread.start()
    try:
        for number in range(8):
            register(server.client(), f"later{number}")
            run(sqlite_store, "restore", folder / "copy.db")
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    assert set(statuses) == {303}
    assert len(names_in(sqlite_store.path)) == 1001
    assert "was overwritten" not in server.error_log


def back_up_and_lose(site, store, copy):
    """A site with alice is copied and stopped; then its database is gone."""
    server = site(store)
    register(server.client(), "alice")
    run(store, "backup", copy)
    server.finish()
    for name in os.listdir(store.folder):
        os.remove(os.path.join(store.folder, name))


def test_restore_makes_a_database_before_nginx(site, sqlite_store, folder):
    back_up_and_lose(site, sqlite_store, folder / "copy.db")
    run(sqlite_store, "restore", folder / "copy.db")
    info = os.stat(sqlite_store.path)
    assert info.st_uid == os.stat(sqlite_store.folder).st_uid
    assert stat.S_IMODE(info.st_mode) == 0o600
    login(site(sqlite_store).client(), "alice")


def test_backup_is_a_database_that_can_be_put_in_place(site, sqlite_store,
                                                       folder):
    server = site(sqlite_store)
    register(server.client(), "alice")
    run(sqlite_store, "backup", folder / "copy.db")
    register(server.client(), "bob")
    server.finish()
    shutil.move(folder / "copy.db", sqlite_store.path)
    give_to_worker(sqlite_store.path, 0o600)
    server = site(sqlite_store)
    assert can_log_in(server, "alice")
    assert not can_log_in(server, "bob")


def test_restore_of_a_copy_by_a_former_module(site, sqlite_store, folder):
    server = site(sqlite_store)
    register(server.client(), "alice")
    with contextlib.closing(sqlite3.connect(folder / "old.db")) as database:
        database.executescript("""
            CREATE TABLE users ( id TEXT PRIMARY KEY NOT NULL,
             username TEXT NOT NULL, password TEXT NOT NULL);
            CREATE UNIQUE INDEX users_username ON users (username);
            PRAGMA user_version=1""")
        database.execute("INSERT INTO users VALUES (?, 'carol', ?)",
                         ("0" * 24, sqlite_store.find("alice")["password"]))
        database.commit()
    run(sqlite_store, "restore", folder / "old.db")
    for _ in range(4):
        assert can_log_in(server, "carol")
    register(server.client(), "dora")
    assert names_in(sqlite_store.path) == ["carol", "dora"]


def test_what_cannot_be_restored(site, sqlite_store, folder):
    server = site(sqlite_store)
    register(server.client(), "alice")
    add_many(sqlite_store, 1000)
    run(sqlite_store, "backup", folder / "good.db")
    good = (folder / "good.db").read_bytes()
    (folder / "text.db").write_text("no database\n" * 500)
    (folder / "empty.db").write_bytes(b"")
    (folder / "cut.db").write_bytes(good[:len(good) // 2])
    (folder / "damaged.db").write_bytes(
        good[:20000] + b"\x5a" * 12000 + good[32000:])
    with contextlib.closing(sqlite3.connect(folder / "other.db")) as database:
        database.execute("CREATE TABLE users (id INTEGER PRIMARY KEY,"
                         " username, password)")
    with contextlib.closing(sqlite3.connect(folder / "newer.db")) as database:
        database.executescript("PRAGMA application_id=1852274785;"
                               "CREATE TABLE users (x); PRAGMA user_version=9")
    shutil.copy(folder / "good.db", folder / "part.db")
    (folder / "part.db-wal").write_bytes(b"x" * 5000)
    for name, words in (("text.db", "no database"), ("empty.db", "empty"),
                        ("cut.db", "damaged"), ("damaged.db", "damaged"),
                        ("other.db", "no database of this module"),
                        ("newer.db", "newer version"),
                        ("part.db", "has a log beside it"),
                        ("missing.db", "No such file"),
                        (".", "regular file")):
        answer = run(sqlite_store, "restore", folder / name, status=FAILED)
        assert words in answer.stderr, (name, answer.stderr)
    assert len(names_in(sqlite_store.path)) == 1001
    login(server.client(), "alice")


def test_restore_over_somebody_elses_database(site, sqlite_store, folder):
    back_up_and_lose(site, sqlite_store, folder / "copy.db")
    with contextlib.closing(sqlite3.connect(sqlite_store.path)) as database:
        database.execute("CREATE TABLE notes (text)")
    give_to_worker(sqlite_store.path, 0o600)
    before = Path(sqlite_store.path).read_bytes()
    answer = run(sqlite_store, "restore", folder / "copy.db",
                 status=UNAVAILABLE)
    assert "no database of this module" in answer.stderr
    assert Path(sqlite_store.path).read_bytes() == before


def test_restore_while_the_file_is_replaced(site, sqlite_store, folder):
    """The tool does not open the new file with the former one's log, which
    nginx moves out of the way as soon as it looks at the file."""
    server = site(sqlite_store, realm="session_store off;")
    register(server.client(), "alice")
    run(sqlite_store, "backup", folder / "copy.db")
    shutil.copy(folder / "copy.db", sqlite_store.path + ".new")
    give_to_worker(sqlite_store.path + ".new", 0o600)
    os.rename(sqlite_store.path + ".new", sqlite_store.path)
    answer = run(sqlite_store, "restore", folder / "copy.db",
                 status=UNAVAILABLE)
    assert "reload nginx first" in answer.stderr
    server.reload()
    run(sqlite_store, "restore", folder / "copy.db")
    login(server.client(), "alice")


def test_answers_in_json(site, sqlite_store, folder):
    register(site(sqlite_store).client(), "alice")
    for command, key in (("backup", f',"key":"{folder}/copy.db.key"'),
                         ("restore", "")):
        answer = run(sqlite_store, "--json", command, folder / "copy.db")
        assert answer.stdout == f'{{"file":"{folder}/copy.db"{key}}}\n'


class MongoDB:
    uri = "mongodb://127.0.0.1:1/test"  # is not asked


def test_mongodb_has_tools_of_its_own(folder):
    (folder / "copy.db").write_bytes(b"")
    for command, tool in (("backup", "mongodump"), ("restore",
                                                    "mongorestore")):
        answer = run(MongoDB, command, folder / "copy.db", status=USAGE)
        assert tool in answer.stderr
