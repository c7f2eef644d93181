"""What people protect files with: this module, and what they use instead. Each
serves the same two files to a client with its credentials, and to nobody else;
start() looks whether that is so."""

import os
import secrets
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from priority import SERVER, put_first
from site_under_test import MODULE, NGINX, ROOT, accounts

from harness import certificate, other_modules
from harness.http_client import Browser, Client
from harness.nginx_server import Nginx
from harness.ports import free_port
from harness.stores import MongoStore, SqliteStore

HERE = Path(__file__).resolve().parent
TOOLS = ROOT / "build/bench"
PYTHON = TOOLS / "venv/bin/python"
OAUTH2_PROXY = TOOLS / "oauth2-proxy"

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
                assert (type(self) is Contestant
                        or stranger.status in (302, 303, 401)), (
                    self.name, stranger)


class Module(Contestant):
    name = "this module"
    about = "`auth_login on`, users in SQLite"
    module = MODULE
    above = """auth_realm site {
        store %%STORE%%;
        login_limit off;
        registration_limit off;
    }"""
    protect = "auth_login on;"
    server = accounts.PAGES.replace("location = /          { auth_page home; }",
                                    "")
    login = "/login"
    pages = {"login page": "/login", "dashboard": "/dashboard"}

    def make_store(self):
        return SqliteStore()

    def prepare(self):
        self.store = self.make_store()
        self._closing.append(self.store.close)
        self.names = {"store": self.store.uri}

    def register(self):
        register_both(self.port())
        self._cookies = {tls: self.log_in(tls) for tls in (False, True)}

    def credentials(self, tls=False):
        return self._cookies[tls]


class ModuleOnMongo(Module):
    name = "this module, MongoDB"
    about = "the same, users in MongoDB"

    def make_store(self):
        return MongoStore(self._mongo())


class Basic(Contestant):
    """Its own word for the password, as `htpasswd` makes it."""

    about = "`auth_basic`, what `htpasswd -m` makes"
    name = "auth_basic, apr1"
    kind = "-m"
    protect = ("auth_basic site; auth_basic_user_file %%USERS%%; "
               + CACHE_CONTROL)

    def prepare(self):
        folder = tempfile.mkdtemp(prefix="auth-basic-")
        self._closing.append(lambda: shutil.rmtree(folder))
        os.chmod(folder, 0o755)
        subprocess.run(["htpasswd", "-cb" + self.kind[1:], f"{folder}/users",
                        VISITOR["username"], "basic"], check=True,
                       capture_output=True)
        os.chmod(f"{folder}/users", 0o644)
        self.names = {"users": f"{folder}/users"}

    def credentials(self, tls=False):
        return {"Authorization": "Basic YWxpY2U6YmFzaWM=",
                **super().credentials(tls)}


class BasicBcrypt(Basic):
    name = "auth_basic, bcrypt"
    about = "`auth_basic`, what `htpasswd -B` makes (cost 5)"
    kind = "-B"


class Request204(Contestant):
    name = "auth_request, 204"
    about = ("`auth_request` to a location of the same nginx that only looks "
             "for a cookie: the least that `auth_request` can cost")
    protect = "auth_request /check; " + CACHE_CONTROL
    server = ("location = /check { internal; "
              'if ($cookie_ngx_auth = "") { return 401; } return 204; }')


class Lua(Contestant):
    name = "Lua"
    about = ("a session check by hand in `access_by_lua_block`: a cookie's "
             "token, looked up in a `lua_shared_dict`")
    above = other_modules.LUA + "lua_shared_dict sessions 10m;"
    cookie = "session"
    protect = """access_by_lua_block {
            local token = ngx.var.cookie_session
            local user = token and ngx.shared.sessions:get(token)
            if not user then
                return ngx.redirect("/login")
            end
            ngx.req.set_header("Remote-User", user)
        } """ + CACHE_CONTROL
    server = """location = /make {
            content_by_lua_block {
                ngx.shared.sessions:set(ngx.var.arg_token, "alice", 43200)
                ngx.say("made")
            }
        }"""

    def prepare(self):
        said = subprocess.run([NGINX, "-V"], capture_output=True, text=True,
                              check=True).stderr
        if "--modules-path=/usr/lib/nginx/modules" not in said:
            raise Unavailable("its package is for Debian's nginx")
        self.names = other_modules.options(
            NGINX, "ndk_http_module", "ngx_http_lua_module")

    def register(self):
        made = self.nginx.client().get(f"/make?token={'A' * 43}")
        assert made.body == b"made\n", made


class Gunicorn:
    """flask_template.py, with a worker a processor."""

    def __init__(self, store, files):
        if not PYTHON.exists():
            raise Unavailable("no gunicorn: t/bench/set_up.sh installs it")
        self.port = free_port()
        self._process = subprocess.Popen(
            [PYTHON, "-m", "gunicorn", "--bind", f"127.0.0.1:{self.port}",
             "--workers", str(os.cpu_count()), "--worker-class", "gthread",
             "--threads", "4", "--keep-alive", "75", "--log-level", "error",
             "--no-control-socket", "flask_template:app"], cwd=HERE,
            env={**os.environ, "MONGO_URI": store.uri, "FILES": str(files),
                 "SECRET_KEY": secrets.token_hex()}, start_new_session=True)
        put_first(SERVER, self._process.pid)
        wait_until_it_listens(self.port, self._process)

    def pids(self):
        pid = self._process.pid
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text()
        return [pid, *map(int, children.split())]

    def close(self):
        self._process.terminate()
        self._process.wait()


class FlaskRequest(Contestant):
    name = "auth_request, Flask"
    about = ("`auth_request` to a Flask + MongoDB application on gunicorn, "
             "which reads its signed cookie")
    above = "upstream app { server 127.0.0.1:%%APP%%; keepalive 32; }"
    protect = "auth_request /check; " + CACHE_CONTROL
    server = f"""location = /check {{ internal; proxy_pass http://app;
            {PROXIED} }}
        location / {{ proxy_pass http://app; proxy_http_version 1.1;
            proxy_set_header Host $http_host;
            proxy_set_header Connection ""; }}"""
    cookie = "session"
    login = "/login"
    pages = {"login page": "/login", "dashboard": "/dashboard"}

    def prepare(self):
        self.store = MongoStore(self._mongo())
        self._closing.append(self.store.close)
        files = tempfile.mkdtemp(prefix="auth-files-")
        self._closing.append(lambda: shutil.rmtree(files))
        for name, size in SIZES.items():
            Path(files, name).write_bytes(b"x" * size)
        self.app = Gunicorn(self.store, files)
        self._closing.append(self.app.close)
        self.names = {"app": self.app.port}

    def register(self):
        register_both(self.port())
        self._cookie = self.log_in(False)

    def credentials(self, tls=False):
        return self._cookie

    def pids(self):
        return [*super().pids(), *self.app.pids()]


class FlaskAlone(FlaskRequest):
    name = "Flask alone"
    about = "the same application, which serves the files itself, no nginx"
    path = "/files/"

    def _start_nginx(self):
        pass

    def port(self, tls=False):
        return None if tls else self.app.port

    def pids(self):
        return self.app.pids()


class OAuth2Proxy(Contestant):
    name = "oauth2-proxy"
    about = ("`auth_request` to oauth2-proxy with its password form and an "
             "htpasswd file (bcrypt, cost 10)")
    above = "upstream proxy { server 127.0.0.1:%%OAUTH%%; keepalive 32; }"
    protect = "auth_request /oauth2/auth; " + CACHE_CONTROL
    server = f"""location = /oauth2/auth {{ internal; proxy_pass http://proxy;
            {PROXIED} }}
        location /oauth2/ {{ proxy_pass http://proxy; proxy_http_version 1.1;
            proxy_set_header Host $http_host;
            proxy_set_header Connection ""; }}"""
    cookie = "_oauth2_proxy"
    login = "/oauth2/sign_in"
    pages = {"login page": "/oauth2/sign_in"}

    def prepare(self):
        if not OAUTH2_PROXY.exists():
            raise Unavailable("it was not built: t/bench/set_up.sh says why")
        folder = tempfile.mkdtemp(prefix="auth-oauth2-")
        self._closing.append(lambda: shutil.rmtree(folder))
        for option, person in ("-cbB", VISITOR), ("-bB", MEMBER):
            subprocess.run(["htpasswd", option, "-C10", f"{folder}/users",
                            person["username"], person["password"]],
                           check=True, capture_output=True)
        port = free_port()
        self._process = subprocess.Popen(
            [OAUTH2_PROXY, f"--http-address=127.0.0.1:{port}",
             "--provider=github", "--client-id=none", "--client-secret=none",
             f"--cookie-secret={secrets.token_hex(16)}",
             "--cookie-secure=false", "--email-domain=*",
             f"--htpasswd-file={folder}/users", "--upstream=static://202",
             "--reverse-proxy=true", "--request-logging=false",
             "--auth-logging=false", "--standard-logging=false"],
            stderr=subprocess.DEVNULL, start_new_session=True)
        self._closing.append(self._stop)
        put_first(SERVER, self._process.pid)
        wait_until_it_listens(port, self._process)
        self.names = {"oauth": port}

    def _stop(self):
        self._process.terminate()
        self._process.wait()

    def register(self):
        self._cookie = self.log_in(False)

    def credentials(self, tls=False):
        return self._cookie

    def pids(self):
        return [*super().pids(), self._process.pid]


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


ALL = (Contestant, Module, Basic, BasicBcrypt, Request204, Lua, FlaskRequest,
       FlaskAlone, OAuth2Proxy)
WITH_LOGIN = (Module, ModuleOnMongo, FlaskAlone, OAuth2Proxy)


class Started:
    """with Started(classes, workers, mongo, figures, measure) as contestants:
    those that can be had; the others are noted as skipped."""

    def __init__(self, kinds, workers, mongo, figures, measure):
        self._running = []
        try:
            for kind in kinds:
                try:
                    self._running.append(kind(workers, mongo))
                except Unavailable as why:
                    figures.skip(measure, "", kind.name, str(why))
                    print(f"skipped: {kind.name}: {why}", file=sys.stderr)
        except BaseException:
            self.close()
            raise

    def __enter__(self):
        return self._running

    def __exit__(self, *_):
        self.close()

    def close(self):
        for contestant in self._running:
            contestant.close()
