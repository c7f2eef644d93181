"""The headers of every answer of ours, each by name and value, whatever the
route, the status and the version of HTTP; and the cookies to the letter."""

import base64
import hashlib
import re
import socket

import pytest

from harness.accounts import LIMITED, PASSWORD, SITE
from harness.documents import put
from harness.http2_client import Http2Client
from harness.http2_over_tls import Http2OverTls

LISTEN = """%%PORT%%;
        listen 127.0.0.1:%%PORT1%% ssl;
        listen 127.0.0.1:%%PORT2%% http2;
        listen 127.0.0.1:%%PORT3%% ssl http2;
        ssl_certificate %%CERT%%;
        ssl_certificate_key %%KEY%%;
"""

SERVER = """
        location = /account { auth_page account; }
        location = /check   { auth_page check; }
        location /private/  { auth_login on; root %%DIR%%/www; }
        location /staff/    { auth_login on roles=staff; root %%DIR%%/www; }
        location /any/ {
            auth_login on;
            satisfy any;
            deny all;
            root %%DIR%%/www;
        }
"""

FORM = {"Content-Type": "application/x-www-form-urlencoded"}
NAVIGATION = {"Accept": "text/html", "Sec-Fetch-Mode": "navigate"}
RIGHT = f"username=alice&password={PASSWORD.replace(' ', '+')}"

# What a server may add to any answer.
OTHERS = {"server", "date", "connection", "content-length",
          "transfer-encoding"}

TRANSPORTS = {"http": "PORT", "https": "PORT1", "h2c": "PORT2", "h2": "PORT3"}


class Visitor:
    """Sends requests with just the headers that a test names."""

    def __init__(self, server, transport):
        self.server = server
        self.port = server.ports[TRANSPORTS[transport]]
        self.transport = transport
        self.tls = transport in ("https", "h2")
        self.prefix = "__Host-" if self.tls else ""
        self.cookie = None

    def ask(self, method, path, headers=(), body=None):
        headers = dict(headers)
        if self.cookie:
            headers["Cookie"] = self.cookie
        if isinstance(body, str):
            body = body.encode()
        if self.transport.startswith("http"):
            client = self.server.client(TRANSPORTS[self.transport], self.tls)
            return client.request(method, path, headers=headers, body=body)
        with (Http2OverTls if self.tls else Http2Client)(self.port) as client:
            return client.request(method, path, headers, body)

    def post(self, path, body, headers=()):
        return self.ask("POST", path, {**FORM, **dict(headers)}, body)

    def log_in(self):
        """The session's cookie is sent from here on."""
        assert self.post("/register", RIGHT).status in (303, 409)
        answer = self.post("/login", RIGHT)
        (line,) = answer.all("Set-Cookie")
        self.cookie = line.partition(";")[0]
        return answer

    def keep_session(self, answer):
        (line,) = filter(self.new_session().fullmatch,
                         answer.all("Set-Cookie"))
        self.cookie = line.partition(";")[0]

    # Cookies, to the letter

    def flags(self, middle=""):
        secure = " Secure;" if self.tls else ""
        return f"; Path=/;{middle}{secure} HttpOnly; SameSite=Lax"

    def new_session(self):
        return re.compile(re.escape(self.prefix + "ngx_auth=")
                          + "[A-Za-z0-9_-]{43}" + re.escape(self.flags()))

    def device(self):
        return re.compile(
            re.escape(self.prefix + "ngx_auth_device=") + "[A-Za-z0-9_.-]{30,}"
            + re.escape(self.flags(" Max-Age=31536000;")))

    def flash(self, code):
        return f"{self.prefix}ngx_auth_flash={code}" + self.flags(
            " Max-Age=60;")

    def expired(self, name):
        return f"{self.prefix}{name}=" + self.flags(
            " Max-Age=0; Expires=Thu, 01 Jan 1970 00:00:00 GMT;")

    def challenge(self):
        return (f'Cookie realm="site" form-action="/login" '
                f'cookie-name="{self.prefix}ngx_auth"')


def source_hashes(pages, element):
    found = set()
    for text in re.findall(rf"<{element}>(.*?)</{element}>", pages, re.DOTALL):
        digest = hashlib.sha256(text.encode()).digest()
        found.add(f"'sha256-{base64.b64encode(digest).decode()}'")
    return " ".join(sorted(found))


@pytest.fixture
def server(nginx, sqlite_store, tls_files):
    server = nginx(SITE.replace("%%PORT%%;", LISTEN), store=sqlite_store.uri,
                   realm="", server=SERVER, **tls_files)
    put(server, "www/private/file.txt", "secret")
    server.allow("deprecated")
    return server


@pytest.fixture(params=TRANSPORTS)
def visitor(server, request):
    return Visitor(server, request.param)


@pytest.fixture
def policy(server):
    """Computed from pages as a browser does. The login page and one of
    somebody who is logged in have all that any page has."""
    alice = Visitor(server, "http")
    alice.log_in()
    pages = (server.client().get("/login").text
             + alice.ask("GET", "/dashboard").text)
    return ("default-src 'none'; base-uri 'none'; object-src 'none'; "
            "frame-ancestors 'none'; img-src 'self' data:; "
            f"style-src {source_hashes(pages, 'style')}; "
            f"script-src {source_hashes(pages, 'script')}")


def named(answer):
    """The headers as sorted pairs, without what any server adds."""
    return sorted((name.lower(), value) for name, value in answer.headers
                  if name.lower() not in OTHERS)


def check(answer, status, policy, *more, body=True):
    """It has the headers of every answer of ours, and `more`, alone."""
    expected = [("content-security-policy", policy),
                ("x-content-type-options", "nosniff"),
                ("referrer-policy", "same-origin"),
                ("cross-origin-opener-policy", "same-origin"),
                ("cache-control", "no-store"), *more]
    if body:
        expected.append(("content-type", "text/html; charset=utf-8"))
    found = named(answer)
    patterns = [pair for pair in expected if hasattr(pair[1], "fullmatch")]
    for name, pattern in patterns:
        matching = [pair for pair in found
                    if pair[0] == name and pattern.fullmatch(pair[1])]
        assert len(matching) == 1, (pattern, found)
        found.remove(matching[0])
        expected.remove((name, pattern))
    assert (answer.status, found) == (status, sorted(expected)), answer
    if status != 204:
        length = answer.header("Content-Length")
        assert length == str(len(answer.body)) or not answer.body


def location(path):
    return ("location", path)


def cookie(value):
    return ("set-cookie", value)


# Pages

def test_pages_for_anybody(visitor, policy):
    for method in ("GET", "HEAD"):
        for path in ("/", "/register", "/login", "/login?next=/private/",
                     "/login?next=//evil.example"):
            check(visitor.ask(method, path), 200, policy)
        for path in ("/dashboard", "/account"):
            check(visitor.ask(method, path), 302, policy,
                  location(f"/login?next={path}"), body=False)
        check(visitor.ask(method, "/check"), 401, policy,
              ("www-authenticate", visitor.challenge()), body=False)


def test_pages_for_who_is_logged_in(visitor, policy):
    visitor.log_in()
    for method in ("GET", "HEAD"):
        for path in ("/", "/dashboard", "/account"):
            check(visitor.ask(method, path), 200, policy)
        for path in ("/login", "/register"):
            check(visitor.ask(method, path), 303, policy,
                  location("/dashboard"), body=False)
        check(visitor.ask(method, "/login?next=/private/%25C3%25A4"), 303,
              policy, location("/private/%C3%A4"), body=False)
        check(visitor.ask(method, "/check"), 204, policy,
              ("remote-user", "alice"), body=False)
        check(visitor.ask(method, "/logout",
                          {"Sec-Fetch-Site": "cross-site"}), 200, policy)
    check(visitor.ask("HEAD", "/logout"), 303, policy, location("/"),
          body=False)
    check(visitor.ask("GET", "/logout"), 303, policy, location("/"),
          cookie(visitor.expired("ngx_auth")), body=False)


def test_message(visitor, policy):
    """HEAD leaves it for the GET that shows it."""
    visitor.cookie = f"{visitor.prefix}ngx_auth_flash=registered"
    check(visitor.ask("HEAD", "/login"), 200, policy)
    check(visitor.ask("GET", "/login"), 200, policy,
          cookie(visitor.expired("ngx_auth_flash")))
    visitor.cookie = f"{visitor.prefix}ngx_auth_flash=unknown"
    check(visitor.ask("GET", "/login"), 200, policy)


# Forms

def test_registration(visitor, policy):
    new = "username=bob&password=" + PASSWORD.replace(" ", "+")
    check(visitor.post("/register", new), 303, policy, location("/login"),
          cookie(visitor.flash("registered")), body=False)
    check(visitor.post("/register", new), 409, policy)
    check(visitor.post("/register", "username=b&password=c"), 422, policy)


def test_login(visitor, policy):
    check(visitor.log_in(), 303, policy, location("/dashboard"),
          cookie(visitor.new_session()), body=False)
    visitor.cookie = None
    check(visitor.post("/login", RIGHT + "&next=/private/x?y%23z"), 303,
          policy, location("/private/x?y#z"), cookie(visitor.new_session()),
          body=False)
    for wrong in ("username=alice&password=wrong", "username=nobody", "", None):
        check(visitor.post("/login", wrong), 401, policy,
              ("www-authenticate", visitor.challenge()))


def test_logout(visitor, policy):
    visitor.log_in()
    for _ in range(2):
        check(visitor.post("/logout", ""), 303, policy, location("/"),
              cookie(visitor.expired("ngx_auth")), body=False)


def test_account(visitor, policy):
    check(visitor.post("/account", ""), 303, policy, location("/login"),
          cookie(visitor.flash("form-came-late")), body=False)
    visitor.log_in()
    check(visitor.post("/account", "current_password=wrong&new_password=x"),
          422, policy)
    alone = visitor.post("/account", "end_sessions=others")
    check(alone, 303, policy, location("/account"),
          cookie(visitor.new_session()),
          cookie(visitor.flash("sessions-ended")), body=False)
    visitor.keep_session(alone)
    word = PASSWORD.replace(" ", "+")
    check(visitor.post(
        "/account", f"current_password={word}&new_password={word}+2"),
        303, policy, location("/account"), cookie(visitor.new_session()),
        cookie(visitor.flash("password-changed")), body=False)


# Refusals

def test_methods(visitor, policy):
    for path in ("/", "/dashboard"):
        for method in ("POST", "PUT", "DELETE", "OPTIONS", "PATCH"):
            check(visitor.ask(method, path), 405, policy,
                  ("allow", "GET, HEAD"))
    for path in ("/login", "/register", "/logout", "/account"):
        for method in ("PUT", "DELETE", "OPTIONS", "PROPFIND"):
            check(visitor.ask(method, path), 405, policy,
                  ("allow", "GET, HEAD, POST"))


def test_forms_that_are_refused(visitor, policy):
    many = "&".join(f"f{n}=" for n in range(17))
    for path in ("/login", "/register", "/account"):
        for status, headers, body in (
                (403, {"Sec-Fetch-Site": "cross-site"}, RIGHT),
                (403, {"Origin": "null"}, RIGHT),
                (415, {"Content-Type": "application/json"}, "{}"),
                (413, {}, "x" * 8193),
                (400, {}, "username=a&username=b"),
                (400, {}, "username=%zz"),
                (400, {}, "username=%FF"),
                (400, {}, many)):
            check(visitor.post(path, body, headers), status, policy)
    check(visitor.post("/logout", "", {"Sec-Fetch-Site": "same-site"}), 403,
          policy)


def test_store_is_down(nginx, policy, tls_files):
    server = nginx(SITE.replace("%%PORT%%;", LISTEN), realm="", server=SERVER,
                   store="mongodb://127.0.0.1:1/db"
                   "?serverSelectionTimeoutMS=50", **tls_files)
    server.allow("deprecated")
    for transport in TRANSPORTS:
        visitor = Visitor(server, transport)
        for path in ("/login", "/register"):
            check(visitor.post(path, RIGHT), 503, policy,
                  ("retry-after", "5"))


def test_attempts_that_are_limited(nginx, sqlite_store, policy, tls_files):
    server = nginx(LIMITED.replace("%%PORT%%;", LISTEN),
                   store=sqlite_store.uri, realm="", server=SERVER, limits="""
        login_limit user=1 device=1;
        registration_limit address=1;
    """, **tls_files)
    server.allow("deprecated")
    later = ("retry-after", re.compile("[1-9][0-9]*"))
    for number, transport in enumerate(TRANSPORTS):
        visitor = Visitor(server, transport)
        address = {"X-Real-IP": f"192.0.2.{number}"}
        new = RIGHT.replace("alice", f"user-{transport}")
        assert visitor.post("/register", new, address).status == 303
        check(visitor.post("/register", new, address), 429, policy, later)
        check(visitor.post("/login", new, address), 303, policy,
              location("/dashboard"), cookie(visitor.new_session()),
              cookie(visitor.device()), body=False)
        wrong = f"username=user-{transport}&password=wrong"
        assert visitor.post("/login", wrong, address).status == 401
        for body in (wrong, new):
            check(visitor.post("/login", body, address), 429, policy, later)


# What nginx itself answers in our place

def test_body_without_a_length_that_is_too_large(server, policy):
    chunk = b"1000\r\n" + b"x" * 4096 + b"\r\n"
    for port, tls in (("PORT", False), ("PORT1", True)):
        answer = server.client(port, tls).post(
            "/login", body=chunk * 3 + b"0\r\n\r\n",
            headers={**FORM, "Transfer-Encoding": "chunked"})
        check(answer, 413, policy, ("content-type", "text/html"), body=False)


def test_broken_chunks(server, policy):
    answer = server.client().post(
        "/login", body=b"xyz\r\n",
        headers={**FORM, "Transfer-Encoding": "chunked"})
    check(answer, 400, policy, ("content-type", "text/html"), body=False)


def test_half_a_body(server):
    """There is nobody to answer."""
    with server.client().connect() as connection:
        connection.sendall(b"POST /login HTTP/1.1\r\nHost: x\r\nContent-Type: "
                           b"application/x-www-form-urlencoded\r\n"
                           b"Content-Length: 10\r\n\r\nabc")
        connection.shutdown(socket.SHUT_WR)
        assert connection.recv(1) == b""


def test_precondition(visitor, policy):
    for headers in ({"If-Match": '"a"'},
                    {"If-Unmodified-Since": "Thu, 01 Jan 1970 00:00:00 GMT"}):
        check(visitor.ask("GET", "/login", headers), 412, policy,
              ("content-type", "text/html"), body=False)
    check(visitor.ask("GET", "/login", {"If-None-Match": "*"}), 304, policy,
          body=False)
    for headers in ({"If-None-Match": '"a"'}, {"Range": "bytes=0-1"},
                    {"If-Modified-Since": "Fri, 01 Jan 2100 00:00:00 GMT"}):
        check(visitor.ask("GET", "/login", headers), 200, policy)


# Protected locations

def test_redirects_to_the_login(visitor, policy):
    for path in ("/private/file.txt", "/any/", "/staff/"):
        for method in ("GET", "HEAD"):
            check(visitor.ask(method, path, NAVIGATION), 302, policy,
                  location(f"/login?next={path}"), body=False)
        check(visitor.post(path, "a=b", NAVIGATION), 303, policy,
              location("/login"), body=False)


def test_page_for_the_wrong_account(visitor, policy):
    visitor.log_in()
    check(visitor.ask("GET", "/staff/", NAVIGATION), 403, policy)


def test_what_is_not_ours(visitor):
    """Answers of protected locations, also those of nginx, keep their own
    headers; but no shared cache keeps them."""
    answer = visitor.ask("GET", "/private/file.txt")
    assert (answer.status, named(answer)) == (401, sorted([
        ("cache-control", "private, no-cache"), ("content-type", "text/html"),
        ("www-authenticate", visitor.challenge())]))
    visitor.log_in()
    answer = visitor.ask("GET", "/staff/")
    assert (answer.status, named(answer)) == (403, [
        ("cache-control", "private, no-cache"), ("content-type", "text/html")])
    answer = visitor.ask("GET", "/private/file.txt")
    assert answer.status == 200
    assert {name for name, _ in named(answer)} == {
        "cache-control", "content-type", "etag", "last-modified",
        "accept-ranges"}
    assert answer.header("Cache-Control") == "private, no-cache"


# Configurations

def test_headers_of_the_whole_server_do_not_double_ours(nginx, sqlite_store,
                                                        policy):
    """A second policy would forbid the style of our pages."""
    server = nginx(SITE, store=sqlite_store.uri, realm="", server="""
        add_header Content-Security-Policy "default-src 'self'" always;
        add_header X-Content-Type-Options nosniff always;
        add_header referrer-policy no-referrer always;
        add_header Cross-Origin-Opener-Policy unsafe-none always;
        add_header Cache-Control public always;
        add_header Strict-Transport-Security max-age=1 always;
        add_header X-Frame-Options DENY always;
        expires 1h;
    """)
    visitor = Visitor(server, "http")
    kept = (("strict-transport-security", "max-age=1"),
            ("x-frame-options", "DENY"))
    check(visitor.ask("GET", "/login"), 200, policy, *kept)
    check(visitor.post("/login", ""), 401, policy, *kept,
          ("www-authenticate", visitor.challenge()))
    check(visitor.ask("GET", "/dashboard"), 302, policy, *kept,
          location("/login?next=/dashboard"), body=False)


@pytest.mark.parametrize("realm, transport, name, flags", [
    ("", "http", "ngx_auth", "Path=/; HttpOnly; SameSite=Lax"),
    ("", "https", "__Host-ngx_auth",
     "Path=/; Secure; HttpOnly; SameSite=Lax"),
    ("cookie_secure on;", "http", "__Host-ngx_auth",
     "Path=/; Secure; HttpOnly; SameSite=Lax"),
    ("cookie_secure off;", "https", "ngx_auth",
     "Path=/; HttpOnly; SameSite=Lax"),
    ("cookie_samesite strict;", "https", "__Host-ngx_auth",
     "Path=/; Secure; HttpOnly; SameSite=Strict"),
    ("cookie_domain example.com;", "https", "__Secure-ngx_auth",
     "Path=/; Domain=example.com; Secure; HttpOnly; SameSite=Lax"),
    ("cookie_domain example.com;", "http", "ngx_auth",
     "Path=/; Domain=example.com; HttpOnly; SameSite=Lax"),
    ("cookie_name sid;", "h2", "__Host-sid",
     "Path=/; Secure; HttpOnly; SameSite=Lax"),
])
def test_cookies(nginx, sqlite_store, tls_files, realm, transport, name,
                 flags):
    server = nginx(SITE.replace("%%PORT%%;", LISTEN), store=sqlite_store.uri,
                   realm=realm, server=SERVER, **tls_files)
    server.allow("deprecated")
    visitor = Visitor(server, transport)
    registered = visitor.post("/register", RIGHT)
    assert registered.all("Set-Cookie") == [
        f"{name}_flash=registered; "
        + with_age(flags, "Max-Age=60;")]
    (session,) = visitor.log_in().all("Set-Cookie")
    assert re.fullmatch(re.escape(name) + "=[A-Za-z0-9_-]{43}; "
                        + re.escape(flags), session)
    assert visitor.ask("GET", "/dashboard").status == 200
    assert visitor.post("/logout", "").all("Set-Cookie") == [
        f"{name}=; " + with_age(
            flags, "Max-Age=0; Expires=Thu, 01 Jan 1970 00:00:00 GMT;")]


def with_age(flags, age):
    """The age comes after path and domain."""
    found = re.fullmatch(r"(Path=/;(?: Domain=[^;]*;)?)(.*)", flags)
    return f"{found[1]} {age}{found[2]}"
