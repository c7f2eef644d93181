"""What a contestant is: it serves the same two files as the others to a client
with its credentials, and to nobody else. It looks whether that is so."""

import shutil
import tempfile
import time
from pathlib import Path

from priority import SERVER, put_first
from site_under_test import NGINX, ROOT, accounts

from harness import certificate
from harness.http_client import Browser, Client
from harness.nginx_server import Nginx

TOOLS = ROOT / "build/bench"
PYTHON = TOOLS / "venv/bin/python"

SIZES = {"1k": 1024, "100k": 100 * 1024}
# The one is logged in from the beginning, the other one logs in again and again,
# which ends his older sessions.
VISITOR, MEMBER = ({"username": name, "password": accounts.PASSWORD}
                   for name in ("alice", "bob"))

CONFIGURATION = """
    access_log off;
    keepalive_requests 10000000;
    %%ABOVE%%
    server {
        listen 127.0.0.1:%%PORT%%;
        listen 127.0.0.1:%%PORT1%% ssl http2;
        ssl_certificate %%CERT%%;
        ssl_certificate_key %%KEY%%;
        root %%DIR%%;
        location /file/ { %%PROTECT%% }
        %%SERVER%%
    }
"""
CACHE_CONTROL = 'add_header Cache-Control "private, no-cache"; '
PROXIED = """proxy_http_version 1.1; proxy_set_header Connection "";
            proxy_set_header Host $http_host;
            proxy_pass_request_body off; proxy_set_header Content-Length "";"""


class Unavailable(Exception):
    """A contestant cannot be had here; the text says why."""


class Contestant:
    """An nginx with two files. What differs is what these say."""

    name = "bare nginx"
    about = "the file, for everybody"
    above = ""    # in the http block
    protect = CACHE_CONTROL
    server = ""   # more locations
    cookie = "ngx_auth"  # the session's, over TLS maybe with __Host-
    login = None  # the path that takes MEMBER, if there is a login
    pages = {}    # {what: path}
    path = "/file/"
    module = None

    def __init__(self, workers, mongo):
        """`mongo` is a function that returns a MongoServer."""
        self.workers, self._mongo = workers, mongo
        self._closing = []
        try:
            self.prepare()
            self._start_nginx()
            self.register()
            self._examine()
        except BaseException:
            self.close()
            raise

    # What contestants may do otherwise

    def prepare(self):
        """Starts what the configuration names, and sets self.names."""
        self.names = {}

    def register(self):
        """Gives VISITOR and MEMBER an account, if there are any."""

    def credentials(self, tls=False):
        """The headers of somebody who is let in: as many bytes of a cookie
        everywhere."""
        del tls
        return {"Cookie": f"{self.cookie}={'A' * 43}"}

    # What measures ask for

    def port(self, tls=False):
        return self.nginx.ports["PORT1" if tls else "PORT"]

    def file(self, size):
        return f"{self.path}{size}"

    def url(self, path, tls=False):
        return (f"{'https' if tls else 'http'}://127.0.0.1:{self.port(tls)}"
                f"{path}")

    def pids(self):
        """Of all processes that take part, a database excepted."""
        return [self.nginx.pid, *self.nginx.children()]

    def database_pids(self):
        return []

    def close(self):
        while self._closing:
            self._closing.pop()()

    # Details

    def _start_nginx(self):
        self._tls = Path(tempfile.mkdtemp(prefix="auth-tls-"))
        self._closing.append(lambda: shutil.rmtree(self._tls))
        self.nginx = Nginx(
            NGINX, self.module, CONFIGURATION, workers=self.workers,
            log_level="error", above=self.above, protect=self.protect,
            server=self.server, **certificate.make(self._tls),
            **self.names)
        self._closing += [self.nginx.remove, self.nginx.kill]
        self.nginx.edit("worker_connections 512", "worker_connections 4096")
        self.files = Path(self.nginx.folder, "file")
        self.files.mkdir()
        for name, size in SIZES.items():
            (self.files / name).write_bytes(b"x" * size)
        self.nginx.start()
        put_first(SERVER, self.nginx.pid)

    def log_in(self, tls):
        """{"Cookie": …} of a new session."""
        browser = Browser(self.port(tls), tls)
        form = browser.post(self.login, VISITOR)
        assert form.status in (302, 303), form
        cookies = {name: value for name, value in browser.jar.items()
                   if name.endswith(self.cookie)}
        assert len(cookies) == 1, browser.jar
        return {"Cookie": "; ".join("=".join(item)
                                    for item in cookies.items())}

    def _examine(self):
        for tls in (False, True) if self.port(True) else (False,):
            client = Client(self.port(tls), tls)
            for name, size in SIZES.items():
                answer = client.get(self.file(name),
                                    headers=self.credentials(tls))
                assert answer.status == 200 and len(answer.body) == size, (
                    self.name, answer)
                stranger = client.get(self.file(name))
                assert (self.protect == CACHE_CONTROL
                        or stranger.status in (302, 303, 401)), (
                    self.name, stranger)


def register_both(port):
    for person in VISITOR, MEMBER:
        accounts.register(Client(port), person["username"])


def wait_until_it_listens(port, process):
    deadline = time.monotonic() + 60
    while process.poll() is None and time.monotonic() < deadline:
        try:
            Client(port).get("/")
            return
        except OSError:
            time.sleep(0.1)
    raise Unavailable("it does not start")
