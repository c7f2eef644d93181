"""docs/moving-in.md: its blocks are run, and what it says is so."""

import base64
import hmac
import os
import subprocess
import sys
import time
from pathlib import Path

import argon2
import bcrypt
import bson
import pymongo
import pytest
import werkzeug.security

from harness.admin_tool import TOOL
from harness.accounts import PASSWORD, is_logged_in, login
from harness.flask_app import Serving, make_app
from harness.http_client import Browser
from harness.members import add_member, werkzeug_hash
from harness.nginx_server import eventually
from harness.shipped import ROOT, add_snippets, blocks, replaced
from harness.upstream import Upstream

DOCUMENT = "docs/moving-in.md"
FLASK, BASIC = "From the Flask template", "From auth_basic"
DAEMON = "From auth_request and a daemon"


def block(section, number, language):
    found = blocks(DOCUMENT, section)[number]
    assert found[0] == language, found
    return found[1]


def test_every_block_is_run_here():
    assert [b[0] for b in blocks(DOCUMENT, FLASK)] == [
        "sh", "python", "nginx", "python"]
    assert [b[0] for b in blocks(DOCUMENT, DAEMON)] == [
        "nginx", "nginx", "nginx", "nginx"]
    assert [b[0] for b in blocks(DOCUMENT, BASIC)] == ["nginx", "nginx", "sh"]
    assert (ROOT / DOCUMENT).read_text().count("\n```") == 2 * (4 + 4 + 3)


def prepare(nginx, text, changes):
    """A server of a block for http; the snippets are where they get installed,
    beside nginx.conf."""
    server = nginx.prepare(replaced(text, changes))
    add_snippets(server)
    return server


LISTEN = {"listen 80;": "listen 127.0.0.1:%%PORT%%;"}


# From the Flask template

@pytest.fixture
def users(mongo_store):
    with pymongo.MongoClient(mongo_store.uri) as client:
        yield client.get_default_database().users


def python(script, **options):
    return subprocess.run([sys.executable, "-"], input=script, text=True,
                          capture_output=True, check=True, timeout=60,
                          **options).stdout


class MovedSite:
    """nginx with the document's configuration, on the database of a Flask
    application, before the document's own Flask application."""

    def __init__(self, nginx, uri, app_port, line='MONGO_URI="%s"'):
        self.uri_file = "%%DIR%%/mongo_uri"
        self.nginx = prepare(nginx, block(FLASK, 2, "nginx"), {
            **LISTEN, "/etc/nginx/mongo_uri": self.uri_file,
            "127.0.0.1:8000": f"127.0.0.1:{app_port}"})
        # these tests try more wrong passwords than people do
        self.nginx.edit("mongo_uri;", "mongo_uri; login_limit off;"
                        "registration_limit off;")
        self.uri_file = f"{self.nginx.folder}/mongo_uri"
        Path(self.nginx.folder, ".env").write_text(
            f"SECRET_KEY=x\n{line % uri}\nFLASK_ENV=production\n")
        subprocess.run(
            ["sh", "-e"], cwd=self.nginx.folder, check=True, text=True,
            input=block(FLASK, 0, "sh")
            .replace("/etc/nginx/mongo_uri", self.uri_file)
            .replace("python -c", f"{sys.executable} -c"))

    def names_that_occur_twice(self):
        return python(block(FLASK, 1, "python").replace(
            "/etc/nginx/mongo_uri", self.uri_file))


@pytest.mark.parametrize("line", [
    "MONGO_URI=%s", "export MONGO_URI = '%s'   # where the users are",
    'MONGO_URI="%s"\t# x', "  export  MONGO_URI=%s # x"])
def test_lines_of_a_dotenv_file(nginx, mongo_store, line):
    site = MovedSite(nginx, mongo_store.uri, 1, line)
    assert Path(site.uri_file).read_text() == mongo_store.uri + "\n"


@pytest.fixture
def moved(nginx, mongo_store):
    names = {"__name__": "notes"}
    exec(compile(block(FLASK, 3, "python"), DOCUMENT, "exec"), names)
    with Serving(names["app"]) as serving:
        yield MovedSite(nginx, mongo_store.uri, serving.port)


def refused(server, name, password="wrong password", page="/login"):
    response = server.client().post(
        page, {"username": name, "password": password})
    assert response.status == 401, response


def is_argon2id(stored):
    return isinstance(stored, str) and stored.startswith(
        "$argon2id$v=19$m=19456,t=2,p=1$")


def test_moving_a_flask_application(users, mongo_store, moved):
    hashers = {"alice": "scrypt", "Bob Miller": "pbkdf2:sha256",
               "carol": "pbkdf2:sha512:210000"}
    old_cookie = None
    for name, method in hashers.items():
        with Serving(make_app(users, method)) as old:
            person = Browser(old.port)
            form = {"username": name, "password": PASSWORD}
            assert person.post("/register", form).location == "/login"
            assert "Registration successful" in person.get("/login").text
            assert person.post("/login", form).location == "/dashboard"
            assert name in person.get("/dashboard").text
            old_cookie = person.jar
    hashed = bcrypt.hashpw(PASSWORD.encode(), bcrypt.gensalt(8))
    mongo_store.insert("dora", hashed.decode())
    mongo_store.insert("emil", bson.Binary(hashed))
    mongo_store.insert("Frieda", hashed.replace(b"$2b$", b"$2y$").decode())
    stored = {d["username"]: d for d in mongo_store.documents()}
    assert stored["alice"]["password"].startswith("scrypt:32768:8:1$")
    assert set(stored["alice"]) == {"_id", "username", "password"}

    assert moved.names_that_occur_twice() == ""
    info = os.stat(moved.uri_file)
    assert info.st_mode & 0o777 == 0o600 and info.st_uid == os.geteuid()
    server = moved.nginx.start()

    stranger = server.browser()
    stranger.jar = old_cookie
    assert not is_logged_in(stranger)
    for name, before in stored.items():
        refused(server, name)
        assert mongo_store.find(name) == before
        browser = server.browser()
        response = browser.post("/login",
                                {"username": name, "password": PASSWORD})
        assert response.status == 303 and response.location == "/dashboard"

        after = mongo_store.find(name)
        assert is_argon2id(after["password"])
        assert after["_id"] == before["_id"]
        notes = browser.get("/notes/", headers={"Remote-User": "admin"})
        assert notes.text == f"The notes of {name}"

        # once more, with the new hash; the first session goes on
        refused(server, name)
        login(server.browser(), name)
        assert mongo_store.find(name) == after
        assert is_logged_in(browser)

    refused(server, "frieda", PASSWORD)

    anonymous = server.browser().get("/notes/?page=2")
    assert anonymous.status == 302
    assert anonymous.location.startswith("/login?next=/notes/")
    twin = server.browser().post(
        "/register", {"username": "frieda", "password": PASSWORD})
    assert twin.status == 409


def test_rehash_ends_no_session(mongo_store, moved):
    """Neither the first one, from Werkzeug's hash, nor a later one by the
    login of another device, when a session is compared with its user."""
    add_member(mongo_store, "alice")
    server = moved.nginx
    server.edit("mongo_uri;", "mongo_uri; session_check 1s;")
    server.start()
    first, second = server.browser(), server.browser()
    login(first, "alice")
    stored = mongo_store.find("alice")["password"]
    assert is_argon2id(stored)
    server.edit("session_check", "password_hash argon2id memory=20m time=2;"
                "session_check")
    server.reload()
    login(second, "alice")
    assert mongo_store.find("alice")["password"] != stored
    for _ in range(5):
        assert is_logged_in(first) and is_logged_in(second)
        time.sleep(0.5)

    # what another program sets ends them
    mongo_store.change("alice", password=werkzeug_hash(password="x"))
    eventually(lambda: not is_logged_in(first), "the session lives on")


def test_flask_cannot_check_the_new_hash(mongo_store, moved):
    add_member(mongo_store, "alice")
    login(moved.nginx.start().browser(), "alice")
    with pytest.raises(ValueError):
        werkzeug.security.check_password_hash(
            mongo_store.find("alice")["password"], PASSWORD)


def test_hashes_that_are_not_understood(mongo_store, moved):
    """Werkzeug 2's method="sha256": an HMAC with the salt as its key."""
    digest = hmac.new(b"salt", PASSWORD.encode(), "sha256").hexdigest()
    for name, stored in (("old", f"sha256$salt${digest}"),
                         ("plain", f"plain$${PASSWORD}")):
        mongo_store.insert(name, stored)
    server = moved.nginx.start()
    for name in ("old", "plain"):
        refused(server, name, PASSWORD)
    server.wait_for_log('"old" cannot log in: the stored password is a hash of '
                        'kind salted SHA-256, which is not supported')


def test_names_that_the_template_stored_twice(users, mongo_store, moved):
    for name in ("twin", "twin", "alice"):
        add_member(mongo_store, name)
    assert moved.names_that_occur_twice() == "twin 2\n"

    server = moved.nginx.start()
    form = {"username": "newcomer", "password": PASSWORD}
    assert server.browser().post("/register", form).status == 503
    server.wait_for_log("unique index on username cannot be made")
    login(server.browser(), "alice")

    users.delete_one({"username": "twin"})
    assert moved.names_that_occur_twice() == ""
    eventually(lambda: server.browser().post("/register", form).status == 303,
               "registration does not come back")


def test_index_that_is_not_unique(users, mongo_store, moved):
    users.create_index("username")
    server = moved.nginx.start()
    form = {"username": "newcomer", "password": PASSWORD}
    assert server.browser().post("/register", form).status == 503
    server.wait_for_log("index on username that is not")


def test_names_that_cannot_log_in(mongo_store, moved):
    server = moved.nginx.start()
    for name in ("x" * 129, " outer", "outer ", "tab\there"):
        add_member(mongo_store, name)
        refused(server, name, PASSWORD)
    server.wait_for_log("cannot log in")


# From auth_request and a daemon

def daemon_answer(seen):
    """As oauth2-proxy answers auth_request."""
    if "_oauth2_proxy=of-alice" not in (seen.header("Cookie") or ""):
        return b"HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n"
    return (b"HTTP/1.1 202 Accepted\r\nX-Auth-Request-User: alice\r\n"
            b"X-Auth-Request-Groups: admins,editors\r\n"
            b"Content-Length: 0\r\n\r\n")


FORGED = {"X-User": "admin", "X-Groups": "root", "Remote-User": "admin",
          "Remote-Groups": "root"}


def test_the_same_headers_as_with_a_daemon(nginx, sqlite_store, upstream):
    application = f"127.0.0.1:{upstream.port}"
    daemon = Upstream()
    try:
        daemon.answers["/oauth2/auth"] = daemon_answer
        before = prepare(nginx, block(DAEMON, 0, "nginx"), {
            **LISTEN, "127.0.0.1:8000": application,
            "127.0.0.1:4180": f"127.0.0.1:{daemon.port}"}).start()
        assert before.browser().get("/app").status == 403
        assert upstream.requests == []
        person = before.browser()
        person.jar["_oauth2_proxy"] = "of-alice"
        assert person.get("/app", headers=FORGED).status == 200
        there = upstream.last
    finally:
        daemon.close()

    after = prepare(nginx, block(DAEMON, 1, "nginx"), {
        **LISTEN, "127.0.0.1:8000": application,
        "sqlite:/var/lib/nginx-auth/users.db": sqlite_store.uri}).start()
    add_member(sqlite_store, "alice", ["admins", "editors"])
    person = after.browser()
    assert person.get("/app").location == "/auth/login?next=/app"
    login(person, "alice", page="/auth/login")
    assert person.get("/app", headers=FORGED).status == 200
    here = upstream.last
    for name in ("X-User", "X-Groups"):
        assert here.all(name) == there.all(name) != []
    assert here.all("Cookie") == []
    assert len(upstream.requests) == 2
    assert login(after.browser(), "alice", page="/auth/login").location == "/"
    assert after.browser().get("/register").location == \
        "/auth/login?next=/register"


# From auth_basic

def test_moving_from_auth_basic(nginx, sqlite_store, upstream):
    passes = {"127.0.0.1:8000": f"127.0.0.1:{upstream.port}", **LISTEN}
    before = prepare(nginx, block(BASIC, 0, "nginx"), {
        **passes, "/etc/nginx/htpasswd": "%%DIR%%/htpasswd"})
    file = Path(before.folder, "htpasswd")
    hashed = bcrypt.hashpw(PASSWORD.encode(), bcrypt.gensalt(5)).decode()
    apr1 = subprocess.run(
        ["openssl", "passwd", "-apr1", "-stdin"], input=PASSWORD, text=True,
        capture_output=True, check=True).stdout.strip()
    file.write_text(
        f"alice:{hashed.replace('$2b$', '$2y$')}\n"
        f"carol:{argon2.PasswordHasher().hash(PASSWORD)}:of the board\n"
        f"dora:rl0uE3D5mkZ9s\nbob:{apr1}\n")
    before.start()
    by_basic = {"Authorization": "Basic " + base64.b64encode(
        f"alice:{PASSWORD}".encode()).decode()}
    assert before.client().get("/").status == 401
    assert before.client().get("/", headers=by_basic).status == 200
    assert upstream.last.header("Authorization")

    after = prepare(nginx, block(BASIC, 1, "nginx"), {
        **passes,
        "sqlite:/var/lib/nginx-auth/users.db": sqlite_store.uri}).start()
    script = replaced(block(BASIC, 2, "sh"), {
        "ngx-auth-admin": f"{TOOL} --store {sqlite_store.uri}",
        "/etc/nginx/htpasswd": str(file)})
    eventually(lambda: Path(sqlite_store.path).exists(), "no database")
    told = subprocess.run(["sh", "-e"], input=script, text=True, check=False,
                          capture_output=True, timeout=60)
    assert told.returncode == 3
    assert told.stdout == "Added 3 users, skipped 1 line.\n"
    assert "line 3: the password of dora" in told.stderr

    for name in ("alice", "bob", "carol"):
        refused(after, name, page="/auth/login")
        browser = after.browser()
        login(browser, name, page="/auth/login")
        assert browser.get("/", headers=by_basic).status == 200
        assert upstream.last.all("Remote-User") == [name]
        assert upstream.last.header("Authorization") is None
    for name in ("alice", "bob"):
        assert is_argon2id(sqlite_store.find(name)["password"])
    assert after.client().get("/", headers=by_basic).status == 401


def test_another_proxy_asks(nginx, sqlite_store, upstream):
    accounts = prepare(nginx, block(DAEMON, 2, "nginx"), {
        "listen 127.0.0.1:9000;": "listen 127.0.0.1:%%PORT%%;",
        "sqlite:/var/lib/nginx-auth/users.db": sqlite_store.uri}).start()
    add_member(sqlite_store, "alice", ["admins", "editors"])
    proxy = prepare(nginx, block(DAEMON, 3, "nginx"), {
        **LISTEN, "127.0.0.1:8000": f"127.0.0.1:{upstream.port}",
        "127.0.0.1:9000": f"127.0.0.1:{accounts.port}"}).start()

    person = proxy.browser()
    asked = "/app?one=1&two=%20"
    answer = person.get(asked)
    assert answer.status == 302
    form = person.follow(answer).page
    assert form.field("next") == asked
    wrong = person.post("/auth/login", {"username": "alice", "password": "wrong"})
    assert wrong.status == 401
    # a browser without Sec-Fetch-Site: Origin has to be the Host
    wrong = person.post("/auth/login", {"username": "alice", "password": "wrong"},
                        headers={"Sec-Fetch-Site": None})
    assert wrong.status == 401
    answer = person.post("/auth/login", {
        "username": "alice", "password": PASSWORD,
        "next": form.field("next")})
    assert answer.status == 303 and answer.location == asked
    assert upstream.requests == []

    for method, body in (("GET", None), ("POST", "x" * 100000)):
        answer = person.request(method, asked, headers=FORGED, body=body)
        assert answer.status == 200
        assert upstream.last.method == method
        assert upstream.last.body == (body or "").encode()
        assert upstream.last.all("Remote-User") == ["alice"]
        assert upstream.last.all("Remote-Groups") == ["admins,editors"]
    # the document says so; auth_login would have taken it out
    assert "ngx_auth=" in upstream.last.header("Cookie")

    count = len(upstream.requests)
    script = proxy.client()
    assert script.get("/app", headers=FORGED).status == 401
    assert script.post("/app", body="x").status == 401
    post = proxy.browser().post("/app", {"a": "b"})
    assert post.status == 303 and post.location.startswith("/auth/login")
    assert proxy.browser().get("/check").status == 404
    assert person.post("/auth/logout").status == 303
    assert person.get("/app").status == 302
    assert len(upstream.requests) == count
