"""A small HTTP/2 client (prior knowledge, no TLS) that can leave early."""

import h2.config
import h2.connection
import h2.events
import h2.exceptions
import h2.settings

from .http_client import TIMEOUT, Client, Response


class Http2Client:
    """One connection; streams are opened, awaited and reset by number. With
    `takes_no_data` the server may send headers only, no byte of a body."""

    def __init__(self, port, takes_no_data=False):
        self.port = port
        self._socket = Client(port).connect()
        self._h2 = h2.connection.H2Connection(
            h2.config.H2Configuration(header_encoding="utf-8"))
        if takes_no_data:
            self._h2.local_settings = h2.settings.Settings(
                client=True, initial_values={
                    h2.settings.SettingCodes.INITIAL_WINDOW_SIZE: 0})
        self._h2.initiate_connection()
        self._flush()
        self._headers, self._bodies, self._ended = {}, {}, set()
        self.resets = set()  # streams that the server has cut off

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self._socket.close()

    def send(self, method, path, headers=(), body=None, more=False):
        """Sends a request; returns its stream. With `more` the body has no
        length and goes on in send_more()."""
        stream = self._h2.get_next_available_stream_id()
        fields = [(":method", method), (":scheme", "http"),
                  (":authority", f"127.0.0.1:{self.port}"), (":path", path)]
        fields += [(n.lower(), v) for n, v in dict(headers).items()]
        if body is not None and not more:
            fields.append(("content-length", str(len(body))))
        self._h2.send_headers(stream, fields, end_stream=body is None)
        if body is not None:
            self._h2.send_data(stream, body, end_stream=not more)
        self._bodies[stream] = b""
        self._flush()
        return stream

    def send_more(self, stream, data, end=False):
        """Another piece of the body; nothing if the stream is closed."""
        try:
            self._h2.send_data(stream, data, end_stream=end)
        except h2.exceptions.ProtocolError:
            return
        self._flush()

    def reset(self, stream):
        """Leaves: RST_STREAM."""
        self._h2.reset_stream(stream)
        self._flush()

    def wait(self, stream, seconds=TIMEOUT):
        """The answer on that stream. It may be asked for again after a
        TimeoutError."""
        self._socket.settimeout(seconds)
        while stream not in self._ended:
            data = self._socket.recv(65536)
            assert data, "the server closed the connection"
            for event in self._h2.receive_data(data):
                self._handle(event)
            self._flush()
        fields = self._headers[stream]
        status = int(dict(fields)[":status"])
        headers = [(n, v) for n, v in fields if not n.startswith(":")]
        return Response(status, "", headers, self._bodies[stream])

    def received(self, stream):
        """What has come of the body so far."""
        return self._bodies[stream]

    def request(self, method, path, headers=(), body=None):
        return self.wait(self.send(method, path, headers, body))

    def _handle(self, event):
        if isinstance(event, h2.events.ResponseReceived):
            self._headers[event.stream_id] = event.headers
        elif isinstance(event, h2.events.DataReceived):
            self._bodies[event.stream_id] += event.data
            self._h2.acknowledge_received_data(
                event.flow_controlled_length, event.stream_id)
        elif isinstance(event, h2.events.StreamEnded):
            self._ended.add(event.stream_id)
        elif isinstance(event, h2.events.StreamReset):
            self._headers.setdefault(event.stream_id, [(":status", "0")])
            self._ended.add(event.stream_id)
            self.resets.add(event.stream_id)

    def _flush(self):
        self._socket.sendall(self._h2.data_to_send())
