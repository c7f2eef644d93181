"""Logins per second beside libsodium's bare loop, and how long a protected file
takes while people log in: what counts is the ratio, or the difference, within a
round.

    logins.py [ROUNDS [STORE…]]"""

import contextlib
import gc
import os
import re
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from urllib.parse import urlencode

from site_under_test import MODULE, NGINX  # first: it finds the harness

from harness import accounts
from harness.mongo_server import MongoServer
from harness.nginx_server import Nginx
from harness.stores import MongoStore, SqliteStore

SECONDS = 3
CONNECTIONS = 4 * os.cpu_count()  # twice what is hashed and what is next
PACE = 0.005  # seconds between two requests for the file

CONFIGURATION = """
    access_log off;
    keepalive_requests 10000000;
    auth_realm site {
        store %%STORE%%;
        login_limit off;
        registration_limit off;
    }
    server {
        listen 127.0.0.1:%%PORT%%;
        root %%DIR%%;
        location = /login    { auth_page login; }
        location = /register { auth_page register; }
        location = /file     { auth_login on; }
    }
"""


def bare_loop():
    """In a session of its own, as nginx is: Linux shares the processors out to
    sessions first."""
    return float(subprocess.run(
        [sys.executable, Path(__file__).with_name("sodium_loop.py"),
         str(SECONDS)], check=True, capture_output=True, text=True,
        start_new_session=True).stdout)


class Flood:
    """People who log in, all at once, by wrk."""

    def __init__(self, port, seconds):
        form = urlencode({"username": "alice", "password": accounts.PASSWORD})
        with tempfile.NamedTemporaryFile("w", suffix=".lua",
                                         delete=False) as script:
            script.write(
                'wrk.method = "POST"\n'
                f'wrk.body = "{form}"\n'
                'wrk.headers["Content-Type"] ='
                ' "application/x-www-form-urlencoded"\n')
        self._script = script.name
        self._wrk = subprocess.Popen(
            ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s", "--timeout",
             "20s", "--latency", "-s", script.name,
             f"http://127.0.0.1:{port}/login"],
            stdout=subprocess.PIPE, text=True)

    def rate(self):
        said = self._wrk.communicate()[0]
        os.unlink(self._script)
        assert "Non-2xx" not in said, said
        return float(re.search(r"Requests/sec: +([\d.]+)", said).group(1))


def paced(site, seconds):
    """How long the protected file takes, in ms, asked for at a steady pace."""
    connection = socket.create_connection(("127.0.0.1", site.port), 20)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    request = (f"GET /file HTTP/1.1\r\nHost: 127.0.0.1\r\n"
               f"Cookie: {site.cookie}\r\n\r\n").encode()
    took = []
    due = time.perf_counter()
    end = due + seconds
    gc.disable()
    while due < end:
        time.sleep(max(0, due - time.perf_counter()))
        started = time.perf_counter()
        connection.sendall(request)
        answer = connection.recv(65536)
        while not answer.endswith(b"x" * 1024):
            answer += connection.recv(65536)
        took.append(1000 * (time.perf_counter() - started))
        due += PACE
    gc.enable()
    assert answer.startswith(b"HTTP/1.1 200 "), answer
    connection.close()
    return took


class Site:
    def __init__(self, store):
        self.store = store
        self.nginx = Nginx(NGINX, MODULE, CONFIGURATION, workers=1,
                           store=store.uri, log_level="error")
        try:
            Path(self.nginx.folder, "file").write_bytes(b"x" * 1024)
            self.nginx.start()
            self.cookie = accounts.logged_in(self.nginx, "bob").cookie_header
            accounts.register(self.nginx.client(), "alice")
        except BaseException:
            self.close()
            raise
        self.port = self.nginx.port

    def close(self):
        self.nginx.kill()
        self.nginx.remove()
        self.store.close()


def be_another_machine():
    """A real client does not wait for nginx to leave it a processor. So our
    session goes first, if the kernel lets us say so."""
    with contextlib.suppress(OSError):
        Path("/proc/self/autogroup").write_text("-10")


def percentile(values, share):
    return sorted(values)[min(len(values) - 1, int(share * len(values)))]


def spread(values, form):
    return (f"{statistics.median(values):{form}} "
            f"({min(values):{form}} to {max(values):{form}})")


def measure(site, rounds):
    bare, logins, ratios, quiet, busy = [], [], [], [], []
    for _ in range(rounds):
        bare.append(bare_loop())
        logins.append(Flood(site.port, SECONDS).rate())
        ratios.append(logins[-1] / bare[-1])
        quiet.append(paced(site, SECONDS))
        flood = Flood(site.port, SECONDS + 1)
        time.sleep(0.5)
        busy.append(paced(site, SECONDS))
        flood.rate()
    print(f"    logins/s          {spread(logins, '.1f')}, to libsodium's bare"
          f" loop ({statistics.median(bare):.1f}) {spread(ratios, '.3f')}")
    for name, took in ("without logins", quiet), ("with a flood", busy):
        tails = [percentile(one, 0.99) for one in took]
        print(f"    file, {name:14} p50"
              f" {statistics.median(percentile(one, 0.5) for one in took):.2f}"
              f" ms, p99 {spread(tails, '.2f')} ms,"
              f" maximum {max(map(max, took)):.2f} ms", flush=True)


def main():
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 7
    wanted = sys.argv[2:] or ("sqlite", "mongodb")
    be_another_machine()
    server = MongoServer() if "mongodb" in wanted else None
    try:
        for name in wanted:
            print(name)
            site = Site(SqliteStore() if server is None or name == "sqlite"
                        else MongoStore(server))
            try:
                measure(site, rounds)
            finally:
                site.close()
    finally:
        if server is not None:
            server.close()


if __name__ == "__main__":
    main()
