"""flask_template.py on gunicorn: behind `auth_request`, and alone."""

import os
import secrets
import shutil
import subprocess
import tempfile
from pathlib import Path

from contestant import (CACHE_CONTROL, PROXIED, PYTHON, SIZES, Contestant,
                        Unavailable, register_both, wait_until_it_listens)
from priority import SERVER, put_first

from harness.ports import free_port
from harness.stores import MongoStore

HERE = Path(__file__).resolve().parent


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
