"""An application that keeps every byte that reaches it, and takes requests
apart by Content-Length and chunks as strictly as RFC 9112 has it."""

import re
import socket

from harness.tcp_server import TcpServer

CHUNK_SIZE = re.compile(rb"[0-9A-Fa-f]{1,8}\Z")


class Recorded:
    """A request. `whole` is False when the connection ended in it, or when its
    bytes are no request."""

    def __init__(self, head, body=b"", whole=True):
        self.head = head
        self.body = body
        self.whole = whole

    @property
    def method(self):
        return self.head.split(b" ", 1)[0]

    @property
    def target(self):
        return (self.head.split(b"\r\n", 1)[0].split(b" ") + [b""])[1]

    @property
    def fields(self):
        """(name, value) of every line that anybody could take for a field,
        whatever he thinks ends a line."""
        lines = re.split(rb"\r\n|\r|\n", self.head)[1:]
        return [(name.strip(b" \t"), value.strip(b" \t")) for name, _, value in
                (line.partition(b":") for line in lines if line)]

    def all(self, name):
        return [v for n, v in self.fields if n.lower() == name]

    def __repr__(self):
        return f"<{self.head[:600]!r} {'' if self.whole else 'torn'}>"


def take_request(data):
    """(request, what follows it), or None while it is not all there."""
    end = data.find(b"\r\n\r\n")
    if end < 0:
        return None
    seen = Recorded(data[:end + 2])
    rest = data[end + 4:]
    if seen.all(b"transfer-encoding"):
        while True:
            line, found, after = rest.partition(b"\r\n")
            if not found:
                return None
            assert CHUNK_SIZE.match(line), line
            size = int(line, 16)
            if len(after) < size + 2:
                return None
            assert after[size:size + 2] == b"\r\n", after
            seen.body += after[:size]
            rest = after[size + 2:]
            if size == 0:
                return seen, rest
    lengths = seen.all(b"content-length")
    assert len(lengths) <= 1 and all(v.isdigit() for v in lengths), seen
    size = int(lengths[0]) if lengths else 0
    if len(rest) < size:
        return None
    seen.body = rest[:size]
    return seen, rest[size:]


class RecordingUpstream(TcpServer):
    """Answers everything with 200 and `text`. HTTP/1.1 connections stay open,
    so that what one request leaves behind begins the next."""

    def __init__(self, text):
        self.requests = []
        self._text = text
        super().__init__()

    def serve(self, connection):
        data = b""
        while True:
            try:
                more = connection.request.recv(1 << 20)
            except OSError:
                more = b""
            data += more
            try:
                while taken := take_request(data):
                    seen, data = taken
                    self.requests.append(seen)
                    self._answer(connection.request, seen)
            except (AssertionError, OSError):
                more = b""
            if not more:
                break
        if data:
            self.requests.append(Recorded(data, whole=False))

    def _answer(self, client, seen):
        stays = (b" HTTP/1.1\r\n" in seen.head[:9000]
                 and b"close" not in seen.all(b"connection"))
        client.sendall(
            b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n"
            b"Content-Length: %d\r\n" % len(self._text)
            + (b"\r\n" if stays else b"Connection: close\r\n\r\n")
            + (b"" if seen.method == b"HEAD" else self._text))
        if not stays:
            # whatever else nginx has sent on this connection is wrong
            client.shutdown(socket.SHUT_WR)

    def take(self):
        """What has arrived since the last look."""
        taken, self.requests = self.requests, []
        return taken
