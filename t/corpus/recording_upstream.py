"""An application that keeps every byte that reaches it, and takes requests
apart by Content-Length and chunks as strictly as RFC 9112 has it."""

import re
import socket
import socketserver
import threading

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


class RecordingUpstream:
    """Answers everything with 200 and `text`. HTTP/1.1 connections stay open,
    so that what one request leaves behind begins the next."""

    def __init__(self, text):
        self.requests = []
        recorder = self
        answer = (b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n"
                  b"Content-Length: %d\r\n" % len(text))

        class Handler(socketserver.BaseRequestHandler):
            def handle(self):
                data = b""
                while True:
                    try:
                        more = self.request.recv(1 << 20)
                    except OSError:
                        more = b""
                    data += more
                    try:
                        while taken := take_request(data):
                            seen, data = taken
                            recorder.requests.append(seen)
                            if not self.answer(seen):
                                more = b""
                                break
                    except (AssertionError, OSError):
                        more = b""
                    if not more:
                        break
                if data:
                    recorder.requests.append(Recorded(data, whole=False))

            def answer(self, seen):
                stays = (b" HTTP/1.1\r\n" in seen.head[:9000]
                         and b"close" not in seen.all(b"connection"))
                self.request.sendall(
                    answer + (b"\r\n" if stays else
                              b"Connection: close\r\n\r\n")
                    + (b"" if seen.method == b"HEAD" else text))
                if not stays:
                    # whatever else nginx has sent on this connection is wrong
                    self.request.shutdown(socket.SHUT_WR)
                return True

        class Server(socketserver.ThreadingTCPServer):
            allow_reuse_address = True
            daemon_threads = True
            request_queue_size = 128

        self._server = Server(("127.0.0.1", 0), Handler)
        self.port = self._server.server_address[1]
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.05},
            daemon=True)
        self._thread.start()

    def take(self):
        """What has arrived since the last look."""
        taken, self.requests = self.requests, []
        return taken

    def close(self):
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
