"""A password that was posted is never written to a file, however nginx is
configured to buffer bodies and however the body comes in."""

import os
import time

import pytest

from harness.accounts import PASSWORD, SITE
from harness.http2_client import Http2Client

# The opposite of what the module needs, for the whole server.
HOSTILE = """
        client_body_in_file_only on;
        client_body_buffer_size 16;
        client_max_body_size 0;
        client_body_in_single_buffer off;
"""

FORM = {"Content-Type": "application/x-www-form-urlencoded"}
BODY = f"username=alice&password={PASSWORD.replace(' ', '+')}".encode()


@pytest.fixture
def server(nginx, sqlite_store):
    server = nginx(SITE.replace("%%PORT%%;", "%%PORT%% http2;"
                                " listen 127.0.0.1:%%PORT1%%;"),
                   store=sqlite_store.uri, realm="", server=HOSTILE)
    server.allow("deprecated")
    return server


@pytest.fixture(autouse=True)
def no_file(server):
    yield
    assert os.listdir(f"{server.folder}/client_body") == []
    assert "temporary file" not in server.error_log
    for log in (server.error_log, server.access_log):
        assert PASSWORD not in log and "correct+horse" not in log


def test_body_with_a_length(server):
    client = server.client("PORT1")
    assert client.post("/register", body=BODY, headers=FORM).status == 303
    assert client.post("/login", body=BODY, headers=FORM).status == 303


def test_body_at_the_limit(server):
    body = BODY + b"&padding="
    body += b"x" * (8192 - len(body))
    client = server.client("PORT1")
    assert client.post("/register", body=body, headers=FORM).status == 303


def test_body_in_chunks(server):
    chunks = b"".join(b"%x\r\n%s\r\n" % (len(BODY[i:i + 7]), BODY[i:i + 7])
                      for i in range(0, len(BODY), 7)) + b"0\r\n\r\n"
    response = server.client("PORT1").post(
        "/register", body=chunks,
        headers={**FORM, "Transfer-Encoding": "chunked"})
    assert response.status == 303


def test_body_in_drops(server):
    client = server.client("PORT1")
    head = (f"POST /register HTTP/1.1\r\nHost: x\r\n"
            f"Content-Type: {FORM['Content-Type']}\r\n"
            f"Content-Length: {len(BODY)}\r\n\r\n").encode()
    with client.connect() as connection:
        for start in range(0, len(head + BODY), 10):
            connection.sendall((head + BODY)[start:start + 10])
            time.sleep(0.005)
        assert connection.recv(64).startswith(b"HTTP/1.1 303")


def test_body_that_is_too_large(server):
    client = server.client("PORT1")
    for size in (9000, 2000000):
        response = client.post("/login", body=b"x" * size, headers=FORM)
        assert response.status == 413
    chunk = b"2000\r\n" + b"x" * 8192 + b"\r\n"
    response = client.post("/login", body=4 * chunk + b"0\r\n\r\n",
                           headers={**FORM, "Transfer-Encoding": "chunked"})
    assert response.status == 413


def test_refused_body(server):
    client = server.client("PORT1")
    for path, headers, status in (
            ("/login", {**FORM, "Sec-Fetch-Site": "cross-site"}, 403),
            ("/login", {"Content-Type": "text/plain"}, 415),
            ("/", FORM, 405)):
        response = client.post(path, body=BODY, headers=headers)
        assert response.status == status


def test_body_over_http2(server):
    with Http2Client(server.port) as client:
        assert client.request("POST", "/register", FORM, BODY).status == 303
        assert client.request("POST", "/login", FORM, BODY).status == 303
        assert client.request("POST", "/login", FORM,
                              b"x" * 9000).status == 413
