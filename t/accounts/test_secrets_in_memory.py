"""What is left in nginx's memory of the passwords that people have typed, of
their sessions' tokens, and of the key of the database: nothing, but for buffers
of nginx, which PERMITTED names."""

import secrets
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import urlencode

import bcrypt
import pytest

from harness.accounts import SITE
from harness.documents import put
from harness.http2_over_tls import Http2OverTls
from harness.members import werkzeug_hash
from harness.nginx_server import eventually
from harness.process_memory import Sought, described

# What may be in a worker's own memory, but never in what processes share, nor
# in the master; and where nginx has it.
PERMITTED = {
    "token used": "the Cookie header, in the buffers of requests",
    "token issued": "the Set-Cookie header, in the pools of requests",
    "password sent over HTTP/2": "the receive buffer of HTTP/2",
    "password refused unread": "the buffers of a form that no module was given",
}
# A store's URI with its password is needed for as long as nginx runs, and so
# is not looked for.

LISTEN = """%%PORT%%;
        listen 127.0.0.1:%%PORT1%% ssl;
        listen 127.0.0.1:%%PORT2%% ssl http2;
        ssl_certificate %%CERT%%;
        ssl_certificate_key %%KEY%%;
"""
SERVER = """
        # what is always there shows that the search finds it
        add_header X-Canary %%CANARY%%;
        location = /account { auth_page account; }
        location /files/ { auth_login site; root %%DIR%%/www; }
"""
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
WAYS = ("HTTP/1.1", "TLS", "HTTP/2")
VISITORS, ROUNDS = 4, 4  # of each way: 108 logins


def new_password():
    """Long pieces, and in between what a form escapes."""
    return f"{secrets.token_hex(10)} ä&+{secrets.token_hex(10)}"


class Visitor:
    """One connection, kept, that speaks HTTP in one of the ways; remembers
    which passwords and tokens went over it."""

    def __init__(self, server, way):
        self.way = way
        self.secrets = {}
        self.cookies = {}
        if way == "HTTP/2":
            self.connection = Http2OverTls(server.ports["PORT2"])
        else:
            self.client = server.client("PORT" if way == "HTTP/1.1"
                                        else "PORT1", tls=way == "TLS")
            self.connection = self.client.connect()

    def send(self, method, path, form=None, headers=()):
        headers = {**(FORM if form else {}), **dict(headers)}
        if self.cookies:
            headers["Cookie"] = "; ".join(
                f"{name}={value}" for name, value in self.cookies.items())
        for value in self.cookies.values():
            self.secrets[value] = "token used"
        body = urlencode(form).encode() if form else None
        if self.way == "HTTP/2":
            answer = self.connection.request(method, path, headers, body)
        else:
            answer = self.client.request(method, path, headers, body,
                                         connection=self.connection)
        for name, (value, attributes) in answer.cookies.items():
            if not value:
                self.cookies.pop(name, None)
            elif not name.endswith("ngx_auth_flash"):
                self.cookies[name] = value
                self.secrets[value] = "token issued"
        return answer

    def expect(self, status, method, path, form=None, headers=(),
               label=None):
        for name, value in (form or {}).items():
            if "password" in name:
                self.secrets[value] = label or f"password sent over {self.way}"
        answer = self.send(method, path, form, headers)
        assert answer.status == status, answer

    def log_in(self, name, password, status=303):
        self.expect(status, "POST", "/login",
                    {"username": name, "password": password})

    def come_and_go(self, name):
        password = new_password()
        self.expect(303, "POST", "/register",
                    {"username": name, "password": password})
        for _ in range(ROUNDS):
            self.log_in(name, new_password(), 401)
            self.log_in(name, password)
            self.expect(200, "GET", "/files/x")
            self.expect(404, "GET", "/elsewhere")
            self.expect(303, "GET", "/logout")
        self.log_in(name, password)
        self.change(password, new_password())
        # and does not use the new token

    def change(self, old, new):
        self.expect(422, "POST", "/account", {
            "current_password": new_password(), "new_password": new})
        self.expect(303, "POST", "/account", {
            "current_password": old, "new_password": new})

    def send_refused_forms(self):
        form = {"username": "somebody", "password": new_password()}
        self.expect(403, "POST", "/login", form,
                    {"Sec-Fetch-Site": "cross-site"},
                    label="password refused unread")
        self.expect(415, "POST", "/register",
                    {**form, "password": new_password()},
                    {"Content-Type": "text/plain"},
                    label="password refused unread")
        self.expect(400, "POST", "/login",
                    {"password": new_password(),
                     **{f"field{i}": i for i in range(16)}})
        self.expect(422, "POST", "/register",
                    {"username": "no name", "password": new_password()})
        self.expect(405, "POST", "/dashboard",
                    {**form, "password": new_password()},
                    label="password refused unread")


def send_torn_forms(server, keep):
    """Forms as no browser sends them, to one port without TLS."""
    def form(ending="", label="password in a torn form"):
        keep[password := new_password()] = label
        return urlencode({"username": "a", "password": password}) + ending

    def connection(length, more=""):
        peer = server.client().connect()
        peer.sendall(f"POST /login HTTP/1.1\r\nHost: a\r\nContent-Type: "
                    f"{FORM['Content-Type']}\r\n{length}\r\n\r\n{more}"
                    .encode())
        return peer

    def receive(peer):
        return b"".join(iter(lambda: peer.recv(65536), b""))

    # left in the middle of the body
    for length in ("Content-Length: 500", "Content-Length: 5000"):
        connection(length, form(label="password refused unread")).close()
    # the form is the second piece, and the next request comes with it
    text = form()
    peer = connection(f"Content-Length: {len(text)}")
    peer.sendall(text.encode() + b"GET /login HTTP/1.1\r\nHost: a\r\n"
                b"Connection: close\r\n\r\n")
    output = receive(peer)
    assert b" 401 " in output and b" 200 OK" in output
    # in chunks; too large; an escape that is none
    text = form()
    half = len(text) // 2
    chunks = "".join(f"{len(part):x}\r\n{part}\r\n"
                     for part in (text[:half], text[half:], ""))
    peer = connection("Transfer-Encoding: chunked\r\nConnection: close", chunks)
    assert b" 401 " in receive(peer)
    text = form("&more=" + "x" * 9000, "password refused unread")
    assert b" 413 " in receive(connection(
        f"Content-Length: {len(text)}\r\nConnection: close", text))
    text = form("&more=%zz")
    assert b" 400 " in receive(connection(
        f"Content-Length: {len(text)}\r\nConnection: close", text))


def add_members_of_old(store):
    """Users whose hashes another program has made, one of each kind."""
    members = {}
    for kind in ("scrypt:1024:8:1", "pbkdf2:sha256:1000", "bcrypt"):
        password = new_password()
        name = "old." + kind[:6]
        if kind == "bcrypt":
            stored = bcrypt.hashpw(password.encode(),
                                   bcrypt.gensalt(4)).decode()
        else:
            stored = werkzeug_hash(kind, password)
        store.insert(name, stored)
        members[name] = password
    return members


def is_shared(mapping):
    """Whether it is a zone: memory that nginx's processes share."""
    return mapping.startswith("/dev/zero") or "SYSV" in mapping


def not_permitted(found):
    """What of it may not be in a worker, or not in that memory."""
    left = {label: [place for place in places
                    if label not in PERMITTED or is_shared(place[0])]
            for label, places in found.items()}
    return {label: places for label, places in left.items() if places}


@pytest.mark.usefixtures("unsanitized_nginx")
def test_no_process_keeps_a_secret(nginx, store, tls_files):
    canary = secrets.token_hex(20)
    kept = {canary: "canary"}
    server = nginx(SITE.replace("%%PORT%%;", LISTEN), store=store.uri,
                   realm="thread_pool default;",
                   server=SERVER, canary=canary, **tls_files,
                   main="thread_pool default threads=4;")
    put(server, "www/files/x", "x")
    if store.kind == "sqlite":
        # before the keys of the realm are derived from it; at a reload as well
        key = Path(store.path + ".key").read_text().strip()
        kept[key] = "key of the database"
        server.reload()

    visitors = [Visitor(server, way) for way in WAYS for _ in range(VISITORS)]
    with ThreadPoolExecutor(len(visitors)) as pool:
        for done in [pool.submit(visitor.come_and_go, f"user{number}")
                     for number, visitor in enumerate(visitors)]:
            done.result()
    others = [Visitor(server, way) for way in WAYS]
    for visitor in others:
        visitor.send_refused_forms()
    for name, password in add_members_of_old(store).items():
        others[0].log_in(name, password)
    send_torn_forms(server, kept)
    # last, so that nothing else comes into the memory that they leave
    for visitor in visitors[:VISITORS]:
        visitor.expect(200, "GET", "/files/x")

    for visitor in [*visitors, *others]:
        kept.update(visitor.secrets)
    sought = Sought(kept)
    for open_still in (True, False):
        if not open_still:
            for visitor in [*visitors, *others]:
                visitor.connection.close()
            eventually(lambda: not server.client_sockets(),
                       "connections are left open")
        for pid in [server.pid, *server.workers()]:
            found = sought.found_in_process(pid)
            assert found.pop("canary"), "the search finds nothing"
            if pid != server.pid:
                found = not_permitted(found)
            assert not found, (
                f"process {pid}, connections open: {open_still}\n"
                + described(found))
