"""What an nginx with `session_store on` asks of MongoDB: commands and bytes for
each login, look-up, logout and second, with few and with many sessions in the
store.

    SESSIONS=100000 store_traffic.py"""

import datetime
import os
import socket
import struct
import threading
import time

from site_under_test import MODULE, NGINX, accounts  # first: finds the harness

from harness.mongo_server import MongoServer
from harness.nginx_server import Nginx, eventually
from harness.ports import free_port

MANY = int(os.environ.get("SESSIONS") or 100_000)
TIMES = 20
SECONDS = 20
CHEAP = "password_hash argon2id memory=7m time=5;"


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


def fill(server, database):
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


def main():
    server = MongoServer()
    counter = Counter(server)
    uri = f"mongodb://127.0.0.1:{counter.port}/traffic"
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
        fill(server, "traffic")
        measure(nginx, counter, f"{MANY} sessions")
    finally:
        nginx.finish()
        nginx.remove()
        server.close()


main()
