"""A small HTTP/1.1 client that sends what it is told to and nothing else.

It follows no redirect, adds no header but Host, Content-Length and what a test
asks for, and opens a connection for each request unless told to keep one.
"""

import http.client
import re
import socket
import ssl
from urllib.parse import urlencode

from .page import Page

TIMEOUT = 60


class Response:
    """An answer: status, reason, headers in order, body."""

    def __init__(self, status, reason, headers, body):
        self.status = status
        self.reason = reason
        self.headers = headers
        self.body = body
        self.path = ""  # of the request

    def header(self, name):
        """The header's value, or None; several are joined by a comma."""
        values = self.all(name)
        return ", ".join(values) if values else None

    def all(self, name):
        return [v for n, v in self.headers if n.lower() == name.lower()]

    @property
    def text(self):
        return self.body.decode("utf-8", "replace")

    @property
    def page(self):
        return Page(self.text, self.path)

    @property
    def location(self):
        return self.header("Location")

    @property
    def cookies(self):
        """{name: (value, [attribute, …])} of the Set-Cookie headers."""
        found = {}
        for line in self.all("Set-Cookie"):
            first, *attributes = [part.strip() for part in line.split(";")]
            name, _, value = first.partition("=")
            found[name] = (value, attributes)
        return found

    def __repr__(self):
        shown = re.sub(r"(?s)<(style|script)\b.*?</\1>", "", self.text)
        return (f"<{self.status} {self.reason} {dict(self.headers)}"
                f" {shown[:2000]}>")


def insecure_tls():
    """A TLS context for servers with a certificate nobody has signed."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


class Client:
    """Requests to one port, of this machine unless an address is given."""

    def __init__(self, port, tls=False, address="127.0.0.1"):
        self.port = port
        self.address = address
        self.tls = tls
        self.certificate = None  # of this client: harness.certificate's

    def connect(self):
        """A connected socket, for tests that write bytes themselves."""
        connection = socket.create_connection((self.address, self.port), TIMEOUT)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if self.tls:
            context = insecure_tls()
            if self.certificate:
                context.load_cert_chain(self.certificate["cert"],
                                        self.certificate["key"])
            connection = context.wrap_socket(connection)
        return connection

    def raw(self, data, method="GET"):
        """Sends the bytes and reads one answer."""
        with self.connect() as connection:
            connection.sendall(data)
            return read_response(connection, method)

    def request(self, method, path, headers=(), body=None, form=None,
                connection=None):
        """One request. `headers` is a dict or a list of pairs; `form` a dict,
        or pairs, sent URL-encoded."""
        headers = list(headers.items() if isinstance(headers, dict)
                       else headers)
        names = {name.lower() for name, _ in headers}

        if form is not None:
            body = urlencode(form, encoding="utf-8")
            if "content-type" not in names:
                headers.append(("Content-Type",
                                "application/x-www-form-urlencoded"))
        if isinstance(body, str):
            body = body.encode()
        if body is not None and not names & {"content-length",
                                             "transfer-encoding"}:
            headers.append(("Content-Length", str(len(body))))
        if "host" not in names:
            headers.insert(0, ("Host", f"127.0.0.1:{self.port}"))

        lines = [f"{method} {path} HTTP/1.1"]
        lines += [f"{name}: {value}" for name, value in headers]
        head = "\r\n".join(lines).encode("utf-8") + b"\r\n\r\n"

        if connection is not None:
            connection.sendall(head + (body or b""))
            response = read_response(connection, method)
        else:
            with self.connect() as own:
                try:
                    own.sendall(head + (body or b""))
                except (BrokenPipeError, ConnectionResetError):
                    pass  # refused before the whole body was sent
                response = read_response(own, method)
        response.path = path
        return response

    def get(self, path, **kwargs):
        return self.request("GET", path, **kwargs)

    def head(self, path, **kwargs):
        return self.request("HEAD", path, **kwargs)

    def post(self, path, form=None, **kwargs):
        return self.request("POST", path, form=form, **kwargs)


def read_response(connection, method="GET"):
    """Reads one answer from a socket."""
    answer = http.client.HTTPResponse(connection, method=method)
    answer.begin()
    body = answer.read()
    return Response(answer.status, answer.reason, answer.getheaders(), body)


class Browser(Client):
    """A client that behaves as a browser that a person sits at: keeps cookies,
    says where a request comes from, and follows a redirect when asked to."""

    def __init__(self, port, tls=False, name="127.0.0.1",
                 address="127.0.0.1"):
        super().__init__(port, tls, address)
        self.name = name
        self.jar = {}

    @property
    def cookie_header(self):
        return "; ".join(f"{n}={v}" for n, v in self.jar.items())

    def request(self, method, path, headers=(), **kwargs):
        own = {
            "Host": f"{self.name}:{self.port}",
            "User-Agent": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0)",
            "Accept": "text/html,application/xhtml+xml,*/*;q=0.8",
            "Sec-Fetch-Site": "none" if method == "GET" else "same-origin",
            "Sec-Fetch-Mode": "navigate",
            "Sec-Fetch-Dest": "document",
        }
        if self.jar:
            own["Cookie"] = self.cookie_header
        if method == "POST":
            scheme = "https" if self.tls else "http"
            own["Origin"] = f"{scheme}://{self.name}:{self.port}"

        # a test's own value wins; None takes the header away
        given = dict(headers)
        names = {name.lower() for name in given}
        merged = [(n, v) for n, v in own.items() if n.lower() not in names]
        merged += [(n, v) for n, v in given.items() if v is not None]

        response = super().request(method, path, headers=merged, **kwargs)
        self._keep_cookies(response)
        return response

    def follow(self, response):
        """Where a redirect leads to."""
        assert response.status in (301, 302, 303, 307), response
        assert response.location.startswith("/"), response
        return self.get(response.location)

    def _keep_cookies(self, response):
        for name, (value, attributes) in response.cookies.items():
            lower = [a.lower() for a in attributes]
            if "secure" in lower and not self.tls:
                continue
            if "max-age=0" in lower or not value:
                self.jar.pop(name, None)
            else:
                self.jar[name] = value
