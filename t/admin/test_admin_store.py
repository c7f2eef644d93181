"""Where ngx-auth-admin finds the store, what it says if it cannot use that, and
its arguments."""

import os
import subprocess
import time

import pytest

from harness import mongo_server as mongo
from harness.accounts import PASSWORD
from harness.admin_tool import DONE, FAILED, TOOL, UNAVAILABLE, USAGE, run


def test_store_is_down(own_mongo_server):
    uri = own_mongo_server.uri("test")
    assert run("add", "bob", "--store", uri, password=PASSWORD).status == DONE
    own_mongo_server.stop()
    for command in (["list"], ["add", "eve"], ["disable", "bob"]):
        answer = run(*command, "--store", uri, password=PASSWORD)
        assert answer.status == UNAVAILABLE, answer
        assert own_mongo_server.address in answer.err


def test_store_with_a_password(scram_server):
    password = mongo.PASSWORD.replace("&", "%26")
    uri = (f"mongodb://{mongo.USER}:{password}@{scram_server.address}"
           f"/auth_admin_{time.time_ns()}?authSource=admin")
    for right, status in ((True, DONE), (False, UNAVAILABLE)):
        written = uri if right else uri.replace("tr0ub4dor", "tr0ub4d0r")
        for command in (["list"], ["add", "bob"]):
            answer = run(*command, "--store", written, password=PASSWORD)
            assert answer.status == status, answer
            assert "tr0ub4d" not in answer.out + answer.err
    answer = run("list", "--store", uri.rpartition("/")[0])
    assert answer.status == USAGE and "tr0ub4d" not in answer.err


def test_store_in_environment_and_file(alice, tmp_path):
    answer = run("list", "--store", "env:THE_STORE",
                 environment={"THE_STORE": alice.uri})
    assert "alice" in answer.out
    assert run("list", "--store", "env:THE_STORE").status == USAGE
    (tmp_path / "uri").write_text(alice.uri + "\n")
    assert "alice" in run("list", "--store", f"file:{tmp_path}/uri").out
    assert "alice" in run("list", "--store", "file:uri", cwd=tmp_path).out
    assert run("list", "--store", f"file:{tmp_path}/none").status == USAGE


@pytest.mark.parametrize("written, output", [
    ("file:", "needs a path"),
    ("file:large", "larger than 64k"),
    # a file that says to have 4096 bytes, and gives an error or less of them
    ("file:/sys/class/net/lo/speed", "cannot read"),
    ("file:/sys/class/net/lo/mtu", "the store must be"),
    ("env:mongodb://u:pa55word@h/d", "leave them out"),
    ("file:mongodb://u:pa55word@h/d", "leave them out")])
def test_store_in_what_cannot_be_read(tmp_path, written, output):
    (tmp_path / "large").write_text("x" * (64 * 1024 + 1))
    if written[5:].startswith("/") and not os.path.exists(written[5:]):
        pytest.skip("no /sys here")
    answer = run("list", "--store", written, cwd=tmp_path)
    assert answer.status == USAGE and output in answer.err, answer
    assert answer.err.startswith("ngx-auth-admin: --store: ")
    assert "pa55word" not in answer.err


def test_folder_that_is_gone(alice_in_sqlite, tmp_path):
    (tmp_path / "gone").mkdir()
    answer = run("list", "--store", alice_in_sqlite.uri, cwd=tmp_path / "gone",
                 by=["sh", "-c", 'rmdir ../gone && exec "$@"', "sh"])
    assert answer.status == DONE, answer
    assert "alice" in answer.out
    (tmp_path / "gone").mkdir()
    answer = run("list", "--config", "nginx.conf", cwd=tmp_path / "gone",
                 by=["sh", "-c", 'rmdir ../gone && exec "$@"', "sh"])
    assert answer.status == FAILED and "nginx.conf" in answer.err
    assert answer.err.count("\n") == 1


def test_option_of_a_uri_that_nobody_knows(mongo_store):
    answer = run("list", "--store", mongo_store.uri + "&frobnicate=pa55word")
    assert answer.status == DONE
    assert "frobnicate" in answer.err and "pa55word" not in answer.err


def test_relative_sqlite_path_is_ours(site, sqlite_store):
    site(sqlite_store)
    answer = run("list", "--store", "sqlite:users.db",
                 cwd=sqlite_store.folder)
    assert answer.status == DONE, answer


@pytest.mark.parametrize("arguments", [
    [], ["frobnicate"], ["add"], ["list", "bob"], ["disable"],
    ["disable", "a", "b"], ["list", "--wrong"], ["list", "--store"],
    ["list", "--store", "users.db"], ["list", "--store", "postgres://h/d"],
    ["list", "--store", "sqlite:"], ["list", "--store", ""]])
def test_usage_errors(arguments):
    answer = run(*arguments, environment={"HOME": "/"})
    if "" in arguments:  # as if it were not written
        assert answer.status == FAILED
    else:
        assert answer.status == USAGE, answer
    assert answer.out == "" and answer.err.startswith("ngx-auth-admin: ")


def test_help():
    for arguments in (["--help"], ["add", "--help"], ["-h"]):
        answer = run(*arguments)
        assert answer.status == DONE
        assert "Exit status:" in answer.out and answer.err == ""


def test_output_that_cannot_be_written(alice):
    with open("/dev/full", "wb") as full:
        done = subprocess.run([TOOL, "list", "--store", alice.uri],
                              stdout=full, stderr=subprocess.PIPE, timeout=60,
                              check=False)
    assert done.returncode == FAILED
