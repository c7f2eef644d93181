"""No line of the module's, at any level, holds a secret, nor does anything
that it answers; and at `info` and above no line of nginx's does, either."""

import os
import re
import secrets
import subprocess
from urllib.parse import quote, quote_plus, urlencode

import pytest

from harness import mongo_server as mongo
from harness.accounts import SITE
from harness.admin_tool import TOOL
from harness.nginx_server import eventually

FORM = {"Content-Type": "application/x-www-form-urlencoded"}
# Ours begin so, behind nginx's time, level, process and connection; what
# nginx adds behind them, it adds to its own as well.
OURS = re.compile(r"^\S+ \S+ \[\w+\] \d+#\d+: (?:\*\d+ )?auth: ")
LEVELS = ("debug", "info")


def new_secret():
    return f"{secrets.token_hex(10)} &{secrets.token_hex(10)}"


class Secrets:
    """What must not be seen."""

    def __init__(self):
        self._known = set()

    def new(self):
        return self.keep(new_secret())

    def keep(self, secret):
        """Each part of it is secret, whatever stands between them."""
        self._known |= {part for part in re.split(r"[^\w-]", secret)
                        if len(part) >= 12}
        return secret

    def seen_in(self, text):
        return [part for part in self._known if part in text]


@pytest.fixture
def kept():
    return Secrets()


def assert_silent(kept, log, level):
    lines = log.splitlines()
    ours = [line for line in lines if OURS.match(line)]
    assert ours, "the module has logged nothing"
    for line in ours if level == "debug" else lines:
        assert not kept.seen_in(line), line


class Person:
    """Somebody who looks at every answer for secrets. The cookie that an
    answer sets is the only place for one."""

    def __init__(self, server, kept):
        self.browser = server.browser()
        self.kept = kept

    def expect(self, status, method, path, form=None, **kwargs):
        answer = self.browser.request(method, path, form=form, **kwargs)
        assert answer.status == status, answer
        for value, _ in answer.cookies.values():
            if len(value) == 43:
                self.kept.keep(value)
        output = answer.text + "".join(
            f"{name}: {value}\n" for name, value in answer.headers
            if name.lower() != "set-cookie")
        assert not self.kept.seen_in(output), answer
        for form in answer.page.forms:
            assert not any(value for name, value in form["fields"].items()
                           if "password" in name), answer
        return answer

    def post(self, status, path, **form):
        return self.expect(status, "POST", path, form)


@pytest.mark.parametrize("level", LEVELS)
def test_forms(nginx, store, kept, level):
    server = nginx(SITE, store=store.uri, log_level=level,
                   server="""
        location = /account { auth_page account; }
        location /files/ { auth_login site; return 404; }
    """)
    eventually(lambda: server.client().get("/").status == 200, "no answer")
    person = Person(server, kept)
    password = kept.new()
    person.post(303, "/register", username="alice", password=password)
    person.post(409, "/register", username="alice", password=kept.new())
    person.post(422, "/register", username="no name", password=kept.new())
    person.post(422, "/register", username="bobby", password="short")
    person.post(401, "/login", username="alice", password=kept.new())
    person.post(401, "/login", username="nobody.here", password=kept.new())
    person.post(303, "/login", username="Alice", password=password, next="/x")
    person.expect(404, "GET", "/files/x")
    person.post(422, "/account", current_password=kept.new(),
             new_password=kept.new())
    person.post(422, "/account", current_password=password,
                new_password="short")
    person.post(303, "/account", current_password=password,
             new_password=(password := kept.new()))
    person.expect(303, "GET", "/logout")
    person.post(303, "/login", username="alice", password=password)
    store.change("alice", disabled=True)
    person.post(401, "/login", username="alice", password=password)
    store.change("alice", disabled=False, password=kept.new())
    person.post(401, "/login", username="alice", password=password)

    # forms that are refused
    pairs = [("username", "alice"), ("password", kept.new())]
    person.expect(400, "POST", "/login", pairs + pairs)
    person.expect(400, "POST", "/login", pairs + [(kept.new(), i)
                                               for i in range(16)])
    for path in ("/login", "/register"):
        person.expect(400, "POST", path, headers=FORM,
                   body=urlencode(pairs) + "&x=%zz")
        person.expect(400, "POST", path, headers=FORM,
                   body=urlencode(pairs) + "&x=%ff")
        person.expect(403, "POST", path, pairs,
                   headers={"Sec-Fetch-Site": "cross-site"})
        person.expect(415, "POST", path, pairs,
                   headers={"Content-Type": "text/plain"})
        person.expect(413, "POST", path, pairs + [("more", "x" * 9000)])
    person.expect(413, "POST", "/login", headers={
        **FORM, "Transfer-Encoding": "chunked"},
        body="2400\r\n" + urlencode(pairs).ljust(0x2400, "x") + "\r\n0\r\n\r\n")
    person.expect(405, "POST", "/dashboard", pairs)
    person.expect(405, "DELETE", "/login", pairs)

    assert_silent(kept, server.error_log, level)
    if level == "info":
        assert not kept.seen_in(server.access_log)


@pytest.mark.parametrize("typed", [
    "correct horse battery", "Tr0ub4dor&3!", "pass word ", "pässwörter",
    "x" * 65, "-dash-", "line\nbreak"])
def test_password_in_the_field_of_the_name(site, sqlite_store, typed):
    """A name that nobody has is shown only if it could be registered."""
    server = site(sqlite_store, log_level="debug")
    answer = server.client().post("/login", {"username": typed,
                                             "password": "something"})
    assert answer.status == 401
    size = len(typed.strip().encode())
    line = server.wait_for_log(
        rf"auth: .*user \(not shown, {size} bytes\) failed to log in")
    assert line
    ours = "\n".join(line for line in server.error_log.splitlines()
                     if OURS.match(line))
    assert typed.strip() not in ours
    assert typed[:8] not in ours


def test_names_that_are_shown(site, sqlite_store):
    """Names of users, however they are spelt, and those that could be."""
    server = site(sqlite_store)
    client = server.client()
    eventually(lambda: client.post("/register", {
        "username": "alice", "password": "correct horse battery staple",
    }).status in (303, 409), "nobody can register")
    sqlite_store.insert("Jürgen Müller",
                        sqlite_store.find("alice")["password"])
    for name in ("Jürgen Müller", "alice", "Nobody.Here"):
        answer = client.post("/login", {"username": name, "password": "wrong"})
        assert answer.status == 401
        server.wait_for_log(f'user "{name}" failed to log in')


# Stores

def every_store(uri, server):
    """The URI as it is, from the environment and from a file."""
    path = os.path.join(server.folder, "uri")
    with open(path, "w") as file:
        file.write(uri + "\n")
    return (f'"{uri}"', "env:AUTH_TEST_URI", f"file:{path}")


def with_store(nginx, **options):
    return nginx.prepare(SITE, store="sqlite:never.db", realm="", server="",
                         **options)


# Some of them libmongoc takes as they are.
BROKEN = [
    "mongodb://root:{0}@localhost",
    "mongodb://root:{0}@localhost/",
    "mongodb://root:{0}@/db",
    "mongodb://root:{0}@local host/db",
    "mongodb://root:{0}@localhost:x/db",
    "mongodb://root:{0}@localhost:99999/db",
    "mongodb://root:{0}%zz@localhost/db",
    "mongodb://root:a@{0}@localhost/db",
    "mongodb://root:a/{0}@localhost/db",
    "mongodb://root:a?{0}@localhost/db",
    "mongodb://root:a:{0}@localhost/db",
    "mongodb://{0}:b:c@localhost/db",
    "mongodb://:{0}@localhost/db",
    "mongodb://root:{0}@localhost/db?authMechanism=NONE",
    "mongodb://root:{0}@localhost/db?tls=maybe",
    "mongodb://root:{0}@localhost/d b",
    "mongodb://h/db?tlsCertificateKeyFilePassword={0}&tls=x",
    "mongodb://h/db?sslClientCertificateKeyPassword={0}"
    "&tlsCertificateKeyFilePassword=a",
    "mongodb+srv://root:{0}@localhost/db",
    "mongodb+srv://root:{0}@a.b.example.com:27017/db",
    "mongo://root:{0}@localhost/db",
    "mysql://root:{0}@localhost/db",
    "root:{0}@localhost",
    "env:mongodb://root:{0}@localhost/db",
    "file:mongodb://root:{0}@localhost/db",
    "sqlite://root:{0}@localhost/db",
]


def test_broken_store_uris(nginx, kept):
    for number, broken in enumerate(BROKEN):
        password = kept.keep(secrets.token_hex(12))
        uri = broken.format(password)
        server = with_store(nginx, environment={"AUTH_TEST_URI": uri})
        sources = every_store(uri, server)
        if uri.startswith(("env:", "file:")):
            sources = sources[:1]
        elif number > 2:
            sources = [sources[number % 3]]
        server.allow(r"\[emerg\]")
        for source in sources:
            server.edit(re.search(r"store .*;", server.configuration).group(),
                        f"store {source};")
            status, output = server.test()
            assert status == 0 or "nginx.conf:" in output, (source, output)
            assert not kept.seen_in(output), (source, output)


def test_option_that_is_ignored(nginx, kept):
    """A warning names it, and neither its value nor the password."""
    password = kept.keep(secrets.token_hex(12))
    value = kept.keep(secrets.token_hex(12))
    server = with_store(nginx)
    server.edit("store sqlite:never.db", f"store mongodb://root:{password}"
                f"@localhost/db?tlscafil={value}")
    status, output = server.test()
    assert status == 0, output
    assert re.search(r"\[warn\].*auth: .*tlscafil.* in .*nginx\.conf:\d+",
                     output), output
    assert not kept.seen_in(output)


@pytest.mark.parametrize("level", LEVELS)
def test_store_that_refuses(nginx, scram_server, kept, level):
    """A wrong password, a right one at a port where nobody is, and a right
    one."""
    wrong = kept.keep(secrets.token_hex(12))
    right = kept.keep(mongo.PASSWORD)
    for user_password, address, status, expected in (
            (wrong, scram_server.address, 503, "authentication failed"),
            (wrong, "127.0.0.1:1", 503, "No suitable servers"),
            (right, scram_server.address, 401, "failed to log in")):
        uri = (f"mongodb://{mongo.USER}:{quote_plus(user_password)}@{address}"
               "/auth_secrets?authSource=admin")
        server = with_store(nginx, log_level=level,
                            environment={"AUTH_TEST_URI": uri})
        server.edit("sqlite:never.db", every_store(uri, server)[2])
        server.start()
        person = Person(server, kept)
        person.post(status, "/login", username="alice", password=kept.new())
        server.wait_for_log(f"auth: .*{expected}")
        assert_silent(kept, server.error_log, level)
        server.finish()
    assert quote(mongo.PASSWORD) != mongo.PASSWORD  # or nothing was escaped


def test_admin_tool(nginx, kept):
    """ngx-auth-admin's errors."""
    for uri in BROKEN + ["mongodb://root:{0}@127.0.0.1:1/db"]:
        uri = uri.format(kept.keep(secrets.token_hex(12)))
        done = subprocess.run(
            [TOOL, "--store", uri, "add", "alice"], text=True, timeout=60,
            input=kept.keep(secrets.token_hex(12)) + "\n",
            capture_output=True, check=False)
        assert done.returncode != 0
        assert not kept.seen_in(done.stdout + done.stderr), (uri, done)
