"""The key beside a SQLite database: nginx makes it, keeps to it, and refuses
any other one; what it has signed outlives nginx."""

import os
import shutil
import signal
import sqlite3
import stat
import subprocess
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest

from harness.accounts import (LIMITED, PASSWORD, SITE, login, register,
                              try_to_log_in)
from harness.admin_tool import (DONE, FAILED, NOT_CONFIRMED, TOOL, UNAVAILABLE)
from harness.workers import give_to_worker

needs_root = pytest.mark.skipif(os.geteuid() != 0,
                                reason="the worker is the same user")


def key_of(store):
    return Path(store.path + ".key")


def ids_in(path):
    with closing(sqlite3.connect(path)) as database:
        return database.execute("SELECT value FROM ngx_auth_meta"
                                " WHERE name = 'key_id'").fetchall()


def known_browser(server):
    browser = server.browser()
    login(browser, "alice")
    browser.jar = {"ngx_auth_device": browser.jar["ngx_auth_device"]}
    return browser


def knows(server, browser):
    """Whether a browser may go on where anybody else has to wait."""
    while try_to_log_in(server.client(), "alice").status == 401:
        pass
    assert try_to_log_in(server.client(), "alice", PASSWORD).status == 429
    other = server.browser()
    other.jar = dict(browser.jar)
    return try_to_log_in(other, "alice", PASSWORD).status == 303


@pytest.fixture
def start(nginx, sqlite_store):
    """Starts a site that counts attempts, on the database or on another one."""
    def start_one(store=sqlite_store, limits=""):
        return nginx(LIMITED, store=store.uri, limits=limits,
                     server="")
    return start_one


@pytest.fixture
def refused(nginx, sqlite_store):
    """That neither -t nor a start takes the database, and what they say; the
    folder stays as it is."""
    def expect(*words, store=sqlite_store):
        server = nginx.prepare(SITE, store=store.uri, realm="", server="")
        server.allow(r"\[emerg\]")
        before = sorted(os.listdir(store.folder))
        line = next(number for number, text in enumerate(
            server.configuration.splitlines(), 1) if "sqlite:" in text)
        for ask in (server.test, server.start_in_vain):
            status, output = ask()
            assert status == 1, output
            for word in (*words, f"nginx.conf:{line}"):
                assert word in output, (word, output)
            assert sorted(os.listdir(store.folder)) == before
    return expect


def tool(store, *arguments, status=DONE):
    done = subprocess.run([TOOL, "--store", store.uri, *map(str, arguments)],
                          capture_output=True, text=True, timeout=60,
                          stdin=subprocess.DEVNULL, check=False)
    assert done.returncode == status, done
    return done


def make_key(store, text="k" * 43 + "\n", mode=0o600):
    key_of(store).write_text(text)
    give_to_worker(key_of(store), mode)


def test_made_by_the_start_and_not_by_a_test(nginx, sqlite_store):
    server = nginx.prepare(SITE, store=sqlite_store.uri, realm="", server="")
    status, output = server.test()
    assert status == 0, output
    assert os.listdir(sqlite_store.folder) == []
    server.start()
    info = os.lstat(key_of(sqlite_store))
    assert stat.S_ISREG(info.st_mode)
    assert stat.S_IMODE(info.st_mode) == 0o600
    assert info.st_uid == os.stat(sqlite_store.folder).st_uid
    text = key_of(sqlite_store).read_text()
    assert len(bytes.fromhex(text)) == 32 and text.endswith("\n")
    [(known,)] = ids_in(sqlite_store.path)
    assert known not in text and text.strip() not in known
    assert not [name for name in os.listdir(sqlite_store.folder)
                if name.startswith("users.db.key.")], "a draft is left"
    # and it stays what it is
    server.reload()
    status, output = server.test()
    assert status == 0, output
    assert key_of(sqlite_store).read_text() == text


def test_key_is_in_no_log(nginx, sqlite_store):
    server = nginx(SITE, store=sqlite_store.uri, realm="", server="")
    assert key_of(sqlite_store).read_text().strip() not in server.error_log


def test_devices_are_known_after_a_restart(start):
    server = start()
    register(server.client(), "alice")
    browser = known_browser(server)
    server.finish()
    assert knows(start(), browser)


def test_two_that_start_together_have_one_key(nginx, sqlite_store):
    servers = [nginx.prepare(LIMITED, store=sqlite_store.uri, limits="",
                             server="") for _ in range(4)]
    with ThreadPoolExecutor(len(servers)) as pool:
        list(pool.map(lambda server: server.start(), servers))
    register(servers[0].client(), "alice")
    browser = known_browser(servers[0])
    for server in servers:
        assert knows(server, browser)
    assert len(ids_in(sqlite_store.path)) == 1


def test_new_key_ends_what_the_former_one_has_signed(start, sqlite_store):
    server = start()
    register(server.client(), "alice")
    browser = known_browser(server)
    server.finish()
    key_of(sqlite_store).unlink()
    tool(sqlite_store, "forget-key", "--yes")
    assert not knows(start(), browser)


def test_realms_on_one_database_share_the_file(nginx, sqlite_store):
    """And a realm's cookies mean nothing to the other realm."""
    other = LIMITED.replace("auth_realm site", "auth_realm other")
    server = nginx(LIMITED, store=sqlite_store.uri, limits="",
                   server="")
    text = key_of(sqlite_store).read_text()
    register(server.client(), "alice")
    browser = known_browser(server)
    again = nginx(other, store=sqlite_store.uri, limits="",
                  server="")
    assert not knows(again, browser)
    assert key_of(sqlite_store).read_text() == text


def test_secret_needs_no_file(start, nginx, sqlite_store, tmp_path):
    secret = tmp_path / "secret"
    secret.write_text("s" * 43)
    secret.chmod(0o600)
    start(limits=f"secret file:{secret};")
    assert not key_of(sqlite_store).exists()


def test_the_file_is_good_as_a_secret(start, sqlite_store, tmp_path):
    """Who moves to MongoDB takes it along."""
    server = start()
    register(server.client(), "alice")
    browser = known_browser(server)
    server.finish()
    copy = tmp_path / "secret"
    shutil.copy(key_of(sqlite_store), copy)
    copy.chmod(0o600)
    assert knows(start(limits=f"secret file:{copy};"), browser)


def test_database_of_a_former_module_gets_one(start, sqlite_store):
    server = start()
    register(server.client(), "alice")
    server.finish()
    with closing(sqlite3.connect(sqlite_store.path)) as database:
        database.execute("DROP TABLE ngx_auth_meta")
        database.commit()
    key_of(sqlite_store).unlink()
    again = start()
    login(again.client(), "alice")
    assert key_of(sqlite_store).exists()
    assert len(ids_in(sqlite_store.path)) == 1


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620])
def test_others_have_rights_on_it(refused, sqlite_store, mode):
    make_key(sqlite_store, mode=mode)
    refused("other users have rights on the key", "chmod 600")


@pytest.mark.parametrize("text", ["", "\n", "k" * 31 + "\n"])
def test_too_short(refused, sqlite_store, text):
    make_key(sqlite_store, text)
    refused(f"holds {len(text.strip())} bytes, and a key has at least 32")


@needs_root
def test_of_another_user(refused, sqlite_store):
    make_key(sqlite_store)
    os.chown(key_of(sqlite_store), 0, 0)
    refused("cannot read the key", "make it owned by the user of nginx's")


@pytest.mark.parametrize("make", [
    lambda path: path.symlink_to(path.with_name("elsewhere")),
    lambda path: path.mkdir(), os.mkfifo],
    ids=["link", "folder", "pipe"])
def test_no_regular_file(refused, sqlite_store, make):
    elsewhere = key_of(sqlite_store).with_name("elsewhere")
    elsewhere.write_text("k" * 43)
    give_to_worker(elsewhere, 0o600)
    make(key_of(sqlite_store))
    if not key_of(sqlite_store).is_symlink():
        give_to_worker(key_of(sqlite_store), 0o700)
    refused("must be a regular file, not a link or a folder")


def test_missing_or_another_one(start, refused, sqlite_store):
    server = start()
    register(server.client(), "alice")
    browser = known_browser(server)
    server.finish()
    kept = key_of(sqlite_store).read_text()
    key_of(sqlite_store).unlink()
    refused("users.db.key\" is missing", "from the backup", "forget-key")
    make_key(sqlite_store)
    refused("is not the key that", "from the backup", "forget-key")
    make_key(sqlite_store, kept)
    assert knows(start(), browser)


def test_missing_at_a_reload(start, sqlite_store):
    """The workers go on with the key that they have."""
    server = start()
    register(server.client(), "alice")
    browser = known_browser(server)
    key_of(sqlite_store).unlink()
    server.allow(r"\[emerg\].*is missing")
    os.kill(server.pid, signal.SIGHUP)
    server.wait_for_log(r"\[emerg\].*users\.db\.key. is missing")
    assert knows(server, browser)


def test_lost_for_good(start, sqlite_store):
    server = start()
    register(server.client(), "alice")
    server.finish()
    key_of(sqlite_store).unlink()
    output = tool(sqlite_store, "forget-key", status=NOT_CONFIRMED).stderr
    assert "say --yes" in output
    assert tool(sqlite_store, "forget-key", "--yes").stdout == (
        f"{sqlite_store.path} takes the key in {key_of(sqlite_store)} when "
        "nginx starts next, or a new one.\n")
    assert "does not know a key" in tool(sqlite_store, "forget-key",
                                         "--yes").stdout
    login(start().client(), "alice")
    assert len(ids_in(sqlite_store.path)) == 1


def test_forgotten_for_another_one(start, refused, sqlite_store):
    start().finish()
    [(former,)] = ids_in(sqlite_store.path)
    make_key(sqlite_store)
    refused("is not the key that")
    tool(sqlite_store, "forget-key", "--yes")
    assert ids_in(sqlite_store.path) == []
    start()
    assert key_of(sqlite_store).read_text() == "k" * 43 + "\n"
    assert ids_in(sqlite_store.path) not in ([], [(former,)])


@pytest.fixture
def folder(tmp_path):
    os.chmod(tmp_path, 0o700)
    return tmp_path


@pytest.fixture
def copied(start, sqlite_store, folder):
    """A site with alice and a browser that it knows is copied and stopped.
    Gives the browser and the copy."""
    server = start()
    register(server.client(), "alice")
    browser = known_browser(server)
    copy = folder / "copy.db"
    assert tool(sqlite_store, "backup", copy).stdout == (
        f"Saved {sqlite_store.path} as {copy}, and its key as {copy}.key.\n")
    server.finish()
    return browser, copy


def test_copy_has_the_key(copied, sqlite_store):
    key = Path(f"{copied[1]}.key")
    info = os.stat(key)
    assert stat.S_IMODE(info.st_mode) == 0o600
    assert info.st_uid == os.geteuid()
    assert key.read_text() == key_of(sqlite_store).read_text()
    assert sorted(os.listdir(key.parent)) == ["copy.db", "copy.db.key"]


def test_restored_at_another_place(copied, start, other_store):
    browser, copy = copied
    assert tool(other_store, "restore", copy).stdout.endswith("it: 1.\n")
    info = os.stat(key_of(other_store))
    assert stat.S_IMODE(info.st_mode) == 0o600
    assert info.st_uid == os.stat(other_store.folder).st_uid
    assert sorted(os.listdir(other_store.folder)) == [
        "users.db", "users.db.key"]
    assert knows(start(other_store), browser)


def test_both_files_moved_by_hand(copied, start, other_store):
    browser, copy = copied
    for ending in ("", ".key"):
        shutil.move(f"{copy}{ending}", other_store.path + ending)
        give_to_worker(other_store.path + ending, 0o600)
    assert knows(start(other_store), browser)


def test_restored_over_another_key(copied, start, other_store):
    """The site goes on, and has the key of the copy after a reload."""
    browser, copy = copied
    server = start(other_store)
    register(server.client(), "bob")
    output = tool(other_store, "restore", copy).stdout
    assert "Reload nginx: it has another key now." in output
    login(server.client(), "alice")
    server.reload()
    assert knows(server, browser)


def test_restored_without_its_key(copied, start, sqlite_store, other_store):
    browser, copy = copied
    os.remove(f"{copy}.key")
    output = tool(other_store, "restore", copy, status=FAILED).stderr
    assert "copy.db.key\" is missing" in output and "--without-key" in output
    # where the key is still there, nothing is amiss
    tool(sqlite_store, "restore", copy)
    tool(other_store, "restore", copy, "--without-key")
    assert not knows(start(other_store), browser)
    assert knows(start(), browser)


def test_restored_with_a_wrong_key(copied, other_store):
    copy = copied[1]
    Path(f"{copy}.key").write_text("k" * 43)
    output = tool(other_store, "restore", copy, status=FAILED).stderr
    assert "is not the key that" in output
    Path(f"{copy}.key").write_text("k" * 5)
    output = tool(other_store, "restore", copy, status=FAILED).stderr
    assert "a key has at least 32" in output
    assert os.listdir(other_store.folder) == []


def test_copy_of_a_database_whose_key_is_missing(copied, sqlite_store, folder):
    key_of(sqlite_store).unlink()
    output = tool(sqlite_store, "backup", folder / "next.db",
                status=UNAVAILABLE).stderr
    assert "users.db.key\" is missing" in output
    make_key(sqlite_store)
    output = tool(sqlite_store, "backup", folder / "next.db",
                status=UNAVAILABLE).stderr
    assert "is not the key that" in output
    assert sorted(os.listdir(folder)) == ["copy.db", "copy.db.key"]


def test_copy_never_replaces_a_key(copied, sqlite_store, folder):
    (folder / "next.db.key").write_text("mine")
    output = tool(sqlite_store, "backup", folder / "next.db",
                status=FAILED).stderr
    assert "next.db.key\" is there already" in output
    assert (folder / "next.db.key").read_text() == "mine"
    assert not (folder / "next.db").exists()
