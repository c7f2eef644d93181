"""Applications behind nginx that speak something else than plain HTTP/1; each
remembers every request as it arrived, and answers 200 with "ok".

`kinds` names them all, and `start(kind)` makes one.
"""

import base64
import hashlib
import os

import h2.config
import h2.connection
import h2.events

from .http_client import read_response
from .tcp_server import TcpServer
from .upstream import Seen, Upstream


class Backend(TcpServer):
    """`speak` is its protocol, `passed` the directive that nginx needs."""

    def __init__(self):
        self.requests = []
        super().__init__()

    def serve(self, connection):
        self.speak(connection.rfile, connection.wfile)

    @property
    def last(self):
        return self.requests[-1]


class SeenParams(Seen):
    """A request as CGI and its kin have it: headers are params HTTP_…"""

    def __init__(self, pairs, body=b""):
        self.params = dict(pairs)
        super().__init__(
            self.params.get("REQUEST_METHOD"), self.params.get("REQUEST_URI"),
            [(name[5:].replace("_", "-"), value) for name, value in pairs
             if name.startswith("HTTP_")], body)


# What a server block needs for FastCGI, uwsgi and SCGI.
PARAMS = "".join(
    f"{kind}_param {param};" for kind in ("fastcgi", "uwsgi", "scgi")
    for param in ("REQUEST_METHOD $request_method", "REQUEST_URI $request_uri",
                  "CONTENT_LENGTH $content_length",
                  "REMOTE_USER $remote_user"))


class FastCgi(Backend):
    passed = "fastcgi_pass 127.0.0.1:{port};"

    def speak(self, rfile, wfile):
        streams = {4: b"", 5: b""}  # FCGI_PARAMS, FCGI_STDIN
        while True:
            head = rfile.read(8)
            if len(head) < 8:
                return
            kind, length = head[1], int.from_bytes(head[4:6], "big")
            content = rfile.read(length + head[6])[:length]
            if kind in streams:
                streams[kind] += content
            if kind == 5 and not content:
                break
        self.requests.append(SeenParams(list(self._pairs(streams[4])),
                                        streams[5]))
        answer = b"Content-Type: text/plain\r\n\r\nok"
        for kind, content in ((6, answer), (6, b""), (3, bytes(8))):
            wfile.write(bytes([1, kind, 0, 1]) +
                        len(content).to_bytes(2, "big") + b"\0\0" + content)

    @staticmethod
    def _pairs(data):
        def length():
            nonlocal data
            size = 1 if data[0] < 128 else 4
            value = int.from_bytes(data[:size], "big") & 0x7fffffff
            data = data[size:]
            return value

        while data:
            name, value = length(), length()
            yield (data[:name].decode("latin-1"),
                   data[name:name + value].decode("latin-1"))
            data = data[name + value:]


class Uwsgi(Backend):
    passed = "uwsgi_pass 127.0.0.1:{port};"

    def speak(self, rfile, wfile):
        head = rfile.read(4)
        if len(head) < 4:
            return
        seen = SeenParams(list(self._pairs(
            rfile.read(int.from_bytes(head[1:3], "little")))))
        seen.body = rfile.read(int(seen.params.get("CONTENT_LENGTH") or 0))
        self.requests.append(seen)
        wfile.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\nok")

    @staticmethod
    def _pairs(data):
        texts = []
        while data:
            size = int.from_bytes(data[:2], "little")
            texts.append(data[2:2 + size].decode("latin-1"))
            data = data[2 + size:]
        return zip(texts[::2], texts[1::2])


class Scgi(Backend):
    passed = "scgi_pass 127.0.0.1:{port};"

    def speak(self, rfile, wfile):
        length = b""
        while (byte := rfile.read(1)) != b":":
            if not byte:
                return
            length += byte
        texts = rfile.read(int(length)).decode("latin-1").split("\0")
        rfile.read(1)  # the comma
        seen = SeenParams(list(zip(texts[::2], texts[1::2])))
        seen.body = rfile.read(int(seen.params.get("CONTENT_LENGTH") or 0))
        self.requests.append(seen)
        wfile.write(b"Status: 200 OK\r\nContent-Type: text/plain\r\n\r\nok")


class Grpc(Backend):
    """HTTP/2 without TLS."""

    passed = "grpc_pass grpc://127.0.0.1:{port};"

    def speak(self, rfile, wfile):
        connection = h2.connection.H2Connection(h2.config.H2Configuration(
            client_side=False, header_encoding="latin-1"))
        connection.initiate_connection()
        open_streams = {}
        while True:
            wfile.write(connection.data_to_send())
            data = rfile.read1(65536)
            if not data:
                return
            for event in connection.receive_data(data):
                if isinstance(event, h2.events.RequestReceived):
                    fields = dict(event.headers)
                    open_streams[event.stream_id] = Seen(
                        fields[":method"], fields[":path"],
                        [(n, v) for n, v in event.headers
                         if not n.startswith(":")], b"")
                elif isinstance(event, h2.events.DataReceived):
                    open_streams[event.stream_id].body += event.data
                    connection.acknowledge_received_data(
                        event.flow_controlled_length, event.stream_id)
                elif isinstance(event, h2.events.StreamEnded):
                    self.requests.append(open_streams.pop(event.stream_id))
                    self._answer(connection, event.stream_id)

    @staticmethod
    def _answer(connection, stream):
        connection.send_headers(stream, [
            (":status", "200"), ("content-type", "application/grpc")])
        connection.send_data(stream, b"ok")
        connection.send_headers(stream, [("grpc-status", "0")],
                                end_stream=True)


class Http(Upstream):
    passed = "proxy_pass http://127.0.0.1:{port};"


kinds = {"http": Http, "fastcgi": FastCgi, "uwsgi": Uwsgi, "scgi": Scgi,
         "grpc": Grpc}


def start(kind):
    return kinds[kind]()


# WebSocket: short unfragmented text messages, which is all that a test needs

def _accept(key):
    magic = key.encode() + b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
    return base64.b64encode(hashlib.sha1(magic).digest()).decode()


class WebSocketEcho(Backend):
    """Says every message back."""

    passed = ("proxy_pass http://127.0.0.1:{port}; proxy_http_version 1.1;"
              "proxy_set_header Upgrade $http_upgrade;"
              "proxy_set_header Connection upgrade;")

    def speak(self, rfile, wfile):
        method, path, _ = rfile.readline().decode("latin-1").split(" ", 2)
        headers = []
        while line := rfile.readline().decode("latin-1").rstrip():
            name, _, value = line.partition(":")
            headers.append((name, value.strip()))
        seen = Seen(method, path, headers, b"")
        self.requests.append(seen)
        wfile.write(b"HTTP/1.1 101 Switching Protocols\r\n"
                    b"Upgrade: websocket\r\nConnection: Upgrade\r\n"
                    b"Sec-WebSocket-Accept: "
                    + _accept(seen.header("Sec-WebSocket-Key")).encode()
                    + b"\r\n\r\n")
        while head := rfile.read(2):
            mask = rfile.read(4)
            message = rfile.read(head[1] & 0x7f)
            plain = bytes(b ^ mask[i % 4] for i, b in enumerate(message))
            wfile.write(bytes([0x81, len(plain)]) + plain)


class WebSocket:
    """A browser's side. `answer` is the answer to the handshake."""

    def __init__(self, client, path, headers=()):
        self._socket = client.connect()
        key = base64.b64encode(os.urandom(16)).decode()
        lines = [f"GET {path} HTTP/1.1", f"Host: 127.0.0.1:{client.port}",
                 "Upgrade: websocket", "Connection: Upgrade",
                 f"Sec-WebSocket-Key: {key}", "Sec-WebSocket-Version: 13",
                 "Sec-Fetch-Mode: websocket",
                 *(f"{n}: {v}" for n, v in dict(headers).items())]
        self._socket.sendall("\r\n".join(lines).encode() + b"\r\n\r\n")
        self.answer = read_response(self._socket)
        if self.answer.status == 101:
            assert self.answer.header("Sec-WebSocket-Accept") == _accept(key)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._socket.close()

    def say(self, message):
        """Sends a short message and returns what comes back."""
        mask = os.urandom(4)
        masked = bytes(b ^ mask[i % 4] for i, b in enumerate(message))
        self._socket.sendall(bytes([0x81, 0x80 | len(message)]) + mask
                             + masked)
        head = self._receive(2)
        return self._receive(head[1])

    def _receive(self, size):
        data = b""
        while len(data) < size:
            data += self._socket.recv(size - len(data)) or self._end()
        return data

    @staticmethod
    def _end():
        raise AssertionError("the connection was closed")
