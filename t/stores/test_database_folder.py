"""The folder of a SQLite database is the workers': what they may do there is
asked as one of them."""

import os
import sqlite3
import stat
import subprocess
from pathlib import Path

import pytest

from harness.accounts import SITE, login, register

needs_root = pytest.mark.skipif(os.geteuid() != 0,
                                reason="the worker is the same user")

# Root as systemd's CapabilityBoundingSet, or a container, may leave it: the
# permissions of files hold for it, too.
WEAK_ROOT = ("setpriv", "--bounding-set", "-dac_override,-dac_read_search")


@needs_root
def test_root_without_its_rights_over_files(nginx, sqlite_store):
    """The folder is the worker's alone; only a worker looks into it."""
    server = nginx.prepare(SITE, store=sqlite_store.uri, realm="",
                           server="", wrapper=WEAK_ROOT)
    denied = subprocess.run([*WEAK_ROOT, "ls", sqlite_store.folder],
                            capture_output=True, check=False)
    assert denied.returncode != 0, "setpriv has no effect"
    status, output = server.test()
    assert status == 0, output
    assert os.listdir(sqlite_store.folder) == []
    server.start()
    register(server.client(), "alice")
    server.reload()
    login(server.client(), "alice")
    status, output = server.test()
    assert status == 0, output
    info = os.stat(sqlite_store.path)
    assert stat.S_IMODE(info.st_mode) == 0o600
    assert info.st_uid == os.stat(sqlite_store.folder).st_uid


def test_new_database_has_its_table_before_the_first_request(
        nginx, sqlite_store):
    """Two workers whose first requests come at the same time would wait for
    each other's making it."""
    nginx(SITE, store=sqlite_store.uri, realm="", server="")
    database = sqlite3.connect(f"file:{sqlite_store.path}?mode=ro", uri=True)
    assert database.execute("SELECT count(*) FROM users").fetchone() == (0,)
    assert database.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    database.close()


@needs_root
def test_folder_of_root_is_explained(nginx, tmp_path):
    for folder in (tmp_path, *tmp_path.parents):
        if folder.stat().st_uid == 0 and folder != Path("/tmp"):
            os.chmod(folder, folder.stat().st_mode | 0o755)
        if folder.parent == Path("/tmp"):
            break
    server = nginx.prepare(SITE, store=f"sqlite:{tmp_path}/users.db",
                           realm="", server="")
    server.allow(r"\[emerg\]")
    status, output = server.test()
    assert status == 1, output
    assert f'a worker cannot write the folder "{tmp_path}/"' in output
    assert "ProtectSystem" in output and f"ReadWritePaths={tmp_path}/" in output
    assert os.listdir(tmp_path) == []
