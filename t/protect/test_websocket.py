"""WebSockets of an application behind auth_login."""

import pytest

from harness.accounts import SITE, logged_in
from harness.backends import WebSocket, WebSocketEcho


@pytest.fixture
def echo():
    backend = WebSocketEcho()
    yield backend
    backend.close()


@pytest.fixture
def server(nginx, sqlite_store, echo):
    return nginx(SITE, store=sqlite_store.uri, realm="",
                 passed=echo.passed.format(port=echo.port), server="""
        location /socket { auth_login site; %%PASSED%% }
        location /open   { auth_login site optional; %%PASSED%% }
    """)


def test_nobody_gets_a_socket(server, echo):
    for headers in ({}, {"Cookie": "ngx_auth=" + "A" * 43},
                    {"Remote-User": "admin", "Accept": "text/html"}):
        with WebSocket(server.client(), "/socket", headers) as socket:
            assert socket.answer.status == 401
            assert socket.answer.header("Upgrade") is None
    assert echo.requests == []


def test_messages_go_both_ways(server, echo):
    alice = logged_in(server)
    headers = {"Cookie": f"a=b; {alice.cookie_header}", "Remote-User": "admin"}
    with WebSocket(server.client(), "/socket", headers) as socket:
        assert socket.answer.status == 101
        for message in (b"hello", b"", "grüße".encode()):
            assert socket.say(message) == message
        assert echo.last.all("Remote-User") == ["alice"]
        assert echo.last.header("Cookie") == "a=b"
        alice.post("/logout")
    with WebSocket(server.client(), "/socket", headers) as socket:
        assert socket.answer.status == 401


def test_socket_of_nobody(server, echo):
    forged = {"Remote-User": "admin", "Cookie": "ngx_auth=x"}
    with WebSocket(server.client(), "/open", forged) as socket:
        assert socket.say(b"hello") == b"hello"
    assert echo.last.all("Remote-User") == []
    assert echo.last.all("Cookie") == []
