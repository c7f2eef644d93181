"""A server of a test's own, on a free port of this machine."""

import socketserver
import threading


class TcpServer:
    """A thread for each connection, in which serve(connection) reads `rfile`
    and writes `wfile`, or uses the socket, `request`."""

    def __init__(self):
        owner = self

        class Handler(socketserver.StreamRequestHandler):
            def handle(self):
                owner.serve(self)

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

    def serve(self, connection):
        raise NotImplementedError

    def close(self):
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
