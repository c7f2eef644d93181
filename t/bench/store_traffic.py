"""What an nginx with `session_store on` costs its store for each login, look-up,
logout and second, with few and with many sessions in it: commands and bytes of
MongoDB, and what is written to a SQLite file.

    SESSIONS=100000 store_traffic.py"""

import datetime
import os
import socket
import struct
import threading
import time

from site_under_test import MODULE, NGINX, accounts  # first: finds the harness

from harness.mongo_server import MongoServer
from harness.nginx_server import CHEAP, Nginx, eventually
from harness.ports import free_port
from harness.stores import SqliteStore

MANY = int(os.environ.get("SESSIONS") or 100_000)
TIMES = 20
SECONDS = 20


class Counter:
    """A door to the server that counts the messages and bytes of clients."""

    def __init__(self, server):
        self._to = (server.address.split(":")[0],
                    int(server.address.split(":")[1]))
        self.port = free_port()
        self._door = socket.create_server(("127.0.0.1", self.port))
        self.commands = self.bytes = 0
        self.names = {}
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self):
        while True:
            client, _ = self._door.accept()
            server = socket.create_connection(self._to)
            for source, to, counts in ((client, server, True),
                                       (server, client, False)):
                threading.Thread(target=self._pass_on, daemon=True,
                                 args=(source, to, counts)).start()

    def _pass_on(self, source, to, counts):
        try:
            while True:
                head = source.recv(16, socket.MSG_WAITALL)
                if len(head) < 16:
                    break
                size = struct.unpack("<i", head[:4])[0]
                body = source.recv(size - 16, socket.MSG_WAITALL)
                self.bytes += size
                if counts:
                    name = body[9:].split(b"\0", 1)[0].decode(errors="replace")
                    self.names[name] = self.names.get(name, 0) + 1
                    self.commands += 1
                to.sendall(head + body)
        except OSError:
            pass
        to.close()

    def start(self):
        self.commands = self.bytes = 0
        self.names = {}

    def show(self, what, times):
        names = ", ".join(f"{name} {count / times:.2f}"
                          for name, count in sorted(self.names.items()))
        print(f"{what:34} {self.commands / times:6.2f} commands "
              f"{self.bytes / times:8.0f} bytes   ({names})", flush=True)


class Wal:
    """The log of a SQLite file, in which each transaction is some pages, and the
    last one of them says so. Each transaction waits for the disk once."""

    HEAD, FRAME_HEAD = 32, 24

    def __init__(self, path):
        self._path = path + "-wal"
        self._before = None, 0, 0, 0

    def _now(self):
        """Which log it is, its transactions and pages so far, and how long a
        page is in it."""
        try:
            with open(self._path, "rb") as file:
                log = file.read()
        except FileNotFoundError:  # nobody has the database open
            log = b""
        if not log:
            return None, 0, 0, 0
        [page] = struct.unpack(">I", log[8:12])
        salts = log[16:24]
        commits = pages = 0
        for at in range(self.HEAD, len(log), self.FRAME_HEAD + page):
            head = log[at:at + self.FRAME_HEAD]
            if head[8:16] != salts:  # of a log that was written over
                break
            pages += 1
            commits += head[4:8] != bytes(4)
        return salts, commits, pages, self.FRAME_HEAD + page

    def start(self):
        self._before = self._now()

    def show(self, what, times):
        salts, commits, pages, size = self._now()
        # SQLite begins the log anew once all of it is in the file. What is
        # measured here is too little for that to happen twice.
        if salts == self._before[0]:
            commits -= self._before[1]
            pages -= self._before[2]
        print(f"{what:34} {commits / times:6.2f} transactions "
              f"{pages / times:6.2f} pages {pages * size / times:8.0f} bytes",
              flush=True)


def measure(nginx, counter, what):
    counter.start()
    time.sleep(SECONDS)
    counter.show(f"a second at rest, {what}", SECONDS)

    browsers = [nginx.browser() for _ in range(TIMES)]
    counter.start()
    for browser in browsers:
        accounts.login(browser, "alice")
    counter.show(f"a login, {what}", TIMES)

    counter.start()
    for browser in browsers:
        assert browser.get("/dashboard").status == 200
    counter.show(f"a request that the zone knows, {what}", TIMES)

    nginx.restart()
    time.sleep(3)
    counter.start()
    for browser in browsers:
        assert browser.get("/dashboard").status == 200
    counter.show(f"a look-up, {what}", TIMES)

    counter.start()
    for browser in browsers:
        assert browser.post("/logout").status == 303
    counter.show(f"a logout, {what}", TIMES)


def fill_mongodb(server, database):
    now = datetime.datetime.now(datetime.timezone.utc)
    until = now + datetime.timedelta(hours=12)
    with server.client() as client:
        sessions = client[database].ngx_auth_sessions
        for first in range(0, MANY, 10_000):
            sessions.insert_many(
                {"_id": os.urandom(32), "kind": "login", "realm": "site",
                 "secure": False, "remembered": False, "user": f"u{i // 5}",
                 "epoch": 0, "password": 0, "created": now, "seen": now,
                 "until": until, "address": "192.0.2.1", "browser": "x" * 100}
                for i in range(first, min(first + 10_000, MANY)))


def fill_sqlite(store):
    now = int(time.time() * 1000)
    with store._open() as database:
        database.executemany(
            "INSERT INTO ngx_auth_sessions VALUES"
            " (?, 'login', 'site', 0, 0, ?, 0, 0, ?, ?, ?, ?, 0, '192.0.2.1', ?)",
            ((os.urandom(32), f"u{i // 5}", now, now, now + 12 * 3600_000, now,
              "x" * 100) for i in range(MANY)))


def measure_few_and_many(uri, counter, fill_up):
    realm = (f"session_store on; secret env:AUTH_SECRET; session_check 1h; "
             f"session_limit 1000; {CHEAP}")
    nginx = Nginx(NGINX, MODULE, accounts.SITE, workers=1, store=uri,
                  realm=realm, server="", main="env AUTH_SECRET;",
                  environment={"AUTH_SECRET": "a secret " * 5}).start()
    try:
        eventually(lambda: accounts.register(nginx.client(), "alice"),
                   "nobody can register")
        time.sleep(3)
        measure(nginx, counter, "10 sessions")
        fill_up()
        measure(nginx, counter, f"{MANY} sessions")
    finally:
        nginx.finish()
        nginx.remove()


def main():
    server, store = MongoServer(), SqliteStore()
    try:
        counter = Counter(server)
        measure_few_and_many(f"mongodb://127.0.0.1:{counter.port}/traffic",
                             counter, lambda: fill_mongodb(server, "traffic"))
        measure_few_and_many(store.uri, Wal(store.path),
                             lambda: fill_sqlite(store))
    finally:
        server.close()
        store.close()


main()
