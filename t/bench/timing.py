"""How well the time of a refused login tells an unknown name, a wrong password
and a disabled user from each other, in stores with hashes of several kinds and
costs.

For each two of them: how often the one took longer than the other (AUC), which
is 0.5 where there is nothing to learn."""

import base64
import hashlib
import os
import random
import re
import socket
import sqlite3
import statistics
import sys
import time
from itertools import combinations
from urllib.parse import urlencode

from priority import CLIENT, SERVER, put_first
from site_under_test import MODULE, NGINX  # it finds the harness

from bson import ObjectId
from harness.mongo_server import MongoServer
from harness.nginx_server import Nginx, eventually
from harness.stores import MongoStore, SqliteStore

ALLOWED = 0.02
USERS = 1000  # of each class
CLASSES = ("unknown", "wrong", "disabled")

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
        location = /login { auth_page login; }
    }
"""


def some_base64(size):
    return base64.b64encode(os.urandom(size)).decode().rstrip("=")


def argon2id(memory, passes, lanes=1):
    return (f"$argon2id$v=19$m={memory},t={passes},p={lanes}"
            f"${some_base64(16)}${some_base64(32)}")


def bcrypt(cost):
    digits = hashlib.sha512(os.urandom(16)).hexdigest()
    return f"$2b${cost:02}${digits[:53]}"


def werkzeug(method, size):
    return f"{method}${os.urandom(8).hex()}${os.urandom(size).hex()}"


def crypt_digits(size):
    return hashlib.sha512(os.urandom(16)).hexdigest()[:size]


# Cheap ones, up to 20 ms: against those a difference shows best. How many of
# the users have it, in fourteenths.
KINDS = [
    (3, lambda: argon2id(19456, 1)),
    (1, lambda: argon2id(4096, 3)),
    (2, lambda: werkzeug("scrypt:2048:8:1", 64)),
    (1, lambda: werkzeug("pbkdf2:sha256:10000", 32)),
    (1, lambda: bcrypt(4)),
    (1, lambda: bcrypt(6)),
    (1, lambda: bcrypt(7)),
    (1, lambda: f"$6${crypt_digits(16)}${crypt_digits(86)}"),
    (1, lambda: f"$y$j75${crypt_digits(21)}.${crypt_digits(43)}"),
    (1, lambda: f"$apr1${crypt_digits(8)}${crypt_digits(22)}"),
    (1, lambda: "pbkdf2_sha256$20000$" + crypt_digits(22) + "$"
        + base64.b64encode(os.urandom(32)).decode()),
]
# Stores in which all users have the same format: there a difference between its
# hash and the one that stands for an unknown user would show.
FORMATS = {
    "Argon2id, libsodium": lambda: argon2id(7168, 1),
    "Argon2id with two lanes, libargon2": lambda: argon2id(7168, 1, 2),
    "scrypt": lambda: werkzeug("scrypt:2048:8:1", 64),
    "bcrypt": lambda: bcrypt(4),
}


def members(kinds, count):
    """(name, stored password, whether disabled) of both classes of users."""
    makers = [make for share, make in kinds for _ in range(share)]
    return [(f"{outcome}{i:05}", makers[i % len(makers)](),
             outcome == "disabled")
            for i in range(count) for outcome in ("wrong", "disabled")]


def logins_to_try(count):
    """(outcome, name) of that many logins of each outcome. Names of users come
    again, others do not."""
    return ((outcome, f"{outcome}{number:05}") for outcome in CLASSES
            for number in (range(count) if outcome == "unknown"
                           else (i % USERS for i in range(count))))


def fill(store, users):
    if store.kind == "mongodb":
        with store.server.client() as client:
            client[store.database].users.insert_many(
                [{"username": name, "password": password,
                  **({"disabled": True} if disabled else {})}
                 for name, password, disabled in users])
        return
    with sqlite3.connect(store.path, timeout=10) as database:
        database.executemany(
            "INSERT INTO users (id, username, password, disabled)"
            " VALUES (?, ?, ?, ?)",
            [(str(ObjectId()), *user) for user in users])


def wait_for_schema(store):
    def is_there():
        if store.kind == "mongodb":
            with store.server.client() as client:
                indexes = client[store.database].users.index_information()
            return any("username" in name for name in indexes)
        with sqlite3.connect(store.path, timeout=10) as database:
            return database.execute("PRAGMA user_version").fetchone()[0] == 1

    eventually(is_there, "nginx does not prepare the store")


class Login:
    """Logins that are refused, over one connection."""

    def __init__(self, port):
        self._host = f"127.0.0.1:{port}"
        self._socket = socket.create_connection(("127.0.0.1", port), 60)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def time(self, name):
        """Seconds until the whole answer is there."""
        form = urlencode({"username": name, "password": "a wrong password"})
        request = (f"POST /login HTTP/1.1\r\nHost: {self._host}\r\n"
                   "Content-Type: application/x-www-form-urlencoded\r\n"
                   f"Content-Length: {len(form)}\r\n\r\n{form}").encode()
        started = time.perf_counter()
        self._socket.sendall(request)
        answer = b""
        end = None
        while end is None or len(answer) < end:
            piece = self._socket.recv(65536)
            assert piece, answer
            answer += piece
            if end is None and b"\r\n\r\n" in answer:
                head = answer[:answer.index(b"\r\n\r\n") + 4]
                size = re.search(rb"Content-Length: (\d+)", head)
                end = len(head) + int(size.group(1))
        took = time.perf_counter() - started
        assert answer.startswith(b"HTTP/1.1 401 "), answer
        return took

    def close(self):
        self._socket.close()


def auc(ones, others):
    """The share of pairs in which the other is the greater one."""
    ranked = sorted([(value, 0) for value in ones]
                    + [(value, 1) for value in others])
    ranks = sum(rank for rank, (_, which) in enumerate(ranked, 1) if which)
    below = ranks - len(others) * (len(others) + 1) / 2
    return below / (len(ones) * len(others))


def margin(n, m):
    """Half the 95 % confidence interval of an AUC where there is no
    difference."""
    return 1.96 * ((n + m + 1) / (12 * n * m)) ** 0.5


def measure(port, names):
    """Seconds by class; `names` lists (class, name) to be tried."""
    names = list(names)
    random.shuffle(names)
    login = Login(port)
    for _, name in names[:50]:
        login.time(name)  # connections, caches
    seconds = {outcome: [] for outcome in CLASSES}
    for outcome, name in names:
        seconds[outcome].append(login.time(name))
    login.close()
    return seconds


def report(seconds):
    """Prints what there is to learn; whether it is little enough."""
    for outcome in CLASSES:
        tenths = statistics.quantiles(seconds[outcome], n=10)
        print(f"    {outcome:8} {len(seconds[outcome])} timings, median"
              f" {1000 * tenths[4]:.2f} ms, 80 % within"
              f" {1000 * tenths[0]:.2f} to {1000 * tenths[8]:.2f}")
    fine = True
    for left, right in combinations(CLASSES, 2):
        area = auc(seconds[left], seconds[right])
        plus = margin(len(seconds[left]), len(seconds[right]))
        fine = fine and abs(area - 0.5) <= ALLOWED
        print(f"    AUC {left} : {right} {area:.4f}"
              f" ({area - plus:.4f} to {area + plus:.4f})", flush=True)
    return fine


class Site:
    """An nginx on a store with these users."""

    def __init__(self, store, users):
        self.store = store
        self.nginx = Nginx(NGINX, MODULE, CONFIGURATION, workers=1,
                           store=store.uri, log_level="error")
        try:
            self.nginx.start()
            put_first(SERVER, self.nginx.pid)
            wait_for_schema(store)
            fill(store, users)
            self.nginx.reload()  # a new worker counts the hashes
        except BaseException:
            self.close()
            raise

    def __enter__(self):
        return self.nginx.port

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.nginx.kill()
        self.nginx.remove()
        self.store.close()


def measure_store(make_store, timings):
    fine = True
    print("  hashes of several kinds, many names:")
    with Site(make_store(), members(KINDS, USERS)) as port:
        fine = report(measure(port, logins_to_try(timings)))
    # Fewer timings: no limit is asked of these.
    for format_, make in FORMATS.items():
        print(f"  {format_}, for all users:")
        with Site(make_store(), members([(1, make)], USERS)) as port:
            report(measure(port, logins_to_try(timings // 4)))
    return fine


def main():
    timings = int(sys.argv[1]) if len(sys.argv) > 1 else 5000
    wanted = sys.argv[2:] or ("sqlite", "mongodb")
    fine = True
    put_first(CLIENT)
    if "sqlite" in wanted:
        print("sqlite")
        fine = measure_store(SqliteStore, timings) and fine
    if "mongodb" in wanted:
        print("mongodb")
        server = MongoServer()
        try:
            fine = measure_store(lambda: MongoStore(server), timings) and fine
        finally:
            server.close()
    if not fine:
        sys.exit(f"an AUC is not within 0.50 ± {ALLOWED}")


if __name__ == "__main__":
    main()
