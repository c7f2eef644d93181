"""A SQLite file that cannot be written, and keeps sessions: who is logged in goes
on, nobody else gets in, what has ended here stays ended, and all goes on by
itself when the file can be written again."""

import contextlib
import os
import signal
import subprocess

import pytest

from harness.accounts import (PASSWORD, is_logged_in, logged_in, login,
                              register)
from harness.kept_sessions import browser_with
from harness.machines import NotAllowed
from harness.nginx_server import eventually
from harness.prometheus import figures_of
from harness.small_disk import SmallDisk
from harness.stores import names_in
from harness.workers import WORKER_GROUP, WORKER_USER, give_to_worker

# For an nginx whose files may not grow: it gets an error instead of a signal.
NO_SIGNAL = ["sh", "-c", 'trap "" XFSZ; exec "$@"', "sh"]


@contextlib.contextmanager
def full_disk(server, store):
    """No file of nginx's grows beyond the size that the database's log has,
    which is larger than the other ones."""
    limit = os.path.getsize(store.path + "-wal")
    assert limit > 2 * len(server.error_log)
    limit_files(server, limit)
    yield
    limit_files(server, "unlimited")


def limit_files(server, size):
    """The workers' user may do it, and root perhaps not."""
    user = ({"user": WORKER_USER, "group": WORKER_GROUP, "extra_groups": []}
            if os.geteuid() == 0 else {})
    for pid in server.workers():
        subprocess.run(["prlimit", "--pid", str(pid), f"--fsize={size}:"],
                       check=True, **user)


@contextlib.contextmanager
def locked(_, store):
    with contextlib.closing(store._open()) as database:
        database.isolation_level = None
        database.execute("BEGIN EXCLUSIVE")
        yield
        database.execute("ROLLBACK")


@contextlib.contextmanager
def read_only(server, store):
    """For workers that begin now."""
    files = [each.path for each in os.scandir(store.folder)
             if not each.name.endswith(".key")]
    modes = [(path, os.stat(path).st_mode) for path in [*files, store.folder]]
    for path, mode in modes:
        os.chmod(path, mode & ~0o222)
    for pid in server.workers():
        os.kill(pid, signal.SIGKILL)
    server.expect_new_workers()
    yield
    for path, mode in modes:
        os.chmod(path, mode)


def is_told_to_wait(answer):
    assert answer.status == 503, answer
    assert int(answer.header("Retry-After")) > 0
    assert "Please try again" in answer.text
    return True


# A file that may not grow is not yet a full disk, for SQLite.
@pytest.mark.parametrize("broken, says, kind", [
    (full_disk, r"cannot write to .*users\.db.*free space", "unavailable"),
    (locked, "locked", "locked"), (read_only, "read-only", "refused")],
    ids=["full", "locked", "read-only"])
def test_file_that_cannot_be_written(site, sqlite_store, broken, says, kind):
    writes_fail(site, sqlite_store, broken, says, kind, NO_SIGNAL)
    assert_stored(sqlite_store)


@pytest.fixture
def small_disk(sqlite_store):
    """Where the database is."""
    try:
        disk = SmallDisk(sqlite_store.folder)
    except NotAllowed as error:
        pytest.skip(f"no file system can be mounted here: {error}")
    give_to_worker(disk.path(sqlite_store.folder))
    yield disk
    disk.close()


def test_disk_without_space(small_disk, site, sqlite_store):
    @contextlib.contextmanager
    def full(server, _):
        small_disk.fill()
        yield
        small_disk.empty()

    writes_fail(site, sqlite_store, full, r"users\.db.*disk .* is full; make room",
                "full", small_disk.wrapper)
    small_disk.copy_out()
    assert_stored(sqlite_store)


def writes_fail(site, sqlite_store, broken, says, kind, wrapper):
    """What people see while the file is broken, and afterwards."""
    options = {"wrapper": wrapper,
               "server": "location = /status { auth_page status; }"}
    server, elsewhere = [site(sqlite_store, **options) for _ in range(2)]
    server.allow("exited on signal 9")
    known, leaving = [logged_in(server, name) for name in ("ann", "bert")]
    unknown = browser_with(server, logged_in(elsewhere, "carol"))
    thief, there = [browser_with(nginx, leaving)
                    for nginx in (server, elsewhere)]
    assert is_logged_in(there)

    with broken(server, sqlite_store):
        assert is_logged_in(known) and is_logged_in(unknown)
        newcomer = server.browser()
        form = {"username": "ann", "password": PASSWORD}
        assert is_told_to_wait(newcomer.post("/login", form))
        assert "ngx_auth" not in newcomer.jar
        form["username"] = "dora"
        assert is_told_to_wait(newcomer.post("/register", form))
        assert leaving.post("/logout").status == 303
        assert not is_logged_in(thief)
        assert is_logged_in(known) and is_logged_in(unknown)
        server.wait_for_log(rf"\[error\].*{says}")
        server.wait_for_log(r"\[warn\].*could not be ended in the store")
        now = figures_of(server.client())
        assert now.get("store_errors_total", kind=kind) >= 3

    eventually(lambda: not is_logged_in(there), "the store is not told")
    assert not is_logged_in(thief)
    login(newcomer, "ann")
    assert is_logged_in(browser_with(elsewhere, newcomer))
    register(server.client(), "dora")


def assert_stored(store):
    assert names_in(store.path) == ["ann", "bert", "carol", "dora"]
    assert store.sessions() == 3  # of carol, and two of ann
