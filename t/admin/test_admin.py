"""ngx-auth-admin, the command-line tool for operators."""

import json
import os
import pty
import re
import select
import shutil
import signal
import sqlite3
import stat
import subprocess
import termios
import time
from contextlib import closing
from pathlib import Path

import argon2
import pymongo
import pytest

from harness import mongo_server as mongo
from harness.accounts import (PASSWORD, REFUSED, SITE, is_logged_in, login,
                              register)
from harness.admin_tool import (DONE, FAILED, FORBIDDEN, NO_SUCH_USER, NOT_CONFIRMED,
                                QUIET, TOOL, UNAVAILABLE, UNKNOWN, USAGE, Answer,
                                run)
from harness.nginx_server import PATIENCE, eventually
from harness.workers import WORKER_GROUP, WORKER_USER

OTHER_PASSWORD = "purple monkey dishwasher"

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="needs root")


@pytest.fixture
def alice(store, admin):
    """A store with alice in it, which no nginx has seen."""
    admin("add", "alice", "--create", password=PASSWORD)
    return store


@pytest.fixture
def alice_in_sqlite(sqlite_store):
    answer = run("add", "alice", "--create", "--store", sqlite_store.uri,
                 password=PASSWORD)
    assert answer.status == DONE, answer
    return sqlite_store


@pytest.fixture
def people(site, store, admin):
    """A running site, whose store exists then; alice is in it."""
    server = site(store)
    admin("add", "alice", password=PASSWORD)
    return server


def stored(store, username, password=PASSWORD):
    """Whether the user has this password."""
    try:
        return argon2.PasswordHasher().verify(
            store.find(username)["password"], password)
    except argon2.exceptions.VerifyMismatchError:
        return False


def refused(server, username, password=PASSWORD):
    response = server.client().post(
        "/login", {"username": username, "password": password})
    assert response.status == 401 and REFUSED in response.page.text, response
    return True


# Commands

def test_user_that_was_added_logs_in(people, store, admin):
    browser = people.browser()
    login(browser, "alice")
    assert is_logged_in(browser)
    document = store.find("alice")
    assert set(document) == {"_id", "username", "password", "created_at"}
    assert argon2.PasswordHasher().verify(document["password"], PASSWORD)
    assert "m=19456,t=2,p=1" in document["password"]


def test_add_in_capitals(people, admin):
    assert admin("add", "Bob", password=PASSWORD).out == "Added bob.\n"
    login(people.client(), "BOB")


def test_add_is_seen_by_registration(people):
    response = people.client().post(
        "/register", {"username": "Alice", "password": PASSWORD})
    assert response.status == 409


def test_add_a_name_that_is_taken(people, store, admin):
    before = store.documents()
    for name in ("alice", "ALICE"):
        answer = admin("add", name, password=OTHER_PASSWORD,
                       status=NO_SUCH_USER)
        assert "taken" in answer.err
    assert store.documents() == before
    register(people.client(), "carol")
    store.insert("Dave", "$hash")
    for name in ("carol", "dave"):
        admin("add", name, password=PASSWORD, status=NO_SUCH_USER)


def test_add_a_name_against_the_rule(alice, admin):
    for name in ("al", "a" * 65, "a b c", "-bob", "böb", "bob\n", 'bo"b', ""):
        for more in ([], ["--force"]):
            answer = admin("add", *more, "--", name, password=PASSWORD,
                           status=FORBIDDEN)
            assert answer.err.count("\n") == 1
    assert len(alice.documents()) == 1


def test_add_a_reserved_name(people, admin):
    answer = admin("add", "admin", password=PASSWORD, status=FORBIDDEN)
    assert "--force" in answer.err
    admin("add", "Admin", "--force", password=PASSWORD)
    login(people.client(), "admin")


def test_add_with_roles(alice, admin):
    admin("add", "bob", "--roles", "staff,editors", password=PASSWORD)
    assert admin("roles", "bob").out == "bob: staff,editors\n"


def test_list(alice, admin):
    admin("add", "bob", "--roles", "staff,editors", password=PASSWORD)
    admin("disable", "bob")
    lines = admin("list").out.splitlines()
    assert lines[0].split() == ["USER", "STATE", "CREATED", "ROLES"]
    assert re.fullmatch(r"alice +active +20\d\d-\d\d-\d\dT[\d:]{8}Z", lines[1])
    assert re.fullmatch(r"bob +disabled +20\S+ +staff,editors", lines[2])
    assert len(lines) == 3


def test_list_of_nobody(site, store, admin):
    site(store)
    assert admin("list").out.split() == ["USER", "STATE", "CREATED", "ROLES"]
    assert admin("list", "--json").json == []


def test_list_in_json(alice, admin):
    admin("add", "bob", "--roles", "staff,editors", password=PASSWORD)
    admin("disable", "bob")
    first, second = admin("list", "--json").json
    assert re.fullmatch(r"20\d\d-\d\d-\d\dT[\d:]{8}Z", first.pop("created_at"))
    assert first == {"id": str(alice.find("alice")["_id"]),
                     "username": "alice", "disabled": False, "roles": []}
    assert (second["username"], second["disabled"], second["roles"]) == \
        ("bob", True, ["staff", "editors"])


def test_list_shows_documents_of_others(alice, admin):
    alice.insert("Plain Name", argon2.PasswordHasher().hash(PASSWORD))
    alice.insert("empty", "")
    alice.insert("esc\x1b[31m", "$hash")
    table = admin("list").out
    assert "\x1b" not in table and '"esc\\x1b[31m"' in table
    assert re.search(r"^Plain Name +active +-$", table, re.M)
    assert re.search(r"^empty +cannot log in .*password", table, re.M)
    found = {user["username"]: user for user in admin("list", "--json").json}
    assert found["Plain Name"]["created_at"] is None
    assert "problem" not in found["Plain Name"]
    assert "password" in found["empty"]["problem"]
    assert "esc\x1b[31m" in found


def test_list_says_who_cannot_log_in_and_why(alice, admin):
    stored = {
        "md5": ("5f4dcc3b5aa765d61d8327deb882cf99", "of kind plain MD5"),
        "crypt": ("$1$saltsalt$qJH7.N4xYta3aEG/dfqo/0", "of kind MD5 crypt"),
        "costly": ("$2b$31$" + "." * 53, "of kind bcrypt whose cost"),
        "cut": ("$2b$12$abc", "a malformed hash of kind bcrypt"),
        "clear": (PASSWORD, "no hash of a known kind"),
        "locked": ("!" + "x" * 40, "locked"),
        "empty": ("", "empty"),
    }
    for name, (password, _) in stored.items():
        alice.insert(name, password)
    alice.insert(" outer", argon2.PasswordHasher().hash(PASSWORD))
    alice.insert("asleep", stored["md5"][0], disabled=True)
    alice.insert("fine", "pbkdf2:sha256:1000$salt$" + "0" * 64)
    shown = admin("list")
    found = {user["username"]: user for user in admin("list", "--json").json}
    for name, (password, why) in stored.items():
        assert why in found[name]["problem"]
        assert re.search(rf"^{name} +cannot log in .*# .*{re.escape(why)}",
                         shown.out, re.M), shown.out
        assert not password or password not in shown.out
    assert "outer spaces" in found[" outer"]["problem"]
    assert re.search('^" outer" +cannot log in .*# .*outer spaces', shown.out,
                     re.M)
    assert re.search("^asleep +disabled .*# .*plain MD5", shown.out, re.M)
    for name in ("alice", "fine"):
        assert re.search(f"^{name} +active +[^#]*$", shown.out, re.M)
        assert "problem" not in found[name]


def test_list_takes_a_text_for_one_role(mongo_store):
    mongo_store.insert("alice", argon2.PasswordHasher().hash(PASSWORD),
                       roles="admin")
    mongo_store.insert("bob", argon2.PasswordHasher().hash(PASSWORD),
                       roles=["staff", 7])
    table = run("list", "--store", mongo_store.uri).out
    assert re.search("^alice +active +- +admin$", table, re.M)
    # What is left out keeps nobody out.
    assert re.search("^bob +active +- +staff  # .*roles", table, re.M)


def test_list_of_many(alice, admin):
    many = [f"user{i:04}" for i in range(1100)]
    alice.insert_many(many, "$hash")
    names = [user["username"] for user in admin("list", "--json").json]
    assert names == ["alice"] + many
    assert len(admin("list").out.splitlines()) == 1102


def test_passwd(people, store, admin):
    before = store.find("alice")
    assert admin("passwd", "alice", password=OTHER_PASSWORD).out == \
        "Changed the password of alice.\n"
    refused(people, "alice")
    login(people.client(), "alice", OTHER_PASSWORD)
    after = store.find("alice")
    assert before.pop("password") != after.pop("password")
    assert after.pop("epoch" if store.kind == "sqlite" else "ngx_auth")
    assert before == after


def test_passwd_mends_a_user_without(people, store, admin):
    store.insert("carol", "")
    refused(people, "carol")
    admin("passwd", "carol", password=PASSWORD)
    login(people.client(), "carol")


def test_disable_and_enable(people, admin):
    for _ in range(2):
        assert admin("disable", "alice").out == "Disabled alice.\n"
    refused(people, "alice")
    assert admin("list", "--json").json[0]["disabled"] is True
    for _ in range(2):
        assert admin("enable", "alice").out == "Enabled alice.\n"
    login(people.client(), "alice")


def test_roles_reach_the_upstream(site, store, upstream, admin):
    server = site(store, server=f"""
        location /app/ {{
            auth_login on;
            proxy_pass http://127.0.0.1:{upstream.port};
        }}""")
    admin("add", "alice", password=PASSWORD)
    assert admin("roles", "alice").out == "alice has no roles.\n"
    assert admin("roles", "alice", "staff", "site editors").out == \
        "alice: staff,site editors\n"
    browser = server.browser()
    login(browser, "alice")
    assert browser.get("/app/").status == 200
    headers = {name.lower(): value
               for name, value in upstream.requests[-1].headers}
    assert headers["remote-user"] == "alice"
    assert headers["remote-groups"] == "staff,site editors"


def test_roles_replace_and_go(alice, admin):
    assert admin("roles", "alice", "b,a", "b", "c", "--json").json["roles"] == \
        ["b", "a", "c"]
    assert admin("roles", "alice", "--json").json["roles"] == ["b", "a", "c"]
    assert admin("roles", "alice", "d").out == "alice: d\n"
    assert admin("roles", "alice", "--none").out == "alice has no roles.\n"
    admin("roles", "alice", "a", "--none", status=USAGE)


def test_roles_that_cannot_be(alice, admin):
    for role in ("", "a,", " a", "a\n", 'a"b', "a\x7f"):
        admin("roles", "alice", "fine", role, status=FORBIDDEN)
    assert admin("roles", "alice", "--json").json["roles"] == []


def test_roles_fit_into_a_session(people, admin):
    most = ["r" * 95, "s" * 96]
    admin("roles", "alice", *most)
    login(people.client(), "alice")
    admin("roles", "alice", *most, "t", status=FORBIDDEN)


def test_delete(people, store, admin):
    admin("add", "bob", password=PASSWORD)
    assert admin("delete", "alice", status=NOT_CONFIRMED).out == ""
    assert len(store.documents()) == 2
    assert admin("delete", "alice", "--yes").out == "Deleted alice.\n"
    refused(people, "alice")
    login(people.client(), "bob")
    deleted = admin("delete", "-y", "bob", "--json").json
    assert deleted["username"] == "bob" and deleted["deleted"] is True
    assert store.documents() == []
    register(people.client(), "alice")


def test_nobody_of_that_name(alice, admin):
    for command in (["passwd"], ["disable"], ["enable"], ["roles"],
                    ["roles", "--none"], ["delete", "--yes"]):
        for name in ("bob", "", "alice\n"):
            answer = admin(*command, "--", name, password=PASSWORD,
                           status=NO_SUCH_USER)
            assert answer.err.count("\n") == 1 and answer.out == ""
    for name in ("' OR 1=1 --", '{"$ne": null}', "%", "$where"):
        admin("delete", "--yes", "--", name, status=NO_SUCH_USER)
    assert len(alice.documents()) == 1


def test_sessions_end_with_their_user(site, store, admin):
    server = site(store, realm="session_check 300ms;")
    browsers = {}
    for name in ("disabled", "changed", "deleted", "left"):
        admin("add", name, password=PASSWORD)
        browsers[name] = server.browser()
        login(browsers[name], name)
    admin("disable", "disabled")
    admin("passwd", "changed", password=OTHER_PASSWORD)
    admin("delete", "deleted", "--yes")
    admin("roles", "left", "staff")
    for name in ("disabled", "changed", "deleted"):
        eventually(lambda name=name: not is_logged_in(browsers[name]),
                   f"the session of {name!r} lives on")
    assert is_logged_in(browsers["left"])


def test_names_in_other_spellings(alice, admin):
    """As at a login: exactly as it is stored, or in small letters."""
    alice.insert("Erin", "$hash")
    alice.insert("Dave O'Neil", "$hash")
    assert admin("disable", "ALICE").out == "Disabled alice.\n"
    assert admin("disable", "Erin").out == "Disabled Erin.\n"
    assert admin("disable", "Dave O'Neil").out == "Disabled Dave O'Neil.\n"
    answer = admin("disable", "erin", status=NO_SUCH_USER)
    assert "capitals" in answer.err
    alice.insert("erin", "$hash")
    admin("disable", "erin")
    assert alice.find("erin")["disabled"]


def test_blanks_around_a_name(alice, store, admin):
    admin("add", " Bob\u00a0", password=PASSWORD)
    assert store.find("bob")
    admin("passwd", "\u3000bob ", password=PASSWORD + "2")
    assert stored(store, "bob", PASSWORD + "2")
    admin("add", "bob ", password=PASSWORD, status=NO_SUCH_USER)


def test_names_that_are_commands(alice, admin):
    admin("add", "list", password=PASSWORD)
    assert admin("roles", "list", "add", "delete").out == "list: add,delete\n"
    admin("delete", "list", "--yes")


def test_json_of_each_command(alice, admin):
    added = admin("add", "bob", "--json", password=PASSWORD).json
    assert added["username"] == "bob" and len(added["id"]) == 24
    assert admin("disable", "bob", "--json").json == {**added, "disabled": True}
    assert admin("enable", "bob", "--json").json == added
    assert admin("passwd", "bob", "--json",
                 password=OTHER_PASSWORD).json == added
    assert admin("roles", "bob", "x", "--json").json == {**added,
                                                         "roles": ["x"]}


def test_ids_of_other_kinds(mongo_store):
    with mongo_store.server.client() as client:
        client[mongo_store.database].users.insert_one(
            {"_id": 17, "username": "odd", "password": "$hash"})
    assert run("disable", "odd", "--store", mongo_store.uri).status == DONE
    assert mongo_store.find("odd")["disabled"] is True
    assert run("delete", "odd", "--yes",
               "--store", mongo_store.uri).status == DONE
    assert mongo_store.documents() == []


def test_ids_that_are_too_long(mongo_store):
    """Such users are shown, but not changed."""
    with mongo_store.server.client() as client:
        client[mongo_store.database].users.insert_one(
            {"_id": "x" * 80, "username": "odd", "password": "$hash"})
    for command in (["disable"], ["roles", "--none"], ["delete", "--yes"]):
        answer = run(*command, "odd", "--store", mongo_store.uri)
        assert answer.status == FAILED and "only be" in answer.err, answer
    [odd] = run("list", "--json", "--store", mongo_store.uri).json
    assert odd["id"] == "" and odd["problem"]


def test_two_users_of_one_name(mongo_store):
    for number in (1, 2):
        mongo_store.insert("twin", f"$hash{number}")
    for command in (["disable"], ["delete", "--yes"]):
        answer = run(*command, "TWIN", "--store", mongo_store.uri)
        assert answer.status == FAILED
        assert "several users are called twin" in answer.err
    assert [d["password"] for d in mongo_store.documents()] == \
        ["$hash1", "$hash2"]
    assert not any("disabled" in d for d in mongo_store.documents())


@pytest.mark.parametrize("command, failing, done", [
    (["disable", "alice"], "update", {"disabled": True}),
    (["delete", "alice", "--yes"], "delete", None),
    (["add", "bob"], "insert", {})])
def test_write_that_no_majority_confirms(mongo_store, command, failing, done):
    """It says that it does not know, or has asked a majority; and what it told
    to do was done."""
    run("add", "alice", "--store", mongo_store.uri, password=PASSWORD)
    with mongo_store.server.client() as client:
        try:
            client.admin.command(
                "configureFailPoint", "failCommand", mode={"times": 1},
                data={"failCommands": [failing], "writeConcernError": {
                    "code": 64, "errmsg": "waiting timed out"}})
        except pymongo.errors.OperationFailure as error:
            pytest.skip(f"this server has no failpoints: {error}")
    answer = run(*command, "--store", mongo_store.uri, password=PASSWORD)
    if failing == "insert":  # a majority is asked, and has it
        assert (answer.status, answer.out) == (DONE, "Added bob.\n")
    else:
        assert answer.status == UNKNOWN and answer.out == ""
        assert "majority" in answer.err and '"list"' in answer.err
    found = mongo_store.find(command[1])
    if done is None:
        assert found is None
    else:
        assert found.items() >= done.items()


# Passwords

def test_password_is_one_line(people, admin):
    admin("add", "unix", line=PASSWORD.encode() + b"\nsecond line\n")
    admin("add", "dos", line=PASSWORD.encode() + b"\r\n")
    admin("add", "bare", line=PASSWORD.encode())
    for name in ("unix", "dos", "bare"):
        login(people.client(), name)


def test_rest_of_the_input_is_left(people, admin, store):
    script = (f'{TOOL} add one --store "$STORE" && '
              f'{TOOL} add two --store "$STORE"')
    done = subprocess.run(
        ["sh", "-c", script], input=f"{PASSWORD}\n{OTHER_PASSWORD}\n",
        text=True, capture_output=True, timeout=60,
        env={**os.environ, "STORE": store.uri}, check=False)
    assert done.returncode == 0, done
    login(people.client(), "one")
    login(people.client(), "two", OTHER_PASSWORD)


def test_password_in_unicode_is_normalised(people, admin):
    admin("add", "bob", password="cafe\u0301 au lait s'il vous plait")
    login(people.client(), "bob", "caf\u00e9 au lait s'il vous plait")


def test_no_password(alice, admin):
    for line in (b"", b"\n", b"\r\n"):
        admin("add", "bob", line=line, status=USAGE)
        admin("passwd", "alice", line=line, status=USAGE)
    assert stored(alice, "alice")


def test_password_against_the_policy(alice, admin):
    for password in (b"password1", b"sh0rt", b"bobbobbob", b"x" * 129):
        answer = admin("add", "bob", line=password, status=FORBIDDEN)
        assert "--force" in answer.err
        admin("passwd", "alice", line=password, status=FORBIDDEN)
    assert stored(alice, "alice")
    answer = admin("passwd", "alice", "--force", line=b"password1")
    assert "too easy to guess" in answer.err
    assert stored(alice, "alice", "password1")


def test_force_does_not_lift_the_hard_rules(alice, admin):
    for line in (b"correct horse\x00battery\n", b"correct\thorse battery\n",
                 b"correct horse \xff battery\n", b"\xed\xa0\x80 horse\n",
                 b"a1B " * 600 + b"\n"):
        for more in ([], ["--force"]):
            answer = admin("passwd", "alice", *more, line=line,
                           status=FORBIDDEN)
            assert answer.err.count("\n") == 1
    assert stored(alice, "alice")


def seconds_of_processor(pid):
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return sum(map(int, fields[11:13])) / os.sysconf("SC_CLK_TCK")


def test_password_out_of_a_pipe_that_does_not_block(alice):
    """It waits for the line, and leaves the processor to others."""
    reading, writing = os.pipe()
    os.set_blocking(reading, False)
    with os.fdopen(writing, "wb", buffering=0) as pipe:
        tool = subprocess.Popen(
            [TOOL, "passwd", "alice", "--store", alice.uri], stdin=reading,
            stdout=subprocess.PIPE)
        os.close(reading)
        time.sleep(1)
        pipe.write(OTHER_PASSWORD[:6].encode())
        time.sleep(0.5)
        before = seconds_of_processor(tool.pid)
        time.sleep(1)
        used = seconds_of_processor(tool.pid) - before
        pipe.write(OTHER_PASSWORD[6:].encode() + b"\n")
    out, _ = tool.communicate(timeout=60)
    assert tool.returncode == DONE and b"Changed" in out
    assert stored(alice, "alice", OTHER_PASSWORD)
    assert used < 0.3


def test_password_is_no_argument(alice, admin):
    admin("add", "bob", PASSWORD, status=USAGE)
    admin("passwd", "alice", OTHER_PASSWORD, status=USAGE)


class Terminal:
    """The tool on a terminal, which a shell keeps open when the tool ends."""

    SCRIPT = 'trap : INT QUIT; "$@"; echo "[ended: $?]"; read nothing'

    def __init__(self, *arguments, start="", script=SCRIPT):
        """`start`: what the shell runs before."""
        go, tell = os.pipe()
        self._shell, self._fd = pty.fork()
        if self._shell == 0:
            # a suite that was started in the background has them ignored
            signal.signal(signal.SIGINT, signal.SIG_DFL)
            signal.signal(signal.SIGQUIT, signal.SIG_DFL)
            os.read(go, 1)
            os.execv("/bin/sh", ["sh", "-c", start + script, "sh", TOOL,
                                 *arguments])
        self._before = self.settings
        os.write(tell, b"!")
        os.close(go)
        os.close(tell)
        self._expected = 0
        self.shown = ""

    def expect(self, pattern, seconds=PATIENCE):
        deadline = time.monotonic() + seconds
        while not (found := re.compile(pattern).search(self.shown,
                                                       self._expected)):
            left = deadline - time.monotonic()
            assert left > 0, self.shown
            if select.select([self._fd], [], [], left)[0]:
                self.shown += os.read(self._fd, 4096).decode()
        self._expected = found.end()
        return found

    def send(self, text):
        os.write(self._fd, text.encode())

    @property
    def settings(self):
        return termios.tcgetattr(self._fd)

    @property
    def echoes(self):
        return bool(self.settings[3] & termios.ECHO)

    @property
    def pid(self):
        children = Path(f"/proc/{self._shell}/task/{self._shell}/children")
        [pid] = children.read_text().split()
        return int(pid)

    def end(self):
        """Waits for the end of the tool, and gives the shell's $?. The
        terminal has to be as it was."""
        status = int(self.expect(r"\[ended: (\d+)\]").group(1))
        assert self.settings == self._before
        os.close(self._fd)
        os.waitpid(self._shell, 0)
        return status


def test_password_is_not_echoed(people, store):
    terminal = Terminal("add", "bob", "--store", store.uri)
    for prompt in ("New password of bob: ", "Again: "):
        terminal.expect(prompt)
        assert not terminal.echoes
        terminal.send(PASSWORD + "\n")
    terminal.expect("Added bob.")
    assert terminal.end() == DONE
    assert "horse" not in terminal.shown
    login(people.client(), "bob")


def test_password_is_asked_for_again_if_it_differs(alice):
    terminal = Terminal("passwd", "alice", "--store", alice.uri)
    for _ in range(3):
        terminal.expect("New password of alice: ")
        terminal.send(OTHER_PASSWORD + "\n")
        terminal.expect("Again: ")
        terminal.send(OTHER_PASSWORD.upper() + "\n")
        terminal.expect("different")
    assert terminal.end() == USAGE
    assert stored(alice, "alice")


@pytest.mark.parametrize("key, status", [
    ("\x03", 128 + signal.SIGINT), ("\x1c", 128 + signal.SIGQUIT),
    ("\x04", USAGE)])
@pytest.mark.parametrize("prompt", ["New password", "Again"])
def test_terminal_is_left_as_it_was(alice, prompt, key, status):
    terminal = Terminal("passwd", "alice", "--store", alice.uri)
    terminal.expect("New password of alice: ")
    if prompt == "Again":
        terminal.send(OTHER_PASSWORD + "\n")
        terminal.expect("Again: ")
    terminal.send(key)
    assert terminal.end() == status
    assert stored(alice, "alice")


def test_terminated_while_asking(alice):
    terminal = Terminal("passwd", "alice", "--store", alice.uri)
    terminal.expect("New password of alice: ")
    os.kill(terminal.pid, signal.SIGTERM)
    assert terminal.end() == 128 + signal.SIGTERM


def test_suspended_while_asking(alice):
    terminal = Terminal("passwd", "alice", "--store", alice.uri)
    terminal.expect("New password of alice: ")
    os.kill(terminal.pid, signal.SIGTSTP)
    # asked again when it goes on, which is at once: nobody could wake it
    terminal.expect("New password of alice: ")
    assert not terminal.echoes
    terminal.send("\x03")
    assert terminal.end() == 128 + signal.SIGINT
    assert stored(alice, "alice")


def test_password_is_typed_after_a_suspension(alice):
    terminal = Terminal("passwd", "alice", "--store", alice.uri)
    for prompt in ("New password of alice: ", "Again: "):
        terminal.expect(prompt)
        terminal.send("half of ano")
        os.kill(terminal.pid, signal.SIGTSTP)
        terminal.expect(prompt)
        terminal.send(OTHER_PASSWORD + "\n")
    assert terminal.end() == DONE
    assert stored(alice, "alice", OTHER_PASSWORD)
    assert "purple" not in terminal.shown


def test_user_is_deleted_while_the_password_is_typed(alice):
    terminal = Terminal("passwd", "alice", "--store", alice.uri)
    terminal.expect("New password of alice: ")
    alice.delete("alice")
    terminal.send(OTHER_PASSWORD + "\n")
    terminal.expect("Again: ")
    terminal.send(OTHER_PASSWORD + "\n")
    terminal.expect("somebody else has just deleted")
    assert terminal.end() == NO_SUCH_USER
    assert alice.documents() == []


@pytest.mark.usefixtures("unsanitized_nginx")
def test_too_few_file_descriptors_to_ask(alice):
    """Whichever is the first that cannot be opened: one line says so, and the
    terminal is as it was. Sanitizers need some themselves."""
    for most in range(4, 30):
        terminal = Terminal("passwd", "alice", "--store", alice.uri,
                            start=f"ulimit -n {most};")
        asked = terminal.expect("(?m)^New password of alice: |^ngx-auth-admin: "
                                "[^\r]+\r$|error while loading.*$")
        if asked.group().startswith("New"):
            terminal.send("\x04")
            assert terminal.end() == USAGE
            break
        terminal.end()
    else:
        pytest.fail("it never asked")
    assert stored(alice, "alice")


def test_terminal_that_is_somebody_elses(alice):
    """In the background, with nobody left who could bring it to the front."""
    terminal = Terminal(
        "passwd", "alice", "--store", alice.uri, script="""
            set -m; exec 3<&0
            (( sleep 0.5; "$@" <&3; echo "[ended: $?]" ) &) &
            read nothing""")
    terminal.expect("ngx-auth-admin: terminal: Input/output error")
    assert terminal.end() == FAILED
    assert stored(alice, "alice")


@pytest.mark.parametrize("answer, deleted", [
    ("y\n", True), ("yes\n", True), ("n\n", False), ("\n", False),
    ("\x04", False), ("alice\n", False)])
def test_delete_asks_on_a_terminal(alice, answer, deleted):
    terminal = Terminal("delete", "alice", "--store", alice.uri)
    terminal.expect(r"Delete alice for good\? \[y/N\] ")
    terminal.send(answer)
    assert terminal.end() == (DONE if deleted else NOT_CONFIRMED)
    assert (alice.find("alice") is None) == deleted


# The store

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
    made = os.stat(sqlite_store.path)
    assert (made.st_uid, made.st_gid) == (worker.st_uid, worker.st_gid)


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


@pytest.mark.parametrize("written, said", [
    ("file:", "needs a path"),
    ("file:large", "larger than 64k"),
    # a file that says to have 4096 bytes, and gives an error or less of them
    ("file:/sys/class/net/lo/speed", "cannot read"),
    ("file:/sys/class/net/lo/mtu", "the store must be"),
    ("env:mongodb://u:pa55word@h/d", "leave them out"),
    ("file:mongodb://u:pa55word@h/d", "leave them out")])
def test_store_in_what_cannot_be_read(tmp_path, written, said):
    (tmp_path / "large").write_text("x" * (64 * 1024 + 1))
    if written[5:].startswith("/") and not os.path.exists(written[5:]):
        pytest.skip("no /sys here")
    answer = run("list", "--store", written, cwd=tmp_path)
    assert answer.status == USAGE and said in answer.err, answer
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


# nginx's configuration

def names_in(answer):
    assert answer.status == DONE, answer
    return [user["username"] for user in answer.json]


def test_configuration_of_a_running_nginx(people, store):
    answer = run("list", "--json", "--config", people.configuration_path)
    assert names_in(answer) == ["alice"]
    answer = run("add", "bob", "--config", people.configuration_path,
                 password=PASSWORD)
    assert answer.status == DONE
    login(people.client(), "bob")


def add_to(server, name, password):
    """Adds a user by the rules of the server's realm."""
    return run("add", name, "--config", server.configuration_path,
               password=password).status


def test_realm_has_its_own_rules(site, sqlite_store, tmp_path):
    (tmp_path / "names").write_text("from-a-file\nAnother\n")
    server = site(sqlite_store, realm=f"""
        password_hash argon2id memory=46m time=1 lanes=2;
        password_policy min=20 strength=0;
        username_reserved boss file:{tmp_path}/names;
    """)

    assert add_to(server, "bob", "a" * 19) == FORBIDDEN
    assert add_to(server, "bob", "a" * 20) == DONE
    assert add_to(server, "admin", "a" * 20) == DONE
    for name in ("boss", "Boss", "from-a-file", "another"):
        assert add_to(server, name, "a" * 20) == FORBIDDEN
    hashed = sqlite_store.find("bob")["password"]
    assert hashed.startswith("$argon2id$v=19$m=47104,t=1,p=2$")
    login(server.client(), "bob", "a" * 20)
    assert sqlite_store.find("bob")["password"] == hashed

    # with another store the realm's rules hold as well
    answer = run("passwd", "bob", "--store", sqlite_store.uri, "--config",
                 server.configuration_path, password="a" * 19)
    assert answer.status == FORBIDDEN and "20" in answer.err


@pytest.mark.parametrize("memory", ["20M", "20480k", "20480K", "20971520"])
def test_units_and_bounds_of_a_realm(site, sqlite_store, memory):
    """nginx takes them, and the tool takes them for the same."""
    server = site(sqlite_store, realm=f"""
        password_hash argon2id memory={memory};
        password_policy min=12 max=20 strength=0;
        username_reserved off;
    """)

    assert add_to(server, "admin", "a" * 20) == DONE
    assert add_to(server, "bob", "a" * 21) == FORBIDDEN
    assert add_to(server, "bob", "a" * 11) == FORBIDDEN
    stored_hash = sqlite_store.find("admin")["password"]
    assert stored_hash.startswith("$argon2id$v=19$m=20480,t=2,p=1$")
    login(server.client(), "admin", "a" * 20)
    assert sqlite_store.find("admin")["password"] == stored_hash


def test_several_realms(nginx, sqlite_store, other_store):
    server = nginx(f"""
        auth_realm staff {{ store {sqlite_store.uri}; }}
        auth_realm guests {{ store {other_store.uri}; cookie_name g; }}
        server {{ listen 127.0.0.1:%%PORT%%; }}
    """)
    config = server.configuration_path
    answer = run("list", "--config", config)
    assert answer.status == USAGE
    assert "staff" in answer.err and "guests" in answer.err
    assert run("list", "--config", config, "--realm", "none").status == USAGE
    for realm, name in (("staff", "anna"), ("guests", "gus")):
        assert run("add", name, "--config", config, "--realm", realm,
                   password=PASSWORD).status == DONE
        assert names_in(run("list", "--json", "--config", config, "--realm",
                            realm)) == [name]
    assert [d["username"] for d in other_store.documents()] == ["gus"]


def test_includes_and_odd_syntax(nginx, sqlite_store, other_store):
    """nginx itself accepts this file, and reads the same out of it."""
    server = nginx.prepare(r"""
        # auth_realm wrong { store sqlite:/comment; }
        map $uri $x { default "} auth_realm wrong {"; ~^/${a} 'it''s; {'; }
        """.replace("it''s", r"it\'s") + r"""
        log_format odd "a;b{c}" '$uri#"' escape=json;
        include realms.d/*.conf;
        include realms.d/none-*.conf;
        server {
            listen 127.0.0.1:%%PORT%%;
            location ~ "^/a{2}$" { return 200 "auth_realm wrong {"; }
            location /b#c { return 200 a\;b\{; }
        }
    """)
    folder = Path(server.folder, "realms.d")
    folder.mkdir()
    (folder / "1.conf").write_text("""
        auth_realm "one" { # the first
            store # here it comes
                "sqlite:%s";
        }""" % sqlite_store.path)
    (folder / "2.conf").write_text(
        "auth_realm\ttwo{include realms.d/two.inc;}\r\n")
    (folder / "two.inc").write_text(
        r"store 'file:\r\"i\tu\n';password_policy" "\nmin=30   strength=0;")
    Path(server.folder, '\r"i\tu\n').write_text(other_store.uri + "\n")
    status, said = server.test()
    assert status == 0, said
    server.start()
    config = server.configuration_path
    for realm, password in (("one", PASSWORD), ("two", "b" * 30)):
        assert run("add", "bob", "--config", config, "--realm", realm,
                   password=password).status == DONE
    assert run("add", "eve", "--config", config, "--realm", "two",
               password=PASSWORD).status == FORBIDDEN
    assert sqlite_store.find("bob") and other_store.find("bob")
    answer = run("list", "--config", config, "--realm", "wrong")
    assert answer.err.endswith("only one two\n")


@pytest.fixture
def config(tmp_path, sqlite_store):
    """Writes a configuration and lists with it."""
    (Path(sqlite_store.path)).touch(0o600)
    if os.geteuid() == 0:
        owner = os.stat(sqlite_store.folder)
        os.chown(sqlite_store.path, owner.st_uid, owner.st_gid)

    def list_with(text, *arguments, **options):
        path = tmp_path / "nginx.conf"
        path.write_text(text.replace("STORE", sqlite_store.uri))
        return run("list", "--config", str(path), *arguments, **options)

    return list_with


def test_realms_outside_of_http_are_none(config):
    answer = config("stream { auth_realm a { store STORE; } }"
                    "http { server { auth_realm b { store STORE; } } }")
    assert answer.status == FAILED and "no auth_realm" in answer.err


@pytest.mark.parametrize("http", [
    "content_by_lua_block { ngx.say('}') -- }\n }",
    'init_by_lua_block { local t = {a = "}\\"}"} }',
    "init_by_lua_block { --[[ } ]] local s = [==[ } ]] ]==] }",
    "init_by_lua_block { local t = {7}; t[t[1]] = [[}]] }",
])
def test_lua_is_skipped(config, http):
    answer = config("http { %s auth_realm a { store STORE; } }" % http)
    assert answer.status == DONE, answer


def test_deep_nesting_is_skipped(config):
    answer = config("a {" * 200_000 + "}" * 200_000 +
                    "http { auth_realm a { store STORE; } }")
    assert answer.status == DONE, answer


@pytest.mark.parametrize("text, line", [
    ("http {\n auth_realm a { store STORE;", 2),
    ("http {\n auth_realm a { store STORE }\n}", 2),
    ("http {\n auth_realm a { store STORE; }\n}\n}", 4),
    ("http {\n auth_realm a { store 'STORE; }\n}", 3),
    ("http {\n auth_realm a { store 'STORE'x; }\n}", 2),
    ("http {\n ;\n}", 2),
    ("http {\n {}\n}", 2),
    ("http {\n include nothing.conf;\n}", 2),
    ("http {\n include a b;\n}", 2),
    ("\n\ninclude nginx.conf;\n", 3),
    ("http {\n auth_realm a { }\n}", 2),
    ("http {\n auth_realm a { store STORE STORE; }\n}", 2),
    ("http {\n auth_realm a {\n store STORE;\n store STORE; }\n}", 4),
    ("http {\n auth_realm { store STORE; }\n}", 2),
    ("http {\n auth_realm a { store STORE; }\n"
     " auth_realm a { store STORE; }\n}", 3),
    ("http {\n auth_realm a { store foo:bar; }\n}", 2),
    ("http {\n auth_realm a { store env:THAT_IS_NOT_SET; }\n}", 2),
    ("http {\n auth_realm a { store file:nothing; }\n}", 2),
    ("http {\n auth_realm a { store mongodb://u:pa55word@h/; }\n}", 2),
    ("http {\n auth_realm a { store STORE;\n password_hash bcrypt; }\n}", 3),
    ("http {\n auth_realm a { store STORE;\n"
     " password_hash argon2id memory=1m; }\n}", 3),
    ("http {\n auth_realm a { store STORE;\n"
     " password_hash argon2id memory=2048m; }\n}", 3),
    ("http {\n auth_realm a { store STORE;\n password_policy min=x; }\n}", 3),
    ("http {\n auth_realm a { store STORE;\n"
     " password_policy strength=5; }\n}", 3),
    ("http {\n auth_realm a { store STORE;\n"
     " username_reserved file:nothing; }\n}", 3),
    ("http {\n init_by_lua_block { '}'\n", 2),
    ("http {\n a \\", 2),
    ("http {\n auth_realm a { store\nSTORE", 3),
    ("http {\n server { listen 80;\n\n", 2),
    ("http {\n auth_realm a { store file:; }\n}", 2),
    ("http {\n auth_realm a { store env:mongodb://u:pa55word@h/d; }\n}", 2),
    ("http {\n auth_realm a { store STORE;\n"
     " password_hash argon2id cpus=1; }\n}", 3),
    ("http {\n auth_realm a { store STORE;\n"
     " password_hash argon2id memory=m; }\n}", 3),
    ("http {\n auth_realm a { store STORE;\n password_policy long; }\n}", 3),
])
def test_mistakes_name_file_and_line(config, text, line):
    answer = config(text)
    assert answer.status == FAILED, answer
    assert f"nginx.conf:{line}: " in answer.err, answer
    assert "pa55word" not in answer.err


def test_configuration_that_is_not_there(tmp_path):
    for path in (tmp_path / "none.conf", tmp_path, "/dev/null"):
        answer = run("list", "--config", str(path))
        assert answer.status == FAILED and str(path) in answer.err


def test_relative_paths_of_a_configuration(config, sqlite_store, tmp_path):
    """sqlite: belongs to nginx's prefix, file: to the configuration."""
    text = "http { auth_realm a { store %s; } }"
    assert config(text % "sqlite:users.db", "--prefix",
                  sqlite_store.folder).status == DONE
    answer = config(text % "sqlite:users.db")
    assert answer.status == UNAVAILABLE and "/usr/share/nginx/" in answer.err
    (tmp_path / "uri").write_text("sqlite:users.db\n")
    for path in ("uri", f"//{tmp_path}/uri"):
        assert config(text % f"file:{path}", "--prefix",
                      sqlite_store.folder).status == DONE
    assert config(text % "env:THE_URI", environment={
        "THE_URI": sqlite_store.uri}).status == DONE


def test_nothing_secret_in_the_process_list(alice):
    tool = subprocess.Popen([TOOL, "passwd", "alice", "--store", alice.uri],
                            stdin=subprocess.PIPE, stdout=subprocess.DEVNULL)
    tool.stdin.write(OTHER_PASSWORD.encode())
    tool.stdin.flush()
    time.sleep(0.3)
    for name in ("cmdline", "environ"):
        assert OTHER_PASSWORD.encode() not in Path(
            f"/proc/{tool.pid}/{name}").read_bytes()
    tool.communicate(b"\n")
    assert tool.returncode == DONE
