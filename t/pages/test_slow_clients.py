"""Answers to forms reach clients that read slowly, however they came about."""

import re
import socket
import time

import pytest

from harness.http2_client import Http2Client
from harness.http_client import TIMEOUT

FORM = {"Content-Type": "application/x-www-form-urlencoded"}
BAD = "username=a&username=b"  # answered without any work


def test_over_http1(site, sqlite_store):
    """More than the sockets hold is asked for before anything is read."""
    server = site(sqlite_store)
    request = (f"POST /login HTTP/1.1\r\nHost: x\r\nContent-Type: "
           f"{FORM['Content-Type']}\r\nContent-Length: {len(BAD)}\r\n"
           "%s\r\n" + BAD)
    with socket.socket() as client:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        client.settimeout(TIMEOUT)
        client.connect(("127.0.0.1", server.port))
        client.sendall((request % "" * 899 + request % "Connection: close\r\n")
                       .encode())
        time.sleep(0.5)
        with client.makefile("rb") as answers:
            found = re.findall(rb"HTTP/1\.1 (\d+)", answers.read())
    assert found == [b"400"] * 900


@pytest.mark.parametrize("body, status", [
    (BAD, 400), ("username=nobody&password=x", 401)])
def test_over_http2(site, sqlite_store, body, status):
    """All streams share a window smaller than their answers."""
    server = site(sqlite_store,
                  server="listen 127.0.0.1:%%PORT1%% http2;")
    with Http2Client(server.ports["PORT1"]) as client:
        streams = [client.send("POST", "/login", FORM, body.encode())
                   for _ in range(20)]
        found = [client.wait(stream).status for stream in streams]
    assert found == [status] * 20
