"""A MongoDB server for the tests: secantusdb, which speaks the same protocol.

    python -m harness.mongo_server COMMAND…

runs a command with MONGO_URI naming such a server, for tests that are not
Python.
"""

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pymongo

from .folders import temporary_folder
from .ports import free_port
from .workers import threads

USER, PASSWORD = "nginx", "tr0ub4dor&3"


class MongoServer:
    """One server process on a port of its own. It can be stopped, started
    again with its data, and frozen."""

    def __init__(self, auth=False, tls_files=None, host="127.0.0.1"):
        self.auth = auth
        self.host = host
        self.tls_files = tls_files
        self.port = free_port()
        self._folder = temporary_folder("auth-mongo-")
        self._process = None
        if auth:
            self._make_user()
        self.start()

    @property
    def address(self):
        return f"{self.host}:{self.port}"

    @property
    def pid(self):
        return self._process.pid

    def uri(self, database):
        return f"mongodb://{self.address}/{database}"

    def client(self):
        credentials = ({"username": USER, "password": PASSWORD}
                       if self.auth else {})
        return self._connect(serverSelectionTimeoutMS=60000, **credentials)

    def start(self, auth=None):
        auth = self.auth if auth is None else auth
        program = Path(sys.executable).parent / "secantusd-py"
        with open(os.path.join(self._folder, "log"), "ab") as log:
            self._process = subprocess.Popen(
                [program, "--host", self.host, "--port", str(self.port),
                 "--storage-path", os.path.join(self._folder, "data"),
                 "--cache-size", "128M", "--enable-test-commands",
                 *(["--auth"] if auth else []), *self._tls_options()],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                cwd=self._folder)
        deadline = time.monotonic() + 60
        while True:
            try:
                with self._connect(serverSelectionTimeoutMS=200) as client:
                    client.admin.command("hello")
                return
            except pymongo.errors.PyMongoError:
                if (self._process.poll() is not None
                        or time.monotonic() > deadline):
                    raise RuntimeError(
                        "secantusd-py does not start: " + self._log()) from None
                time.sleep(0.05)

    def stop(self):
        if self._process is None:
            return
        self._process.send_signal(signal.SIGCONT)
        self._process.terminate()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process = None

    def freeze(self):
        """The server keeps its connections and answers nothing."""
        self._process.send_signal(signal.SIGSTOP)
        while not all(state.rpartition(")")[2].split()[0] == "T"
                      for state in threads(self._process.pid, "stat")):
            time.sleep(0.01)

    def thaw(self):
        self._process.send_signal(signal.SIGCONT)

    def close(self):
        self.stop()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _make_user(self):
        """Users are made while the server still lets everybody in."""
        self.start(auth=False)
        with self._connect() as client:
            client.admin.command("createUser", USER, pwd=PASSWORD,
                                 roles=["root"])
        self.stop()

    def _connect(self, **options):
        if self.tls_files:
            options.update(tls=True, tlsAllowInvalidCertificates=True)
        return pymongo.MongoClient(self.address, directConnection=True,
                                   **options)

    def _tls_options(self):
        if not self.tls_files:
            return []
        return ["--tls-cert-file", self.tls_files["cert"],
                "--tls-key-file", self.tls_files["key"]]

    def _log(self):
        return Path(self._folder, "log").read_text(errors="replace")[-2000:]


class GivenMongoServer:
    """A server that is there already, with databases of our own on it."""

    def __init__(self, uri):
        scheme, _, rest = uri.partition("://")
        hosts, _, tail = rest.partition("/")
        database, _, options = tail.partition("?")
        options = [option for option in options.split("&") if option]
        # a password belongs to the database that the URI names
        if "@" in hosts and not any(o.lower().startswith("authsource=")
                                    for o in options):
            options.append(f"authSource={database or 'admin'}")
        self._start = f"{scheme}://{hosts}/"
        self._options = "?" + "&".join(options) if options else ""

    def uri(self, database):
        return self._start + database + self._options

    def client(self):
        return pymongo.MongoClient(self.uri("test"))

    def close(self):
        """It is not ours to stop."""


def main():
    server = MongoServer()
    try:
        return subprocess.call(sys.argv[1:], env={
            **os.environ, "MONGO_URI": server.uri("test")})
    finally:
        server.close()


if __name__ == "__main__":
    sys.exit(main())
