"""What stands between an nginx and its store where a test can make no machine of
its own: a forwarder, which can let everything get lost or refuse it."""

import contextlib
import select
import socket
import struct
import threading

from .tcp_server import TcpServer

RESET = struct.pack("ii", 1, 0)  # SO_LINGER: close() sends a reset


class Forwarder(TcpServer):
    def __init__(self, port):
        self._behind = port
        self._flows = threading.Event()
        self._flows.set()
        self._refuses = False
        super().__init__()

    def drop(self):
        """Nothing is answered any more, neither on connections that there are
        nor on new ones."""
        self._flows.clear()

    def refuse(self):
        """Connections are reset, new ones too."""
        self._refuses = True

    def mend(self):
        self._refuses = False
        self._flows.set()

    def close(self):
        self._refuses = True
        self._flows.set()
        super().close()

    def serve(self, connection):
        here = connection.request
        with contextlib.suppress(OSError), socket.create_connection(
                ("127.0.0.1", self._behind)) as there:
            while not self._refuses and self._pass_on(here, there):
                pass
        here.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
        here.close()

    def _pass_on(self, here, there):
        """False at the end of one of the two."""
        for ready in select.select([here, there], [], [], 0.1)[0]:
            self._flows.wait()
            data = ready.recv(1 << 16)
            if not data:
                return False
            (there if ready is here else here).sendall(data)
        return True
