"""An application behind nginx: remembers each request as it arrived."""

from .tcp_server import TcpServer


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


class Upstream(TcpServer):
    """Answers 200 with a text, or what `answers[path]` says: raw bytes, or a
    function that makes them of what was Seen."""

    def __init__(self):
        self.requests = []
        self.answers = {}
        self.otherwise = None  # the same for all other paths
        super().__init__()

    @property
    def last(self):
        return self.requests[-1]

    def serve(self, connection):
        rfile = connection.rfile
        line = rfile.readline().decode("latin-1").rstrip()
        if not line:
            return
        method, path, _ = line.split(" ", 2)
        headers = []
        while line := rfile.readline().decode("latin-1").rstrip():
            name, _, value = line.partition(":")
            headers.append((name, value.strip()))
        seen = Seen(method, path, headers, b"")
        seen.body = rfile.read(int(seen.header("Content-Length") or 0))
        self.requests.append(seen)
        connection.wfile.write(self._answer(seen))

    def _answer(self, seen):
        answer = self.answers.get(seen.path.partition("?")[0], self.otherwise)
        if callable(answer):
            answer = answer(seen)
        if answer is not None:
            return answer
        text = b"the application's answer"
        return (b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n"
                b"Content-Length: %d\r\nConnection: close\r\n\r\n"
                % len(text)) + (b"" if seen.method == "HEAD" else text)
