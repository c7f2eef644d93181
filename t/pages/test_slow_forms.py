"""A form has to arrive whole within ten seconds, however small its pieces."""

import select
import socket
import time

import pytest

from harness.accounts import PASSWORD, SITE, register
from harness.http2_client import Http2Client
from harness.http_client import read_response

LISTEN = "%%PORT%%;\n        listen 127.0.0.1:%%PORT1%% http2;"
FORM = f"username=alice&password={PASSWORD.replace(' ', '+')}".encode()


@pytest.fixture
def server(nginx, sqlite_store):
    # as patient as nginx can be
    server = nginx(SITE.replace("%%PORT%%;", LISTEN), store=sqlite_store.uri,
                   realm="", server="client_body_timeout 60s;")
    register(server.client(), "alice")
    return server


class Slow:
    """An HTTP/1.1 form of which a byte comes now and then."""

    def __init__(self, server, head):
        self.connection = server.client().connect()
        self.connection.sendall(
            b"POST /login HTTP/1.1\r\nHost: a\r\nContent-Type: "
            b"application/x-www-form-urlencoded\r\n" + head)
        self.chunked = b"chunked" in head

    def send(self, byte):
        self.connection.sendall(b"1\r\n%s\r\n" % byte if self.chunked
                                else byte)

    def answer(self):
        """None while there is none; after one the connection is closed."""
        if not select.select([self.connection], [], [], 0)[0]:
            return None
        answer = read_response(self.connection)
        assert self.connection.recv(1) == b""
        return answer


class SlowStream:
    """The same as a stream of HTTP/2."""

    def __init__(self, server):
        self.client = Http2Client(server.ports["PORT1"])
        self.stream = self.client.send(
            "POST", "/login",
            {"content-type": "application/x-www-form-urlencoded"}, b"u",
            more=True)

    def send(self, byte):
        self.client.send_more(self.stream, byte)

    def answer(self):
        try:
            return self.client.wait(self.stream, 0.01)
        except TimeoutError:
            return None


def test_a_byte_each_second(server):
    start = time.monotonic()
    stream = SlowStream(server)
    slow = [Slow(server, b"Content-Length: 100\r\n\r\n"),
            Slow(server, b"Transfer-Encoding: chunked\r\n\r\n"),
            Slow(server, b"Content-Length: 100\r\n\r\nusername=alice&pass"),
            stream]
    answers = []
    for byte in FORM:
        for form in list(slow):
            if answer := form.answer():
                # the whole form takes three times as long
                assert 9.5 < time.monotonic() - start
                answers.append(answer)
                slow.remove(form)
            else:
                form.send(bytes([byte]))
        if not slow:
            break
        time.sleep(1)
    assert len(answers) == 4
    for answer in answers:
        assert answer.status == 408, answer
        assert "within 10 seconds" in answer.page.text
        assert answer.header("Cache-Control") == "no-store"
    # what comes meanwhile is served, on the same connection of HTTP/2 as well
    assert stream.client.request("GET", "/login").status == 200
    assert server.client().post(
        "/login", {"username": "alice", "password": PASSWORD}).status == 303


def test_a_form_in_pieces(server):
    """Each in time."""
    for head in (b"Content-Length: %d\r\n\r\n" % len(FORM),
                 b"Transfer-Encoding: chunked\r\n\r\n"):
        slow = Slow(server, head)
        for byte in FORM:
            slow.send(bytes([byte]))
            time.sleep(0.005)
        if slow.chunked:
            slow.connection.sendall(b"0\r\n\r\n")
        assert read_response(slow.connection).status == 303
        # the connection goes on, and no timer is left on it
        slow.connection.sendall(b"GET /login HTTP/1.1\r\nHost: a\r\n\r\n")
        assert read_response(slow.connection).status == 200
        slow.connection.close()


def test_leaving_early(server):
    for reset in (False, True):
        slow = Slow(server, b"Content-Length: 100\r\n\r\nusername=a")
        time.sleep(0.05)
        if reset:
            slow.connection.setsockopt(
                socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        slow.connection.close()
    stream = SlowStream(server)
    stream.client.reset(stream.stream)
    assert stream.client.request("GET", "/login").status == 200
