"""Failed logins are counted before any work is done for them. A client with too
many has to wait, and nobody else has."""

import os
import re
import select
import signal
import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import urlencode

import pytest

from harness.accounts import (LIMITED, PAGES, PASSWORD,
                              after_an_outage, is_logged_in, login, register,
                              try_to_log_in)
from harness.nginx_server import eventually, in_some_attempt
from harness.workers import resident_mib


def statuses(server, attempts, username="alice", **kwargs):
    return [try_to_log_in(server.client(), username, **kwargs).status
            for _ in range(attempts)]


def is_refused(response):
    """429 as a person should see it."""
    assert response.status == 429, response
    seconds = int(response.header("Retry-After"))
    assert 1 <= seconds <= 900
    assert "Too many attempts" in response.page.text
    assert f"{seconds} second" in response.page.text or seconds > 90
    assert "Set-Cookie" not in dict(response.headers)
    assert response.header("Cache-Control") == "no-store"
    return seconds


def test_limit_for_a_user_from_one_address(limited):
    server = limited()
    assert statuses(server, 5) == [401] * 5
    # Now not even with the right password.
    refused = try_to_log_in(server.client(), "alice", PASSWORD)
    assert is_refused(refused) <= 30
    server.wait_for_log('user "alice" was refused, too many for this user '
                        "from this address")
    # Others from there, and alice from elsewhere, go on.
    assert statuses(server, 1, "bob") == [401]
    assert try_to_log_in(server.client(), "alice", PASSWORD,
                         "203.0.113.2").status == 303


def test_limit_for_a_user_from_everywhere(limited):
    server = limited("login_limit user_total=6;")
    for i in range(6):
        assert statuses(server, 1, address=f"203.0.113.{i + 1}") == [401]
    is_refused(try_to_log_in(server.client(), "alice", PASSWORD,
                             "203.0.113.99"))
    assert statuses(server, 1, "bob", address="203.0.113.1") == [401]


def test_limit_for_an_address(limited):
    server = limited("login_limit address=4;")
    for i in range(4):
        assert statuses(server, 1, f"name{i}") == [401]
    is_refused(try_to_log_in(server.client(), "alice", PASSWORD))
    assert statuses(server, 1, address="203.0.113.2") == [401]


@pytest.mark.parametrize("limits, user, admitted", [
    ("", lambda i: "alice", 5),
    ("login_limit user=100 address=20;", lambda i: f"name{i}", 20),
    ("login_limit user_total=7 user=100 address=100;", lambda i: "alice", 7),
], ids=["user", "address", "user_total"])
def test_parallel_guesses(limited, limits, user, admitted):
    """A18: a hundred at once, over four workers, are no more than in a row."""
    server = limited(limits, workers=4)
    with ThreadPoolExecutor(50) as pool:
        answers = list(pool.map(
            lambda i: try_to_log_in(server.client(), user(i)), range(100)))
    assert [a.status for a in answers].count(401) == admitted
    refused = [a for a in answers if a.status != 401]
    assert len(refused) == 100 - admitted
    for answer in refused[:5]:
        is_refused(answer)


def test_one_attempt_after_each_delay(limited):
    """Refused ones neither count nor make it longer."""
    server = limited("login_limit user=2 delay=4s;")
    assert statuses(server, 4) == [401, 401, 429, 429]
    for _ in range(2):
        time.sleep(4.1)
        assert statuses(server, 3) == [401, 429, 429]
    time.sleep(4.1)
    assert try_to_log_in(server.client(), "alice", PASSWORD).status == 303


def test_window_ends(limited):
    server = limited("login_limit user=2 window=4s delay=4s;")
    assert statuses(server, 1) == [401]
    time.sleep(4.1)
    assert statuses(server, 3) == [401, 401, 429]


def test_success_clears_the_users_count_not_the_address(limited):
    server = limited("login_limit user=3 address=6;")
    assert statuses(server, 2) == [401, 401]
    login(server.client(), "alice")  # from 127.0.0.1: another address
    assert try_to_log_in(server.client(), "alice", PASSWORD).status == 303
    assert statuses(server, 3) == [401] * 3
    is_refused(try_to_log_in(server.client(), "alice"))
    # of the address: five failures until here
    assert statuses(server, 2, "bob") == [401, 429]


def test_unknown_users_are_counted_alike(limited):
    """Nor do capitals make another user."""
    server = limited()
    known = [try_to_log_in(server.client(), name)
             for name in ("alice", "Alice", "ALICE", "alicE", "aLice", "alice")]
    unknown = [try_to_log_in(server.client(), name, address="203.0.113.2")
               for name in ("nobo", "Nobo", "NOBO", "nobO", "nObo", "nobo")]
    for answer, other in zip(known, unknown):
        assert answer.status == other.status
        assert answer.header("Retry-After") == other.header("Retry-After")
        assert len(answer.body) - len(other.body) in (
            0, len("alice") - len("nobo"))
    assert [a.status for a in known] == [401] * 5 + [429]


def test_off(limited):
    server = limited("login_limit off; registration_limit off;")
    assert statuses(server, 40) == [401] * 40
    browser = server.browser()
    login(browser, "alice")
    assert list(browser.jar) == ["ngx_auth"]


def test_zero_turns_one_limit_off(limited):
    server = limited("login_limit user=0 user_total=0 address=8;")
    assert statuses(server, 9) == [401] * 8 + [429]


def test_client_cannot_choose_its_address(nginx, sqlite_store):
    """A20: only realip may say another address, and only from who it trusts."""
    server = nginx(LIMITED.replace("set_real_ip_from 127.0.0.1;",
                                   "set_real_ip_from 192.0.2.1;"),
                   store=sqlite_store.uri, limits="", server="")
    register(server.client(), "alice")
    for i in range(5):
        response = server.client().post(
            "/login", {"username": "alice", "password": "wrong"},
            headers={name: f"203.0.113.{i + 1}" for name in (
                "X-Real-IP", "X-Forwarded-For", "Forwarded", "X-Client-IP",
                "True-Client-IP", "CF-Connecting-IP")})
        assert response.status == 401
    is_refused(try_to_log_in(server.client(), "alice", address="203.0.113.9"))


# Addresses that are one party to us, and one that is another.
PREFIXES = {
    "IPv6 /64": (["2001:db8:1:2::1", "2001:db8:1:2:ffff::2",
                  "2001:db8:1:2:0:0:0:3"], "2001:db8:1:3::1"),
    "IPv4-mapped": (["::ffff:198.51.100.7", "198.51.100.7",
                     "::ffff:c633:6407"], "198.51.100.8"),
    "NAT64": (["64:ff9b::198.51.100.7", "198.51.100.7"], "64:ff9b::c633:6408"),
}


@pytest.mark.parametrize("kind", PREFIXES)
def test_prefixes(limited, kind):
    same, other = PREFIXES[kind]
    server = limited("login_limit user=2;")
    given = [try_to_log_in(server.client(), "alice",
                           address=same[i % len(same)]).status
             for i in range(5)]
    assert given == [401, 401, 429, 429, 429]
    assert statuses(server, 1, address=other) == [401]


def test_ipv6_48(limited):
    """The owner of a /48 has 65,536 prefixes. Together they get five times as
    many attempts as one prefix."""
    server = limited("login_limit address=2;")
    given = [statuses(server, 1, f"name{i}", address=f"2001:db8:7:{i:x}::1")[0]
             for i in range(12)]
    assert given == [401] * 10 + [429] * 2
    assert statuses(server, 1, "x", address="2001:db8:8::1") == [401]


UNIX = """
    auth_realm site { store %%STORE%%; %%LIMITS%% }
    server {
        listen unix:%%DIR%%/socket;
        listen 127.0.0.1:%%PORT%%;
        %%REALIP%%
""" + PAGES + "}"


def over_unix_socket(server, username, headers=""):
    body = urlencode({"username": username, "password": "wrong"})
    with socket.socket(socket.AF_UNIX) as client:
        client.connect(f"{server.folder}/socket")
        client.sendall(
            (f"POST /login HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
             "Content-Type: application/x-www-form-urlencoded\r\n"
             f"{headers}Content-Length: {len(body)}\r\n\r\n{body}").encode())
        return int(client.makefile("rb").readline().split()[1])


def test_unix_socket(nginx, sqlite_store):
    """Its clients have no address: they share what a user has, and no address
    ends them all. The configuration's test says so."""
    server = nginx.prepare(UNIX, store=sqlite_store.uri, realip="",
                           limits="login_limit address=3;")
    code, output = server.test()
    assert code == 0
    warning = re.search(r"\[warn\].*unix:.*set_real_ip_from unix:;.*"
                        r"nginx\.conf:\d+", output)
    assert warning, output
    os.chmod(server.folder, 0o777)
    server.start()
    assert [over_unix_socket(server, f"name{i}") for i in range(6)] == [401] * 6
    assert [over_unix_socket(server, "one") for i in range(6)] == (
        [401] * 5 + [429])


def test_unix_socket_of_a_proxy_that_says_the_address(nginx, sqlite_store):
    server = nginx(UNIX, store=sqlite_store.uri, limits="",
                   realip="set_real_ip_from unix:; real_ip_header X-Real-IP;")
    for last in (1, 2):
        given = [over_unix_socket(server, "alice",
                                  f"X-Real-IP: 203.0.113.{last}\r\n")
                 for _ in range(6)]
        assert given == [401] * 5 + [429]


def test_no_warning_without_a_unix_socket(limited):
    server = limited()
    assert "[warn]" not in server.test()[1]


@pytest.mark.once
def test_flood_of_invented_names_forgets_nobody(limited):
    """A counter in delay keeps its place, however many others come."""
    server = limited("attempt_zone 64k;", workers=2)
    assert statuses(server, 6) == [401] * 5 + [429]
    counters = int(server.wait_for_log(
        r'attempts" holds (\d+) counters').group(1))
    attempts = counters // 2  # each is counted for user, total and address

    def invent(i):
        return try_to_log_in(server.client(), f"invented{i}",
                             address=f"198.18.{i // 250}.{i % 250 + 1}").status

    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(invent, range(attempts)))
    assert set(found) <= {401, 503}, "503: waited too long"
    assert found.count(401) * 3 > counters
    # The first if the flood took longer than the delay; forgotten, she would
    # have five more.
    assert statuses(server, 2) in ([401, 429], [429, 429])
    assert try_to_log_in(server.client(), "alice", PASSWORD,
                         "203.0.113.2").status == 303


TIMED = """
        log_format timed "$http_x_real_ip $status $msec $request_time";
"""


def test_flood_from_one_address_lets_another_through(limited):
    """One hash at a time for each party: of a flooder's thirty that wait, few
    are done, by nginx's own clock, while somebody else's that comes last is
    under way: the one that runs, and one more. There is one permit, so that
    none is done beside hers."""
    permits = 1
    server = limited("login_limit user=0 user_total=0 address=0;",
                     realm="password_hash argon2id memory=46m time=1;"
                           f"password_concurrency {permits} queue=64;",
                     http=TIMED + LIMITED,
                     server="access_log %%DIR%%/timed.log timed;", workers=4)
    log = Path(server.folder, "timed.log")
    registered = 1

    def few_are_done_meanwhile(attempt):
        answers = []

        def flood(i):
            answers.append(try_to_log_in(server.client(),
                                         f"name{attempt}.{i}").status)

        with ThreadPoolExecutor(30) as pool:
            for i in range(30):
                pool.submit(flood, i)
            eventually(lambda: len(answers) >= 3, "no answers")
            assert try_to_log_in(server.client(), "alice", PASSWORD,
                                 "203.0.113.2").status == 303
        assert set(answers) <= {401, 503}

        logged = registered + 31 * (attempt + 1)
        eventually(lambda: len(log.read_text().splitlines()) == logged,
                   "no log")
        lines = [line.split() for line in log.read_text().splitlines()[-31:]]
        [(left, took)] = [(float(end), float(took))
                          for who, _, end, took in lines
                          if who == "203.0.113.2"]
        meanwhile = [line for line in lines if line[0] == "203.0.113.1"
                     and left - took < float(line[2]) <= left]
        return len(meanwhile) <= 2 * permits

    # Before hers is in the queue, a slow machine may be done with more.
    in_some_attempt(few_are_done_meanwhile, "a flood comes first")


def test_flood_from_one_network_leaves_the_queue_open(limited):
    """An IPv6 /48 has more /64s than the queue has places; who fills it from
    there, with the right passwords of accounts of his own, keeps nobody out."""
    server = limited(
        "login_limit off;", realm="password_hash argon2id memory=19m time=2;"
        "password_concurrency 1 queue=8;", names=("alice", "mallory"))
    over = threading.Event()

    seen = set()

    def flood(i):
        while not over.is_set():
            seen.add(try_to_log_in(server.client(), "mallory", PASSWORD,
                                    f"2001:db8:1:{i:x}::1").status)

    with ThreadPoolExecutor(12) as pool:
        floods = [pool.submit(flood, i) for i in range(12)]
        try:
            eventually(lambda: seen == {303, 503}, "the queue is never full")
            found = [try_to_log_in(server.client(), "alice", PASSWORD,
                                   f"198.51.100.{i}").status
                     for i in range(5)]
        finally:
            over.set()
        for flood in floods:
            flood.result()
    assert found == [303] * 5


def test_no_turn_is_no_attempt(limited):
    """What ends in 503 is given back: exactly five guesses are ever made."""
    server = limited(realm="password_concurrency 1 queue=0;",
                     workers=4)
    found = []
    for _ in range(20):
        with ThreadPoolExecutor(10) as pool:
            found += pool.map(
                lambda _: try_to_log_in(server.client(), "alice").status,
                range(10))
        if found.count(401) == 5 and found[-1] == 429:
            break
    assert set(found) == {401, 429, 503}
    assert found.count(401) == 5


def test_dead_store_counts_nothing(nginx, own_mongo_server):
    server = nginx(LIMITED, store=own_mongo_server.uri("users"),
                   limits="login_limit user=3;", server="")
    register(server.client(), "alice")
    own_mongo_server.stop()
    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(lambda _: statuses(server, 1)[0],
                            range(8))) <= {503, 429}
    own_mongo_server.start()
    found = [after_an_outage(lambda: try_to_log_in(server.client(), "alice"))
             .status for _ in range(4)]
    assert found == [401] * 3 + [429]


def test_right_password_without_a_session_counts_nothing(limited,
                                                         sqlite_store):
    server = limited("login_limit user=2;")
    sqlite_store.change("alice", roles=["x" * 5000])  # too long for one
    assert statuses(server, 4, password=PASSWORD) == [503] * 4
    assert statuses(server, 3) == [401, 401, 429]


def send_login(server, password, username="alice"):
    body = urlencode({"username": username, "password": password})
    client = server.client().connect()
    client.sendall(
        (f"POST /login HTTP/1.1\r\nHost: x\r\n"
         "Content-Type: application/x-www-form-urlencoded\r\n"
         f"Content-Length: {len(body)}\r\n\r\n{body}").encode())
    return client


SLOW = ("password_hash argon2id memory=256m time=2;"
        "password_concurrency 1 queue=9;")


def test_client_that_leaves_before_its_turn(limited):
    server = limited("login_limit user=3;", realm=SLOW, workers=1)
    at_rest = resident_mib(server.workers())

    def attempt(number):
        name = f"name{number}"
        first = send_login(server, "wrong", name)
        eventually(lambda: resident_mib(server.workers()) > at_rest + 100,
                   "no hash begins")
        for _ in range(10):
            waiting = send_login(server, "wrong", name)
            time.sleep(0.02)
            waiting.close()
        # otherwise one of them may have had its turn
        all_waited = not select.select([first], [], [], 0)[0]
        assert b" 401 " in first.recv(100)
        first.close()
        eventually(lambda: not server.client_sockets(), "one has not left")
        given = [server.client().post("/login", {
            "username": name, "password": "wrong"}).status for _ in range(3)]
        assert given == [401, 401, 429] or not all_waited
        return all_waited

    in_some_attempt(attempt, "they never leave before their turn")


def test_client_that_does_not_wait_for_the_answer(limited):
    """Its guess has been made. (One that leaves before its hash has begun has
    made none.)"""
    server = limited("login_limit user=2;", realm=SLOW, workers=1)
    at_rest = resident_mib(server.workers())
    for _ in range(2):
        guess = send_login(server, "wrong")
        eventually(lambda: resident_mib(server.workers()) > at_rest + 100,
                   "no hash begins")
        guess.close()
        eventually(lambda: resident_mib(server.workers()) < at_rest + 100,
                   "no hash ends")
    is_refused(server.client().post(
        "/login", {"username": "alice", "password": PASSWORD}))


def test_killed_worker(limited):
    """An attempt whose worker dies stays a failure; the counters stay."""
    server = limited("login_limit user=2;", realm=SLOW, workers=1)
    server.allow("exited on signal 9")
    at_rest = resident_mib(server.workers())
    guess = send_login(server, PASSWORD)
    eventually(lambda: resident_mib(server.workers()) > at_rest + 100,
               "no hash begins")
    os.kill(server.workers()[0], signal.SIGKILL)
    server.expect_new_workers()
    guess.close()
    given = [server.client().post("/login", {
        "username": "alice", "password": "wrong"}).status for _ in range(2)]
    assert given == [401, 429]


def test_reload_keeps_the_counters(limited):
    server = limited()
    assert statuses(server, 3) == [401] * 3
    server.reload()
    assert statuses(server, 3) == [401, 401, 429]
    # and reads the limits anew
    server.edit("store ", "login_limit user=7; store ")
    server.reload()
    assert statuses(server, 3) == [401, 401, 429]
    # another size begins anew
    server.edit("store ", "attempt_zone 2m; store ")
    server.reload()
    server.wait_for_log('"auth_site_attempts" gets a new size, failed '
                        "attempts are counted from none")
    assert statuses(server, 1) == [401]


def test_account_page_is_no_way_around(limited):
    """A stolen session guesses the password no faster."""
    server = limited("", http=LIMITED.replace(
        "location = /logout ",
        "location = /account { auth_page account; }  location = /logout "))
    browser = server.browser()
    login(browser, "alice")
    browser.jar.pop("ngx_auth_device")
    change = {"current_password": "wrong", "new_password": "another horse 15"}
    given = [browser.post("/account", change) for _ in range(6)]
    assert [g.status for g in given] == [422] * 5 + [429]
    assert is_logged_in(browser)
    # The same count as at the login page's.
    is_refused(server.client().post(
        "/login", {"username": "alice", "password": PASSWORD}))


def test_account_page_counts_right_passwords_as_success(limited):
    server = limited("login_limit user=2 device=2;", http=LIMITED.replace(
        "location = /logout ",
        "location = /account { auth_page account; }  location = /logout "))
    browser = server.browser()
    login(browser, "alice")
    for _ in range(4):
        weak = browser.post("/account", {"current_password": PASSWORD,
                                         "new_password": "password"})
        assert weak.status == 422


def test_refusal_costs_no_hash(limited):
    """429 comes before any work: thousands are answered while one hash
    would take half a second."""
    server = limited("login_limit user=1;", realm=SLOW)
    assert statuses(server, 1) == [401]
    at_rest = most = resident_mib(server.workers())
    for _ in range(50):
        assert statuses(server, 1) == [429]
        most = max(most, resident_mib(server.workers()))
    assert most < at_rest + 100


