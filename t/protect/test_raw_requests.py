"""What must never get through: every request of corpus.raw_requests, byte for
byte, to every configuration below. Without a live session the protected
application hears of none of them; with one it never hears of another user and
never sees a cookie of ours. After each of them every worker is still the one
that it was."""

import re
from pathlib import Path

import pytest

from corpus import http2_frames
from corpus.browser_url import path_at_server
from corpus.exchange import exchange
from corpus.raw_requests import REQUESTS
from corpus.recording_upstream import RecordingUpstream
from harness.accounts import PAGES, is_logged_in, logged_in
from harness.nginx_server import ALARMING, Nginx, eventually, in_some_attempt
from harness.stores import SqliteStore

SECRET = b"what is protected"
PUBLIC = b"what is public"
MIXED = b"what is for whoever may"

EVERY_ERROR = ("400 403 404 405 408 413 414 415 416 417 421 494 495 496 497 500"
               " 501 502 503 504 505")

SITE_PAGES = PAGES.replace("auth_page ", "auth_page site ")

PROTECTED = "auth_login site; proxy_pass http://127.0.0.1:%%PROTECTED%%;"
OPEN = "proxy_pass http://127.0.0.1:%%OPEN%%;"
MAYBE = "proxy_pass http://127.0.0.1:%%MAYBE%%;"
PREFIX = ("location /private/ { " + PROTECTED + " }"
          " location / { " + OPEN + " }")

# The server blocks. /private/x is protected in each.
SERVERS = {
    "prefix": PREFIX,
    "exact": "location = /private/x { " + PROTECTED + " }"
             " location / { " + OPEN + " }",
    "regex": "location ~ ^/private/ { " + PROTECTED + " }"
             " location / { " + OPEN + " }",
    "regex without case": "location ~* ^/PRIVATE/ { " + PROTECTED + " }"
                          " location ~ \\.png$ { " + OPEN + " }"
                          " location / { " + OPEN + " }",
    "nested": """
        location /private/ {
            """ + PROTECTED + """
            location /private/open/ { auth_login off; """ + OPEN + """ }
            location /private/deep/ {
                auth_login off; """ + OPEN + """
                location /private/deep/er/ { """ + PROTECTED + """ }
            }
            location ~ \\.png$ { """ + PROTECTED.replace("auth_login site;", "")
            + """ }
        }
        location / { """ + OPEN + " }",
    "whole server, slashes not merged": """
        auth_login site;
        merge_slashes off;
        location / { """ + PROTECTED.replace("auth_login site;", "") + " }",
    "whole server": """
        auth_login site;
        location / {
            if ($arg_a) { set $b 1; }
            """ + PROTECTED.replace("auth_login site;", "") + """
        }""",
    "every header passes": "underscores_in_headers on;"
                           " ignore_invalid_headers off;" + PREFIX,
    "errors go outside": "error_page " + EVERY_ERROR + " @outside;"
                         " location @outside { " + OPEN + " }" + PREFIX,
    "errors go inside": "error_page " + EVERY_ERROR + " = @inside;"
                        " location @inside { " + PROTECTED + " }" + PREFIX,
    "errors go to the protected URI": "error_page " + EVERY_ERROR +
                                      " =200 /private/x;" + PREFIX,
    "401 becomes 200": "error_page 401 403 =200 /sorry;" + PREFIX,
    "401 becomes 200 of the protected URI":
        "error_page 401 403 =200 /private/x;" + PREFIX,
    "all ways lead inside": """
        location / { try_files /none @inside; }
        location @inside { """ + PROTECTED + """ }
        location /public/ { rewrite ^ /private/y last; }
        location /private/ { """ + PROTECTED + " }",
    "X-Accel-Redirect": """
        location / { proxy_pass http://127.0.0.1:%%PORT_ACCEL%%; }
        location /private/ { """ + PROTECTED + " }",
    "satisfy any": """
        location /private/ {
            satisfy any; deny all;
            auth_basic "x"; auth_basic_user_file %%DIR%%/htpasswd;
            """ + PROTECTED + """
        }
        location / { """ + OPEN + " }",
    "two realms": """
        location = /guests/login    { auth_page guests login; }
        location = /guests/register { auth_page guests register; }
        location /guests/ { auth_login guests; """ + OPEN + """ }
    """ + PREFIX,
    "ended sessions": PREFIX.replace("auth_login site", "auth_login brief"),
    "connections kept to the application": """
        proxy_http_version 1.1;
        proxy_set_header Connection "";
        proxy_set_header X-Port $server_port;
        proxy_request_buffering off;
        location /private/ { auth_login site; proxy_pass http://protected; }
        location / { proxy_pass http://open; }""",
    "cache": """
        location /private/ {
            proxy_cache answers; proxy_cache_valid 200 1h;
            proxy_ignore_headers Cache-Control Set-Cookie;
            proxy_cache_key same; """ + PROTECTED + """
        }
        location / { """ + OPEN + " }",
    "files": """
        root %%DIR%%/www;
        location /private/ { auth_login site; }
        location / { }""",
    "optional": "underscores_in_headers on; ignore_invalid_headers off;"
                " location / { auth_login site optional; " + MAYBE + " }",
    "reading is free": "location / { limit_except GET { auth_login site; } "
                       + MAYBE + " }",
}

HTTP = """
    proxy_ignore_client_abort on;
    proxy_set_header X-Port $server_port;
    # error_page passes requests on without their bodies
    proxy_read_timeout 300ms;
    client_body_timeout 300ms;
    lingering_time 300ms;
    lingering_timeout 300ms;
    proxy_cache_path %%DIR%%/cache keys_zone=answers:1m;
    upstream protected { server 127.0.0.1:%%PROTECTED%%; keepalive 4; }
    upstream open      { server 127.0.0.1:%%OPEN%%; keepalive 4; }

    auth_realm site {
        store %%STORE%%;
        login_limit off;
        registration_limit off;
    }
    auth_realm guests {
        store %%STORE%%;
        cookie_name guest_session;
        identity_header X-Guest roles=X-Guests;
    }
    auth_realm brief {
        store %%STORE%%;
        session_idle_timeout 1s;
        session_lifetime 1s;
    }
    server {
        listen 127.0.0.1:%%PORT_ACCEL%%;
        add_header X-Accel-Redirect /private/x;
        location / { return 200 "x"; }
    }
    server {
        listen 127.0.0.1:%%PORT_TLS%% ssl;
        ssl_certificate %%CERT%%;
        ssl_certificate_key %%KEY%%;
""" + SITE_PAGES + """
    }
"""

HTTP_413 = """
    proxy_ignore_client_abort on;
    proxy_read_timeout 300ms;
    auth_realm site { store %%STORE%%; }
    server {
        listen 127.0.0.1:%%PORT%%;
        error_page 413 @outside;
        location @outside { proxy_pass http://127.0.0.1:%%UPSTREAM%%; }
        location = /login { auth_page login; }
    }
"""

COOKIES = {b"ngx_auth", b"ngx_auth_device", b"ngx_auth_flash",
           b"ngx_auth_pending"}

# What no open location may be asked for, as an application resolves it.
NOT_OPEN = {name: re.compile("/private/")
            for name in [*SERVERS, "http2"]}
NOT_OPEN["exact"] = re.compile(r"/private/x\Z")
NOT_OPEN["nested"] = re.compile("/private/(?!open/|deep/(?!er/))")
NOT_OPEN["errors go outside"] = re.compile("no such path")

CONTROL = (b"GET /private/x HTTP/1.1\r\nHost: site.example\r\n@SESSION@"
           b"Remote-User: mallory\r\nConnection: close\r\n\r\n")
HTTP2_CONTROL = http2_frames.connection(http2_frames.get(
    b"/private/x", (b"cookie", b"ngx_auth=" + http2_frames.SESSION),
    (b"remote-user", b"mallory")))


def folded(name):
    return bytes(c if chr(c).isalnum() and c < 128 else ord("-")
                 for c in name.lower())


def cookie_names(seen):
    """What the most careless reader takes for a cookie's name."""
    for name, value in seen.fields:
        if folded(name) == b"cookie":
            for part in value.split(b";"):
                before, equals, _ = part.strip(b" \t=").partition(b"=")
                if equals:
                    yield re.sub(rb"\A__(host|secure)-", b"",
                                 before.strip(b" \t").lower())


def path_of(target):
    """The path as an application resolves it that does what nginx does."""
    path = re.sub(r"\A[A-Za-z]+://[^/?#]*", "", target.decode("latin-1"))
    return path_at_server(re.split("[?#]", path)[0])


class Fortress:
    """All the servers in one nginx, with somebody logged in."""

    def __init__(self, config, tls_files):
        self.protected = RecordingUpstream(SECRET)
        self.open = RecordingUpstream(PUBLIC)
        self.maybe = RecordingUpstream(MIXED)
        self.store = SqliteStore()
        self.servers = {name: f"PORT{number or ''}"
                        for number, name in enumerate([*SERVERS, "http2"])}
        self.nginx = Nginx(
            config.getoption("--nginx"),
            config.getoption("--module"),
            HTTP + self.server_blocks(), store=self.store.uri,
            protected=self.protected.port, open=self.open.port,
            maybe=self.maybe.port, **tls_files)
        folder = Path(self.nginx.folder)
        (folder / "htpasswd").write_text("bob:{PLAIN}secret\n")
        (folder / "www/private").mkdir(parents=True)
        (folder / "www/private/x").write_bytes(SECRET * 100)

    def start(self):
        self.nginx.start()
        self.ports = {name: self.nginx.ports[port]
                      for name, port in self.servers.items()}
        self.workers = self.nginx.workers()
        self._log = Path(self.nginx.folder, "error.log")
        self._log_read = 0
        self.log_in()

    def server_blocks(self):
        blocks = ""
        for name, port in self.servers.items():
            text = SERVERS.get(name, SERVERS["whole server"])
            pages = SITE_PAGES
            if name == "ended sessions":
                pages = pages.replace(" site ", " brief ")
            blocks += (f"server {{ listen 127.0.0.1:%%{port}%%"
                       f"{' http2' if name == 'http2' else ''};\n"
                       f"{pages}\n{text}\n}}\n")
        return blocks

    def log_in(self):
        def browser(name="prefix", **kwargs):
            return self.nginx.browser(port=self.servers[name], **kwargs)

        session = logged_in(self.nginx).jar["ngx_auth"]
        form = {"username": "alice",
                "password": "correct horse battery staple"}

        def token(who, path="/login", cookie="ngx_auth"):
            assert who.post(path, form).status == 303
            return who.jar[cookie]

        revoked, tls = browser(), self.nginx.browser("PORT_TLS", tls=True)
        self.words = {
            b"@TOKEN@": token(browser()),
            b"@REVOKED@": token(revoked),
            b"@FOREIGN@": token(browser("two realms"), "/guests/login",
                                "guest_session"),
            b"@TLS@": token(tls, cookie="__Host-ngx_auth"),
        }
        assert revoked.get("/logout").status == 303
        self.words = {word: token.encode()
                      for word, token in self.words.items()}
        self.words[http2_frames.TOKEN] = self.words[b"@TOKEN@"]
        self.sessions = {name: session.encode() for name in self.servers}
        brief = browser("ended sessions")
        self.sessions["ended sessions"] = token(brief).encode()
        eventually(lambda: not is_logged_in(brief), "the session never ends")

    def fill(self, data, session):
        """The request with tokens for words."""
        line = b"Cookie: ngx_auth=" + session + b"\r\n" if session else b""
        data = data.replace(b"@SESSION@", line)
        data = data.replace(http2_frames.SESSION, session or b"A" * 43)
        for word, value in self.words.items():
            data = data.replace(word, value)
        return data

    def send(self, name, with_session):
        """A request to every server. Returns what is wrong: a list of
        lines."""
        return self.send_bytes(REQUESTS[name], with_session,
                               list(self.servers))

    def send_bytes(self, data, with_session, names):
        wrong = []
        answers = exchange(
            [(self.ports[n], self.fill(data, self.sessions[n] if with_session
                                       else b"")) for n in names])
        for name, answer in zip(names, answers):
            if answer is None:
                wrong.append(f"{name}: the connection hangs")
            elif SECRET in answer and not (with_session
                                           and name != "ended sessions"):
                wrong.append(f"{name}: answers with what is protected:"
                             f" {answer[:300]!r}")
        wrong += self.judge_applications(with_session)
        if self.nginx.workers() != self.workers:
            wrong.append("a worker died")
        wrong += [line for line in self.new_log_lines()
                  if ALARMING.search(line)]
        return wrong

    def server_of(self, seen):
        """The server that a request to an application came through."""
        port = [int(v) for n, v in seen.fields if n == b"X-Port"][-1]
        return next(n for n, p in self.ports.items() if p == port)

    def judge_applications(self, with_session):
        alice = [b"alice"]
        for seen in self.protected.take():
            if not with_session:
                yield f"the protected application was asked: {seen}"
            else:
                yield from self.judge(seen, [alice])
        for seen in self.open.take():
            yield from self.judge(seen, [[]])
            forbidden = NOT_OPEN[self.server_of(seen)]
            if forbidden.match(path_of(seen.target)):
                yield f"the open application was asked: {seen}"
        for seen in self.maybe.take():
            yield from self.judge(seen, [[], alice] if with_session else [[]])
            if (not with_session and seen.method not in (b"GET", b"HEAD")
                    and self.server_of(seen) == "reading is free"):
                yield f"somebody wrote: {seen}"

    def judge(self, seen, users):
        names = {folded(name) for name, _ in seen.fields}
        found = [v for n, v in seen.fields if folded(n) == b"remote-user"]
        if found not in users:
            yield f"an application took it to be from {found}: {seen}"
        if b"remote-groups" in names:
            yield f"an application saw groups: {seen}"
        if (names & {b"x-guest", b"x-guests"}
                and self.server_of(seen) == "two realms"):
            yield f"an application saw a guest: {seen}"
        if set(cookie_names(seen)) & COOKIES:
            yield f"an application saw our cookie: {seen}"
        if any(s in seen.head for s in self.sessions.values()):
            yield f"an application saw the session's token: {seen}"

    def new_log_lines(self):
        with open(self._log, errors="replace") as log:
            log.seek(self._log_read)
            lines = log.read().splitlines()
            self._log_read = log.tell()
        return lines

    def close(self):
        try:
            self.nginx.finish()
        finally:
            self.nginx.remove()
            for application in (self.protected, self.open, self.maybe):
                application.close()
            self.store.close()


@pytest.fixture(scope="module")
def fortress(request, tls_files):
    built = Fortress(request.config, tls_files)
    try:
        built.start()
        yield built
    finally:
        built.close()


def assert_session_gets_through(fortress):
    """The control: everything that is said to be protected is reached by who
    may, and the applications' records are not empty by themselves."""
    controls = {"http2": HTTP2_CONTROL,
                "reading is free": CONTROL.replace(b"GET", b"PUT")}
    for name, port in fortress.ports.items():
        if name == "ended sessions":
            continue
        data = fortress.fill(controls.get(name, CONTROL),
                             fortress.sessions[name])
        heard = []

        def gets_through(attempt):
            # not within the 300 ms that nginx has for applications here, or
            # not within the time that a client is patient, if all is busy
            answer, = exchange([(port, data)], quiet=0.1 * (attempt + 1))
            heard[:] = fortress.protected.take() + fortress.maybe.take()
            return answer and (SECRET in answer or MIXED in answer) and (
                len(heard) == 1 or name in ("files", "cache"))

        in_some_attempt(gets_through, (name, heard))
        for seen in heard:
            assert seen.all(b"remote-user") == [b"alice"], (name, seen)
            assert fortress.server_of(seen) == name
            assert seen.all(b"cookie") == []


def test_a_session_gets_through(fortress):
    assert_session_gets_through(fortress)


def test_the_judge_finds_what_is_wrong(fortress):
    """A server that protects nothing fails every one of its tests."""
    port = fortress.open.port
    for data in (CONTROL, b"GET /public/../private/x HTTP/1.1\r\n@SESSION@"
                          b"REMOTE.USER: mallory\r\n\r\n"):
        data = fortress.fill(data, fortress.sessions["prefix"])
        data = data.replace(b"\r\n", b"\r\nX-Port: %d\r\n"
                            % fortress.ports["prefix"], 1)
        exchange([(port, data)])
        text = "\n".join(fortress.judge_applications(with_session=True))
        for complaint in ("from [b'mallory']", "our cookie", "the session's",
                          "the open application"):
            assert complaint in text, (complaint, text)


@pytest.mark.parametrize("name", REQUESTS)
def test_without_a_session(fortress, name):
    assert fortress.send(name, with_session=False) == []


@pytest.mark.parametrize("name", REQUESTS)
def test_with_a_session(fortress, name):
    assert fortress.send(name, with_session=True) == []


def test_the_session_has_outlived_all_that(fortress):
    assert_session_gets_through(fortress)


@pytest.mark.parametrize("body", [
    (b"400\r\n" + b"x" * 1024 + b"\r\n") * 20 + b"0\r\n\r\n",
    (b"400\r\n" + b"x" * 1024 + b"\r\n") * 9 + b"0\r\n\r\n",
], ids=["20 KiB", "9 KiB"])
def test_error_page_of_a_chunked_form_that_is_too_large(nginx, sqlite_store,
                                                        upstream, body):
    server = nginx(HTTP_413, store=sqlite_store.uri, upstream=upstream.port)
    for _ in range(3):
        exchange([(server.port, b"POST /login HTTP/1.1\r\nHost: a\r\n"
                   b"Content-Type: application/x-www-form-urlencoded\r\n"
                   b"Transfer-Encoding: chunked\r\n\r\n" + body)])
    assert server.workers() == server._first_workers
