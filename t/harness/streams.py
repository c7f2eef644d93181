"""Answers that go on, and who reads them.

`Streaming` is an application behind nginx, and a `Reader` a client with an open
answer of it: over HTTP/1 or, as `Http2Reader`, HTTP/2."""

import time

from .http2_client import Http2Client
from .nginx_server import eventually
from .tcp_server import TcpServer

TICK = 0.2  # seconds

# What a location needs; {port} is the application's.
PASSED = ("proxy_pass http://127.0.0.1:{port}; proxy_http_version 1.1;"
          "proxy_set_header Upgrade $http_upgrade;"
          "proxy_set_header Connection $http_connection;")


class Streaming(TcpServer):
    """Sends a piece each TICK. The last part of the path says in which answer:

    events    chunked, until nginx leaves
    download  until nginx leaves, which is told no length and no chunks
    upgraded  the same, after 101
    length    PIECES pieces, which it announces with Content-Length
    late      after SILENCE seconds without an answer, as length does
    endless   after SILENCE seconds without an answer, as events does
    silent    chunked, without a piece
    """

    PIECE = b"data: x\n\n"
    PIECES = 35
    SILENCE = 4
    asked = 0  # how many requests have come

    def serve(self, connection):
        rfile, wfile = connection.rfile, connection.wfile
        path = rfile.readline().split(b" ")[1].decode()
        while rfile.readline().rstrip():
            pass
        kind = path.rpartition("/")[2]
        self.asked += 1
        try:
            if kind in ("late", "endless"):
                time.sleep(self.SILENCE)
            wfile.write(self._head(kind))
            self._go_on(kind, connection.request, wfile)
        except OSError:
            pass  # nginx has left

    def _head(self, kind):
        lines = {
            "events": ["200 OK", "Content-Type: text/event-stream",
                       "Transfer-Encoding: chunked"],
            "download": ["200 OK", "Connection: close"],
            "upgraded": ["101 Switching Protocols", "Upgrade: ticks",
                         "Connection: Upgrade"],
            "length": ["200 OK",
                       f"Content-Length: {len(self.PIECE) * self.PIECES}"],
        }
        lines["silent"] = lines["endless"] = lines["events"]
        lines["late"] = lines["length"]
        return ("HTTP/1.1 " + "\r\n".join(lines[kind])
                + "\r\n\r\n").encode()

    def _go_on(self, kind, connection, wfile):
        piece = self.PIECE
        if kind in ("events", "endless"):
            piece = b"%x\r\n%s\r\n" % (len(piece), piece)
        if kind == "silent":
            connection.recv(1)
            return
        count = 0
        while kind not in ("length", "late") or count < self.PIECES:
            wfile.write(piece)
            count += 1
            time.sleep(TICK)


class Reader:
    """A client that reads an answer as it comes."""

    def __init__(self, server, path, cookie):
        self._socket = server.client().connect()
        self._socket.sendall(
            f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\n"
            f"Cookie: {cookie}\r\nUpgrade: ticks\r\nConnection: Upgrade\r\n"
            "\r\n".encode())
        self.got, self._closed = b"", False

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._socket.close()

    @property
    def status(self):
        """Of the answer; None if it has not begun."""
        self._read()
        return int(self.got.split(b" ")[1]) if b"\r\n\r\n" in self.got else None

    def is_open(self):
        self._read()
        return not self._closed

    def is_cut_off(self):
        """Closed without the last chunk."""
        return not self.is_open() and not self.got.endswith(b"0\r\n\r\n")

    def pieces(self):
        self._read()
        return self.got.count(Streaming.PIECE)

    def wait_for_pieces(self, count=2):
        """Waits for some more."""
        wanted = self.pieces() + count
        eventually(lambda: self.pieces() >= wanted, "the stream does not go on")

    def goes_on(self, seconds):
        """Whether it is open for so long."""
        over = time.monotonic() + seconds
        while time.monotonic() < over:
            if not self.is_open():
                return False
        self.wait_for_pieces()
        return True

    def _read(self):
        if self._closed:
            return
        self._socket.settimeout(0.05)
        try:
            data = self._socket.recv(65536)
            self.got += data
            self._closed = not data
        except TimeoutError:
            pass
        except ConnectionError:
            self._closed = True


class Http2Reader(Reader):
    """The same over HTTP/2. Further answers come on the connection of
    `beside`."""

    def __init__(self, server, path, cookie, beside=None):
        self.got, self._closed = b"", False
        self._client = (beside._client if beside is not None
                        else Http2Client(server.ports["PORT1"]))
        self._stream = self._client.send("GET", path,
                                         headers={"cookie": cookie})

    def __exit__(self, *_):
        self._client.close()

    @property
    def status(self):
        raise NotImplementedError

    def is_cut_off(self):
        return not self.is_open() and self._stream in self._client.resets

    def _read(self):
        if self._closed:
            return
        try:
            self._client.wait(self._stream, 0.05)
            self._closed = True
        except TimeoutError:
            pass
        self.got = self._client.received(self._stream)
