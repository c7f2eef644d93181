"""ngx-auth-admin import: users of a password file, as htpasswd writes it."""

import json
import subprocess

import bcrypt
import pytest

from harness.accounts import PASSWORD, SITE, login
from harness.admin_tool import (DONE, FAILED, FORBIDDEN, UNAVAILABLE, USAGE,
                                run)
from harness.members import add_member, werkzeug_hash

BCRYPT = bcrypt.hashpw(PASSWORD.encode(), bcrypt.gensalt(4)).decode()


@pytest.fixture
def served(site, store):
    return site(store)


@pytest.fixture
def file(tmp_path):
    def write(*lines, ending="\n"):
        path = tmp_path / "htpasswd"
        path.write_bytes(ending.join([*lines, ""]).encode())
        return str(path)

    return write


def test_everybody_logs_in(served, store, file):
    path = file(
        "# users of the old site", "",
        f"alice:{BCRYPT.replace('$2b$', '$2y$')}",
        f"Bob Miller:{BCRYPT}:of the second floor",
        f"carol:{werkzeug_hash('scrypt:1024:8:1')}",
        f"dora:{werkzeug_hash('pbkdf2:sha256:1000')}",
        f"jürgen:{BCRYPT}", ending="\r\n")
    answer = run("import", path, "--store", store.uri)
    assert (answer.status, answer.out) == (
        DONE, "Added 5 users, skipped 0 lines.\n")
    for name in ("alice", "Bob Miller", "carol", "dora", "jürgen"):
        login(served.client(), name)


@pytest.mark.usefixtures("served")
def test_nobody_is_changed(store, file):
    """Names that are taken are skipped, however they are spelt, so that it may
    be run again."""
    add_member(store, "alice")
    before = store.find("alice")
    path = file(f"alice:{BCRYPT}", f"ALICE:{BCRYPT}", f"bob:{BCRYPT}",
                f"bob:{werkzeug_hash()}")
    answer = run("import", path, "--store", store.uri)
    assert (answer.status, answer.out) == (
        DONE, "Added 1 user, skipped 3 lines.\n")
    for number in (1, 2, 4):
        assert f"line {number}: the name" in answer.err
    assert store.find("alice") == before
    assert store.find("bob")["password"] == BCRYPT
    again = run("import", path, "--store", store.uri)
    assert (again.status, again.out) == (
        DONE, "Added 0 users, skipped 4 lines.\n")
    assert len(store.documents()) == 2


@pytest.mark.usefixtures("served")
def test_lines_that_cannot_be_taken(store, file):
    path = file("no colon", f":{BCRYPT}", f" alice:{BCRYPT}",
                "bob:{PLAIN}tr0ub4dor", "carol:", "dora:$9$what",
                f"{'x' * 129}:{BCRYPT}", f"emil:{BCRYPT}")
    answer = run("import", path, "--store", store.uri)
    assert answer.status == FORBIDDEN
    assert answer.out == "Added 1 user, skipped 7 lines.\n"
    for number in range(1, 8):
        assert f"line {number}: " in answer.err
    assert "line 8" not in answer.err
    assert "7 lines were not taken" in answer.err
    assert "tr0ub4dor" not in answer.err and "$9$" not in answer.err
    assert [d["username"] for d in store.documents()] == ["emil"]


@pytest.mark.usefixtures("served")
def test_answer_in_json(store, file):
    path = file(f"alice:{BCRYPT}", f"Alice:{BCRYPT}", "bob")
    answer = run("import", path, "--store", store.uri, "--json")
    assert answer.status == FORBIDDEN
    told = json.loads(answer.out)
    assert told["added"] == ["alice"]
    assert [(s["line"], s["username"]) for s in told["skipped"]] == [
        (2, "Alice"), (3, "")]


def test_from_standard_input_into_a_new_file(nginx, sqlite_store):
    answer = run("import", "-", "--create", "--store", sqlite_store.uri,
                 line=f"alice:{BCRYPT}".encode())
    assert answer.status == DONE, answer
    server = nginx(SITE, store=sqlite_store.uri, realm="", server="")
    login(server.client(), "alice")


def test_file_or_store_that_is_not_there(sqlite_store, file, tmp_path):
    path = file(f"alice:{BCRYPT}")
    assert run("import", path, "--store", sqlite_store.uri).status in (
        UNAVAILABLE, FAILED)
    for wrong in (str(tmp_path / "none"), str(tmp_path), file()):
        answer = run("import", wrong, "--create", "--store", sqlite_store.uri)
        assert answer.status == USAGE and "cannot be read" in answer.err


def test_what_htpasswd_writes(served, store, tmp_path):
    path = tmp_path / "htpasswd"
    try:
        subprocess.run(["htpasswd", "-cbB", path, "alice", PASSWORD],
                       check=True, capture_output=True)
    except FileNotFoundError:
        pytest.skip("there is no htpasswd here")
    assert run("import", str(path), "--store", store.uri).status == DONE
    login(served.client(), "alice")
