"""Ways around the limits that somebody may try, none of which leads past
them."""

import re
import time
from urllib.parse import urlencode

from harness.accounts import LIMITED, PASSWORD, try_to_log_in
from harness.http2_client import Http2Client
from harness.http_client import TIMEOUT

# A hash takes so long that a client can leave while it runs.
SLOW = ("password_hash argon2id memory=256m time=2;"
        "password_concurrency 1 queue=64;")
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def request_bytes(path, body, more=""):
    return (f"POST {path} HTTP/1.1\r\nHost: x\r\n{more}"
            "Content-Type: application/x-www-form-urlencoded\r\n"
            f"Content-Length: {len(body)}\r\n\r\n{body}").encode()


def read_statuses(client):
    """Of all answers until the server closes."""
    client.settimeout(TIMEOUT)
    with client.makefile("rb") as answers:
        return [int(s) for s in re.findall(rb"HTTP/1\.1 (\d+)",
                                           answers.read())]


HTTP2 = LIMITED.replace("%%PORT%%;", "%%PORT%%; listen 127.0.0.1:%%PORT1%% "
                        "http2;")
LAST = "Connection: close\r\n"


def guess(password="wrong", username="alice"):
    return urlencode({"username": username, "password": password})


def wait_for_a_turn(server):
    """Until what is being hashed has been."""
    try_to_log_in(server.client(), f"user{time.monotonic_ns()}",
                  address="192.0.2.99")


def test_pipelined(limited):
    server = limited()
    with server.client().connect() as client:
        client.sendall(request_bytes("/login", guess()) * 11 +
                       request_bytes("/login", guess(), LAST))
        found = read_statuses(client)
    assert found == [401] * 5 + [429] * 7


def test_streams_of_one_connection(limited):
    server = limited(http=HTTP2)
    with Http2Client(server.ports["PORT1"]) as client:
        streams = [client.send("POST", "/login", FORM, guess().encode())
                   for _ in range(40)]
        found = [client.wait(stream).status for stream in streams]
    assert sorted(found) == [401] * 5 + [429] * 35


def test_streams_that_are_reset_while_hashed(limited):
    """What has been hashed counts, whether anybody hears of it or not."""
    server = limited("login_limit user=2 address=0;", realm=SLOW, http=HTTP2)
    found = []
    for i in range(8):  # a busy machine may not have begun
        name = f"name{i}"
        with Http2Client(server.ports["PORT1"]) as client:
            stream = client.send("POST", "/login", FORM,
                                 guess(username=name).encode())
            time.sleep(0.3)
            client.reset(stream)
        wait_for_a_turn(server)
        found.append([server.client().post("/login", body=guess(username=name),
                                           headers=FORM).status
                      for _ in range(2)])
        if found[-1] == [401, 429]:
            return
    assert not found


def test_chunked(limited):
    server = limited("login_limit user=2;")
    body = guess()
    chunks = "".join(f"1\r\n{c}\r\n" for c in body) + "0\r\n\r\n"
    with server.client().connect() as client:
        for more in ("", "", LAST):
            client.sendall((
                "POST /login HTTP/1.1\r\nHost: x\r\n"
                "Transfer-Encoding: chunked\r\n"
                "Content-Type: application/x-www-form-urlencoded\r\n"
                f"{more}\r\n{chunks}").encode())
        found = read_statuses(client)
    assert found == [401, 401, 429]


SPELLINGS = ["ALICE", "aLiCe", " alice", "alice ", "alice\t", "alice\r\n",
             "al\u0131ce", "al\u0130ce", "\uff41lice", "alice\u0301",
             "alice\ufeff", "alice\u00a0", "alice/", "alice%"]


def test_no_spelling_has_a_counter_of_its_own(limited):
    """One that logs in is counted with the name as stored; any other is
    nobody."""
    server = limited("login_limit user=1 user_total=0;")
    for i, spelling in enumerate(SPELLINGS):
        address = f"203.0.113.{i + 1}"
        found = [try_to_log_in(server.client(), name, PASSWORD * (i != 0),
                               address).status
                 for i, name in enumerate(["alice", spelling])]
        same = spelling.strip(" \t\u00a0").lower() == "alice"
        assert found == [401, 429 if same else 401], ascii(spelling)


def test_error_page_that_leads_to_the_login_page(limited):
    """A POST that ends at the login page by a named location or an internal
    redirect is counted once, as any other."""
    server = limited("login_limit user=2;", server="""
        location /old { error_page 418 = @new; return 418; }
        location @new { rewrite ^ /login last; }
        location /older { rewrite ^ /login last; }
        location /tried { try_files /nothing /login; }
    """)
    found = [server.client().post(path, {"username": "alice",
                                         "password": "wrong"}).status
             for path in ("/old", "/older", "/tried")]
    assert found == [401, 401, 429]
