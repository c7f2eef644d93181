"""An upload that nobody may make is refused before it is sent."""

import pytest

from harness.accounts import SITE, logged_in
from harness.http2_client import Http2Client
from harness.http_client import read_response

GIB = 1 << 30

NAVIGATION = "Sec-Fetch-Mode: navigate\r\n"


@pytest.fixture
def server(nginx, sqlite_store, upstream):
    return nginx(SITE.replace("%%PORT%%;", "%%PORT%%;"
                              " listen 127.0.0.1:%%PORT1%% http2;"),
                 store=sqlite_store.uri, realm="", app=upstream.port,
                 server="""
        client_max_body_size 0;
        location /x/ {
            auth_login site;
            proxy_request_buffering off;
            proxy_pass http://127.0.0.1:%%APP%%;
        }
        location /any/ {
            auth_login site;
            satisfy any;
            deny all;
            proxy_pass http://127.0.0.1:%%APP%%;
        }
    """)


def head(path, more, length=f"Content-Length: {GIB}"):
    return f"POST {path} HTTP/1.1\r\nHost: x\r\n{length}\r\n{more}\r\n".encode()


@pytest.mark.parametrize("more, status", [("", 401), (NAVIGATION, 303)])
@pytest.mark.parametrize("path", ["/x/", "/any/"])
@pytest.mark.parametrize("length", [f"Content-Length: {GIB}",
                                    "Transfer-Encoding: chunked"])
def test_answer_before_the_body(server, upstream, path, more, status, length):
    with server.client().connect() as connection:
        connection.sendall(head(path, more, length))
        assert read_response(connection, "POST").status == status
    assert upstream.requests == []


@pytest.mark.parametrize("more, status", [("", 401), (NAVIGATION, 303)])
def test_nobody_is_told_to_go_on(server, more, status):
    """Expect: 100-continue is answered by the refusal."""
    with server.client().connect() as connection:
        connection.sendall(head("/x/", more + "Expect: 100-continue\r\n"))
        first = connection.recv(65536)
    assert first.startswith(b"HTTP/1.1 %d " % status)


class Uploader(Http2Client):
    def announce(self, path, length, headers=()):
        """Sends the head of a POST; its body never comes."""
        stream = self._h2.get_next_available_stream_id()
        self._h2.send_headers(stream, [
            (":method", "POST"), (":scheme", "http"), (":authority", "x"),
            (":path", path), ("content-length", str(length)), *headers])
        self._bodies[stream] = b""
        self._flush()
        return stream


@pytest.mark.parametrize("headers, status", [
    ([], 401), ([("sec-fetch-mode", "navigate")], 303)])
def test_over_http2(server, upstream, headers, status):
    with Uploader(server.ports["PORT1"]) as client:
        stream = client.announce("/x/", GIB, headers)
        assert client.wait(stream).status == status
    assert upstream.requests == []


def test_nothing_is_kept_of_what_was_sent(server, upstream):
    """A client that does not listen: its bytes go nowhere."""
    with server.client().connect() as connection:
        connection.sendall(head("/x/", "") + b"x" * 1_000_000)
        assert read_response(connection, "POST").status == 401
    assert upstream.requests == []


def test_after_a_login_it_is_let_through(server, upstream):
    body = b"x" * 5_000_000
    assert logged_in(server).post("/x/", body=body).status == 200
    assert upstream.last.body == body
