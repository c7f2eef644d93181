"""audit_log: one JSON line for each thing that happens to an account."""

import os
import re
import signal
import sqlite3
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import urlencode

import pytest

from harness.accounts import (LIMITED, PASSWORD, SITE, from_address,
                              logged_in, login, register, try_to_log_in)
from harness.audit import (AUDITED, count, events, is_more_than, parse,
                           path_of, wait_for_events)
from harness.http2_client import Http2Client
from harness.nginx_server import PATIENCE, eventually
from harness.stores import MongoStore
from harness.workers import WORKER_USER, open_files

ACCOUNT = "location = /account { auth_page account; }"
HERE = "127.0.0.1"
ANOTHER = PASSWORD + " two"


@pytest.fixture
def audited(site):
    """audited(store, directives) starts a site that has an audit log."""

    def start(store, realm="", **options):
        return site(store, realm=AUDITED + realm,
                    **{"server": ACCOUNT, **options})

    return start


def output(server, level, text):
    """Whether the error log says it, at that level, about the realm."""
    assert re.search(rf'\[{level}\] .* auth: realm "site": '
                     rf'{re.escape(text)}(?: while [a-z ]+)?, client: ',
                     server.error_log), text


def test_life_of_an_account(audited, store):
    server = audited(store)
    browser = logged_in(server)
    other = server.browser()
    login(other, "alice")
    assert browser.post("/account", {"end_sessions": "others"}).status == 303
    assert browser.post("/account", {
        "current_password": "wrong", "new_password": ANOTHER}).status == 422
    assert browser.post("/account", {
        "current_password": PASSWORD, "new_password": ANOTHER}).status == 303
    assert browser.post("/logout").status == 303
    assert browser.post("/logout").status == 303  # nobody's

    found = events(server)
    sessions = [e.pop("session", None) for e in found]
    for event in found:
        assert event.pop("address") == HERE
        assert event.pop("user") == "alice"
    assert found == [
        {"event": "registered"},
        {"event": "logged in"},
        {"event": "logged in"},
        {"event": "session ended", "count": 1,
         "reason": "by the user, from another session"},
        {"event": "login failed",
         "reason": "wrong password on the account page"},
        {"event": "session ended", "count": 1,
         "reason": "the password was changed"},
        {"event": "password changed"},
        {"event": "logged out"},
    ]
    none, first, second, asked, tried, nobody, changed, left = sessions
    assert none is None and nobody is None
    assert asked == tried not in (first, second)
    assert changed == left not in (first, second, asked)
    assert all(re.fullmatch("[0-9a-f]{12}", s) for s in sessions if s)

    who = 'user "alice" '
    for text in ("registered", "logged in", "changed the password",
                 "logged out", "lost 1 session, the password was changed"):
        output(server, "notice", who + text)
    log = path_of(server).read_text() + server.error_log
    for secret in (PASSWORD, "argon2", *browser.jar.values()):
        assert secret not in log


def test_session_is_that_of_the_access_log(audited, sqlite_store):
    server = audited(sqlite_store, http="""
        log_format session '$uri $auth_session';
        access_log %%DIR%%/access.log session;
    """)
    browser = logged_in(server)
    browser.get("/dashboard")
    session = events(server)[-1]["session"]
    eventually(lambda: f"/dashboard {session}\n" in server.access_log,
               server.access_log)


def failed_login(server, status=401, **form):
    """The events of one attempt."""
    before = count(server)
    assert server.client().post("/login", form).status == status
    return wait_for_events(server, before + 1)[before:]


def test_why_a_login_failed(audited, store):
    server = audited(store)
    for name in ("alice", "bob"):
        register(server.client(), name)
    store.insert("carol", "no hash")
    store.change("bob", disabled=True)

    def reason_of(username, password=PASSWORD):
        [event] = failed_login(server, username=username, password=password)
        why = event.pop("reason")
        assert event == {"event": "login failed", "address": HERE,
                         "user": username}
        output(server, "notice", f'user "{username}" failed to log in, {why}')
        return why

    assert reason_of("alice", "wrong") == "wrong password"
    assert reason_of("zoe") == "unknown user"
    assert reason_of("bob") == "disabled"
    assert reason_of("bob", "wrong") == "wrong password"
    assert reason_of("carol") == "unusable hash"
    [event] = failed_login(server, username="\vx", password="x")
    assert event["reason"] == "unusable name"


def test_names_that_are_no_names(audited, sqlite_store):
    """Users may be called by them, in databases of others; what nobody is
    called may be a password, and is not shown."""
    server = audited(sqlite_store)
    names = ['"', "\\", "\u2028", "Ren\u00e9", "\U0001f600",
             '","address":"192.0.2.1', '"}{"event":"logged in","user":"root"}',
             "a" * 128]
    others = ["a\r\nb", "\x1b[2J", "\x7f", "\x9b", "Tr0ub4dor&3",
              '"}\n{"event":"logged in","user":"root"}', "a" * 127 + "\u20ac"]
    register(server.client(), "alice")  # which makes the table
    for name in names:
        sqlite_store.insert(name, "no hash")
    for name in names:
        [event] = failed_login(server, username=name, password="x")
        assert event["user"] == name
        assert event["address"] == HERE
    for name in others:
        [event] = failed_login(server, username=name, password="x")
        assert "user" not in event
        assert event["user_length"] == len(name.encode())
    [event] = failed_login(server, username="", password="x")
    assert "user" not in event and "user_length" not in event


def test_bytes_that_are_no_utf8(audited, sqlite_store):
    """A form with them is none; a header may hold them."""
    server = audited(sqlite_store)
    assert server.client().post(
        "/login", headers={"Content-Type": "application/x-www-form-urlencoded"},
        body="username=a%ffb&password=x").status == 400
    assert events(server) == []
    answer = server.client().raw(
        b"POST /login HTTP/1.1\r\nHost: x\r\nOrigin: http://\xff\x1b\"\r\n"
        b"Content-Length: 0\r\n\r\n")
    assert answer.status == 403
    [event] = events(server)
    assert event["reason"] == r'Origin: "http://\xff\x1b\x22"; Host: "x"'


def test_throttled(nginx, sqlite_store):
    server = nginx(LIMITED, store=sqlite_store.uri, server="",
                   realm=AUDITED,
                   limits="login_limit user=1; registration_limit address=1;")
    address = "203.0.113.7"
    try_to_log_in(server.client(), "alice", address=address)
    wait_for_events(server, 1)
    refused = try_to_log_in(server.client(), "alice", address=address)
    assert refused.status == 429
    for status in (303, 429):
        assert server.client().post(
            "/register", {"username": f"bob{status}", "password": PASSWORD},
            headers=from_address(address)).status == status
    found = events(server)
    waits = [e.pop("retry_after", 0) for e in found]
    assert waits[:3:2] == [0, 0]
    assert 1 <= waits[1] <= int(refused.header("Retry-After"))
    assert 1 <= waits[3] <= 3600
    assert all(e.pop("address") == address for e in found)
    assert found == [
        {"event": "login failed", "user": "alice", "reason": "unknown user"},
        {"event": "throttled", "user": "alice",
         "reason": "too many for this user from this address"},
        {"event": "registered", "user": "bob303"},
        {"event": "throttled", "user": "bob429",
         "reason": "too many registrations from this address"}]


def test_rehashed(audited, store):
    server = audited(store)
    register(server.client(), "alice")
    server.edit("memory=7m time=5", "memory=19m time=2")
    server.reload()
    for _ in range(2):
        login(server.client(), "alice")
    assert sorted(e["event"] for e in wait_for_events(server, 4)) == [
        "logged in", "logged in", "registered", "rehashed"]
    output(server, "notice", 'user "alice" got a new hash of the same password')


def test_login_replaces_a_session(audited, sqlite_store):
    server = audited(sqlite_store)
    browser = logged_in(server)
    login(browser, "alice")
    _, first, ended, second = events(server)
    assert ended.pop("session") == first["session"] != second["session"]
    assert ended == {"event": "session ended", "address": HERE, "count": 1,
                     "user": "alice", "reason": "replaced by a new login"}


EDITS = {
    "disabled": (lambda s: s.change("alice", disabled=True), 2),
    "deleted": (lambda s: s.delete("alice"), 2),
    "the password was changed": (lambda s: s.change(
        "alice", password=s.find("bob")["password"]), None),
}


@pytest.mark.parametrize("reason", EDITS)
def test_edited_elsewhere(audited, store, reason):
    server = audited(store, "session_check 300ms;", workers=4)
    browser = logged_in(server)
    login(server.client(), "alice")
    register(server.client(), "bob")
    edit, lost = EDITS[reason]
    edit(store)
    before = len(events(server))

    def ended():
        browser.get("/dashboard")
        return count(server) > before

    eventually(ended, "no session ends")
    [event] = events(server)[before:]
    assert event.pop("count", None) == lost
    assert event == {"event": "session ended", "user": "alice",
                     "reason": reason}  # it is nobody's request


def test_form_of_another_site(audited, sqlite_store):
    server = audited(sqlite_store)
    assert server.client().post("/login", {"username": "alice"}, headers={
        "Origin": "https://evil.example", "Host": "here"}).status == 403
    assert events(server) == [{
        "event": "form refused", "address": HERE,
        "reason": 'Origin: "https://evil.example"; Host: "here"'}]


def test_store_that_is_locked(audited, sqlite_store):
    server = audited(sqlite_store)
    register(server.client(), "alice")
    with sqlite3.connect(sqlite_store.path, timeout=PATIENCE,
                         isolation_level=None) as database:
        database.execute("BEGIN EXCLUSIVE")
        assert server.client().post("/register", {
            "username": "bob", "password": PASSWORD}).status == 503
        database.execute("ROLLBACK")
    database.close()
    [event] = events(server)[1:]
    reason = event.pop("reason")
    assert "locked" in reason
    assert event == {"event": "store error", "user": "bob", "address": HERE}
    assert reason in server.error_log


def test_store_that_is_down(audited, own_mongo_server):
    server = audited(MongoStore(own_mongo_server, patience=5))
    browser = logged_in(server)
    own_mongo_server.stop()
    change = {"current_password": PASSWORD, "new_password": ANOTHER}
    with ThreadPoolExecutor() as pool:
        answers = [
            pool.submit(server.client().post, "/login",
                        {"username": "alice", "password": PASSWORD}),
            pool.submit(server.client().post, "/register",
                        {"username": "bob", "password": PASSWORD}),
            pool.submit(browser.post, "/account", change)]
        assert [a.result().status for a in answers] == [503] * 3
    found = wait_for_events(server, 5)[2:]
    assert sorted(e["user"] for e in found) == ["alice", "alice", "bob"]
    for event in found:
        assert event["event"] == "store error"
        assert event["address"] == HERE
        assert event["reason"]


def test_client_that_takes_no_answer(nginx, sqlite_store):
    """It cannot keep what it has done from being written down: neither by
    not reading the answers nor by keeping them open."""
    server = nginx(
        SITE.replace("%%PORT%%;",
                     "%%PORT%%; listen 127.0.0.1:%%PORT1%% http2;"),
        store=sqlite_store.uri, realm=AUDITED, server="")
    server.allow("deprecated")
    with Http2Client(server.ports["PORT1"], takes_no_data=True) as client:
        for i in range(10):
            client.send("POST", "/login",
                        {"Content-Type": "application/x-www-form-urlencoded"},
                        f"username=user{i}&password=wrong".encode())
        found = wait_for_events(server, 10)
        assert sorted(e["user"] for e in found) == [
            f"user{i}" for i in range(10)]
        assert {e["event"] for e in found} == {"login failed"}
        assert server.error_log.count("failed to log in, unknown user") == 10
        # The answers are still there to be read.
        assert '"POST /login HTTP/2.0" 401' not in server.access_log


def send_and_leave(server, path, seconds, **form):
    body = urlencode(form)
    with server.client().connect() as connection:
        connection.sendall(
            (f"POST {path} HTTP/1.1\r\nHost: x\r\n"
             "Content-Type: application/x-www-form-urlencoded\r\n"
             f"Content-Length: {len(body)}\r\n\r\n{body}").encode())
        time.sleep(seconds)


def until_it_is_told(server, leave):
    """The event of a client that has left; it may leave before its turn,
    and then nothing has happened: so again."""
    for _ in range(10):
        leave()
        if is_more_than(server, 0, 2):
            break
    event = events(server)[0]
    eventually(lambda: '" 499 ' in server.access_log, "it has not left")
    return event


def test_guess_of_a_client_that_does_not_wait(site, sqlite_store):
    server = site(sqlite_store, realm=AUDITED +
                  "password_hash argon2id memory=256m time=2;")
    event = until_it_is_told(server, lambda: send_and_leave(
        server, "/login", 0.2, username="alice", password="wrong"))
    assert event == {"event": "login failed", "user": "alice",
                     "address": HERE, "reason": "unknown user"}


def test_account_of_a_client_that_does_not_wait(audited, sqlite_store):
    server = audited(sqlite_store)

    def leave():
        database = sqlite3.connect(sqlite_store.path, timeout=PATIENCE,
                                   isolation_level=None)
        database.execute("BEGIN IMMEDIATE")  # the insert has to wait
        send_and_leave(server, "/register", 1, username="alice",
                       password=PASSWORD)
        database.execute("ROLLBACK")
        database.close()

    event = until_it_is_told(server, leave)
    assert event == {"event": "registered", "user": "alice", "address": HERE}


def flood(server, number, start=0):
    """Events that cost no hash, each with its number, from many clients."""

    def refuse(i):
        assert server.client().post("/login", {}, headers={
            "Host": f"n{i}", "Origin": "https://" + "x" * 100}
        ).status == 403

    with ThreadPoolExecutor(16) as pool:
        list(pool.map(refuse, range(start, start + number)))


def numbers(found):
    return sorted(int(re.search(r'Host: "n(\d+)"', e["reason"])[1])
                  for e in found)


def test_lines_of_several_workers_are_whole(audited, sqlite_store):
    server = audited(sqlite_store, workers=4)
    flood(server, 800)
    assert numbers(events(server)) == list(range(800))


def test_rotation_loses_nothing(audited, sqlite_store):
    """As logrotate does it: rename, USR1; every worker goes on in the new
    file, which its user may write."""
    server = audited(sqlite_store, workers=4)
    log, old = path_of(server), Path(server.folder, "audit.log.1")

    with ThreadPoolExecutor(1) as pool:
        flooding = pool.submit(flood, server, 600)
        eventually(lambda: count(server) > 60, "no events")
        log.rename(old)
        os.kill(server.pid, signal.SIGUSR1)
        eventually(lambda: all(str(log) in files and str(old) not in files
                               for files in map(open_files, server.workers())),
                   "a worker goes on in the old file")
        size = old.stat().st_size
        flooding.result()
    flood(server, 200, 600)
    assert old.stat().st_size == size
    both = parse(old.read_text()) + parse(log.read_text())
    assert numbers(both) == list(range(800))
    if os.geteuid() == 0:
        assert log.owner() == WORKER_USER


def test_two_realms_in_one_file(nginx, sqlite_store):
    server = nginx("""
        auth_realm one { store %%STORE%%; audit_log %%DIR%%/audit.log; }
        auth_realm two { store %%STORE%%; audit_log %%DIR%%/audit.log;
                         cookie_name two; }
        server { listen 127.0.0.1:%%PORT%%;
                 location = /one { auth_page one login; }
                 location = /two { auth_page two login; } }
    """, store=sqlite_store.uri)
    for i, path in enumerate(("/one", "/two")):
        server.client().post(path, {"username": "x", "password": "y"})
        assert is_more_than(server, i, 10)
    assert [e["realm"] for e in parse(path_of(server).read_text())] == [
        "one", "two"]


def test_off_and_relative(nginx, sqlite_store):
    """A relative path is one of nginx's prefix, as those of its logs."""
    server = nginx("""
        auth_realm one { store %%STORE%%; audit_log off; }
        auth_realm two { store %%STORE%%; audit_log relative.log;
                         cookie_name two; }
        server { listen 127.0.0.1:%%PORT%%;
                 location = /one { auth_page one login; }
                 location = /two { auth_page two login; } }
    """, store=sqlite_store.uri)
    for path in ("/one", "/two"):
        server.client().post(path, {"username": "x", "password": "y"})
    log = Path(server.folder, "relative.log")
    eventually(lambda: "\n" in log.read_text(), "no event")
    assert [e["realm"] for e in parse(log.read_text())] == ["two"]
    assert not Path(server.folder, "off").exists()


def test_full_disk(site, sqlite_store):
    """Everything goes on; the error log says it once a minute."""
    server = site(sqlite_store, realm="audit_log /dev/full;",
                  workers=1)
    server.allow("cannot write the audit log")
    logged_in(server)
    flood(server, 20)
    assert len(re.findall(
        r'\[alert\] .* auth: cannot write the audit log "/dev/full" '
        r"\(28: No space left", server.error_log)) == 1
    assert 'user "alice" logged in' in server.error_log
