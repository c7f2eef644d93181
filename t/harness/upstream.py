"""An application behind nginx: remembers each request as it arrived."""

import socketserver
import threading


class Seen:
    """A request as the application got it."""

    def __init__(self, method, path, headers, body):
        self.method = method
        self.path = path
        self.headers = headers
        self.body = body

    def all(self, name):
        return [v for n, v in self.headers if n.lower() == name.lower()]

    def header(self, name):
        values = self.all(name)
        return ", ".join(values) if values else None

    def __repr__(self):
        return f"<{self.method} {self.path} {self.headers}>"


class Upstream:
    """Answers 200 with a text, or what `answers[path]` says: raw bytes, or a
    function that makes them of what was Seen."""

    def __init__(self):
        self.requests = []
        self.answers = {}
        self.otherwise = None  # the same for all other paths
        upstream = self

        class Handler(socketserver.StreamRequestHandler):
            def handle(self):
                line = self.rfile.readline().decode("latin-1").rstrip()
                if not line:
                    return
                method, path, _ = line.split(" ", 2)
                headers = []
                while line := self.rfile.readline().decode("latin-1").rstrip():
                    name, _, value = line.partition(":")
                    headers.append((name, value.strip()))
                seen = Seen(method, path, headers, b"")
                length = int(seen.header("Content-Length") or 0)
                seen.body = self.rfile.read(length)
                upstream.requests.append(seen)
                path = path.partition("?")[0]
                answer = upstream.answers.get(path, upstream.otherwise)
                if callable(answer):
                    answer = answer(seen)
                if answer is None:
                    text = b"the application's answer"
                    answer = (b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n"
                              b"Content-Length: %d\r\nConnection: close\r\n\r\n"
                              % len(text)) + (b"" if method == "HEAD" else text)
                self.wfile.write(answer)

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

    @property
    def last(self):
        return self.requests[-1]

    def close(self):
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
