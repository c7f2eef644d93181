"""HTTP/2 as browsers speak it: over TLS, agreed upon by ALPN."""

import h2.config
import h2.connection

from .http2_client import Http2Client
from .http_client import Client, insecure_tls


class Http2OverTls(Http2Client):
    def __init__(self, port):
        context = insecure_tls()
        context.set_alpn_protocols(["h2"])
        self.port = port
        self._socket = context.wrap_socket(Client(port).connect())
        assert self._socket.selected_alpn_protocol() == "h2"
        self._h2 = h2.connection.H2Connection(
            h2.config.H2Configuration(header_encoding="utf-8"))
        self._h2.initiate_connection()
        self._flush()
        self._headers, self._bodies, self._ended = {}, {}, set()
