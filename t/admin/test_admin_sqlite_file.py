"""ngx-auth-admin works on a SQLite file as its owner."""

import os
import shutil
import sqlite3
import stat
import subprocess
import time
from contextlib import closing
from pathlib import Path

import pytest

from harness.accounts import PASSWORD, login, register
from harness.admin_tool import DONE, FAILED, TOOL, UNAVAILABLE, run
from harness.nginx_server import eventually
from harness.workers import WORKER_GROUP, WORKER_USER

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="needs root")


def test_sqlite_file_is_not_made(sqlite_store):
    for command in (["list"], ["add", "bob"], ["passwd", "bob"]):
        answer = run(*command, "--store", sqlite_store.uri, password=PASSWORD)
        assert answer.status == UNAVAILABLE
        assert "nginx starts" in answer.err
    assert os.listdir(sqlite_store.folder) == []


def assert_belongs_to_worker(store):
    folder = os.stat(store.folder)
    names = os.listdir(store.folder)
    for name in names:
        info = os.stat(os.path.join(store.folder, name))
        assert (info.st_uid, info.st_gid) == (folder.st_uid, folder.st_gid), name
        assert stat.S_IMODE(info.st_mode) == 0o600, name
    return names


def test_sqlite_file_is_made_when_asked(site, sqlite_store):
    for name in ("alice", "bob"):
        answer = run("add", name, "--create", "--store", sqlite_store.uri,
                     password=PASSWORD)
        assert answer.status == DONE, answer
    assert "users.db" in assert_belongs_to_worker(sqlite_store)
    server = site(sqlite_store)
    login(server.client(), "alice")
    register(server.client(), "carol")
    assert_belongs_to_worker(sqlite_store)


def test_sqlite_file_in_a_folder_that_is_not_there(sqlite_store):
    answer = run("add", "bob", "--create", "--store",
                 sqlite_store.uri + ".d/users.db", password=PASSWORD)
    assert answer.status == UNAVAILABLE and "folder" in answer.err


@needs_root
def test_sqlite_folder_of_root(tmp_path):
    answer = run("add", "bob", "--create", "--store",
                 f"sqlite:{tmp_path}/users.db", password=PASSWORD)
    assert answer.status == UNAVAILABLE and "root" in answer.err
    assert list(tmp_path.iterdir()) == []


@needs_root
def test_sqlite_folder_with_the_group_of_root(sqlite_store):
    """As "install -d -o nobody" makes it: the file is of the user's group."""
    worker = os.stat(sqlite_store.folder)
    os.chown(sqlite_store.folder, worker.st_uid, 0)
    answer = run("add", "bob", "--create", "--store", sqlite_store.uri,
                 password=PASSWORD)
    assert answer.status == DONE, answer
    file = os.stat(sqlite_store.path)
    assert (file.st_uid, file.st_gid) == (worker.st_uid, worker.st_gid)

WORKER = {"user": WORKER_USER, "group": WORKER_GROUP, "extra_groups": []}


@needs_root
def test_sqlite_by_the_worker_himself(sqlite_store):
    for command in (["add", "bob", "--create"], ["disable", "bob"], ["list"]):
        answer = run(*command, "--store", sqlite_store.uri, password=PASSWORD,
                     **WORKER)
        assert answer.status == DONE, answer
    assert "users.db" in assert_belongs_to_worker(sqlite_store)
    assert sqlite_store.find("bob")["disabled"]


@needs_root
def test_sqlite_by_a_user_who_may_not(sqlite_store):
    """It says who he is and who may."""
    os.chmod(sqlite_store.folder, 0o755)
    answer = run("add", "bob", "--create", "--store", sqlite_store.uri,
                 password=PASSWORD, user="daemon", group="daemon",
                 extra_groups=[])
    assert answer.status == UNAVAILABLE
    assert 'cannot make "' in answer.err and "as daemon: " in answer.err
    assert os.listdir(sqlite_store.folder) == []

    run("add", "bob", "--create", "--store", sqlite_store.uri,
        password=PASSWORD)
    for owner, name in ((WORKER_USER, WORKER_USER), (54321, "user id 54321")):
        shutil.chown(sqlite_store.path, owner)
        answer = run("list", "--store", sqlite_store.uri, user="daemon",
                     group="daemon", extra_groups=[])
        assert answer.status == UNAVAILABLE and answer.out == ""
        assert "as daemon: Permission denied; run this as root or as " + name \
            in answer.err


@needs_root
def test_sqlite_without_the_right_to_become_the_worker(alice_in_sqlite):
    by = ["setpriv", "--bounding-set", "-setuid,-setgid"]
    if subprocess.call([*by, "true"], stderr=subprocess.DEVNULL) != 0:
        pytest.skip("no setpriv, or not allowed to give up rights")
    answer = run("list", "--store", alice_in_sqlite.uri, by=by)
    assert answer.status == FAILED and answer.out == ""
    assert f"cannot become {WORKER_USER}: Operation not permitted" in answer.err


def test_sqlite_path_through_a_file(tmp_path):
    (tmp_path / "file").touch()
    answer = run("list", "--store", f"sqlite:{tmp_path}/file/users.db")
    assert answer.status == UNAVAILABLE and "Not a directory" in answer.err


def test_sqlite_files_stay_the_workers(site, sqlite_store):
    """Also those that SQLite makes beside the database while both use it, and
    those that it finds gone."""
    server = site(sqlite_store)
    register(server.client(), "alice")
    server.finish()
    # a worker that ends with a connection in use leaves its log to the next
    # opener: whoever closes last writes the log into the file and removes it
    with closing(sqlite3.connect(sqlite_store.path)) as database:
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    assert sorted(os.listdir(sqlite_store.folder)) == [
        "users.db", "users.db.key"]
    assert run("disable", "alice", "--store", sqlite_store.uri).status == DONE
    # left behind by a tool that is killed
    slow = subprocess.Popen([TOOL, "passwd", "alice", "--store",
                             sqlite_store.uri], stdin=subprocess.PIPE,
                            stdout=subprocess.DEVNULL)
    eventually(lambda: "users.db-wal" in os.listdir(sqlite_store.folder),
               "the tool does not open the file")
    slow.kill()
    slow.wait()
    slow.stdin.close()
    assert "users.db-wal" in assert_belongs_to_worker(sqlite_store)
    assert run("enable", "alice", "--store", sqlite_store.uri).status == DONE


def test_nothing_is_left_in_dev_shm(site, sqlite_store):
    """libmongoc's counters, which another user could not remove."""
    site(sqlite_store)
    start = time.time() - 1
    tool = subprocess.Popen([TOOL, "list", "--store", sqlite_store.uri],
                            stdout=subprocess.DEVNULL)
    assert tool.wait(60) == DONE
    left = Path(f"/dev/shm/mongoc-{tool.pid}")
    assert not left.exists() or left.stat().st_ctime < start


def test_sqlite_link_is_not_followed(site, sqlite_store, tmp_path):
    site(sqlite_store)
    link = tmp_path / "link.db"
    link.symlink_to(sqlite_store.path)
    answer = run("list", "--store", f"sqlite:{link}")
    assert answer.status == UNAVAILABLE and "link" in answer.err
    answer = run("list", "--store", f"sqlite:{tmp_path}")
    assert answer.status == UNAVAILABLE


def test_sqlite_locked_by_somebody_else(site, sqlite_store):
    site(sqlite_store)
    run("add", "alice", "--store", sqlite_store.uri, password=PASSWORD)
    database = sqlite_store._open()
    database.isolation_level = None
    database.execute("BEGIN EXCLUSIVE")
    answer = run("disable", "alice", "--store", sqlite_store.uri)
    database.execute("ROLLBACK")
    database.close()
    assert answer.status == UNAVAILABLE and "locked" in answer.err
    assert not sqlite_store.find("alice").get("disabled")
