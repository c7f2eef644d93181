"""Where `next` leads: whatever is asked for, a browser stays on the site, and
lands on no page that leads back to the login or out of the session."""

import html
import itertools
import json
import os
import re
import shutil
import subprocess
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import quote, unquote_to_bytes

import pytest

from corpus.browser_url import Gone, path_at_server, resolve
from corpus.redirect_targets import TARGETS
from harness.accounts import PAGES, PASSWORD, SITE, logged_in, register
from harness.http_client import Browser

CONF = """
    auth_realm site {
        store %%STORE%%;
        login_limit off;
        registration_limit off;
        password_hash argon2id memory=7m time=5;
        session_limit 100000;
    }
    server {
        listen 127.0.0.1:%%PORT%%;
        large_client_header_buffers 4 32k;
        error_page 404 =200 @rest;
        location @rest { return 200 "rest"; }
""" + PAGES + """
        location /private/ { auth_login on; }
        location / { auth_login on; }
    }
"""

# Where a login must not lead to
NOT_BACK = {"/login", "/logout", "/register"}

# A list of one's own, one target a line, to try beside these
MORE = os.environ.get("REDIRECT_TARGETS")


def targets():
    if not MORE:
        return TARGETS
    with open(MORE, "rb") as file:
        return [line.decode("utf-8", "surrogateescape")
                for line in file.read().splitlines()]


def ways(target):
    """The target as form data: encoded as a browser does it, and, if there
    are escapes in it, with these as they are."""
    raw = target.encode("utf-8", "surrogateescape")
    yield quote(raw, safe="")
    if b"%" in raw:
        yield quote(raw, safe="%/")


def is_text(way):
    """Whether a form may say this; else it is refused as a whole."""
    try:
        text = unquote_to_bytes(way).decode()
    except UnicodeDecodeError:
        return False
    return "\0" not in text and not re.search("%(?![0-9A-Fa-f]{2})", way)


def text_of(location):
    """A Location's bytes as a browser reads them."""
    return location.encode("latin-1").decode("utf-8", "surrogateescape")


def fault(response):
    """What is wrong with an answer that redirects after a login, or None."""
    if response.status not in (302, 303):
        return f"status {response.status}"
    locations = response.all("Location")
    if len(locations) != 1:
        return f"{len(locations)} locations"
    for name, _ in response.headers:
        if name.lower() in ("x", "refresh"):
            return f"a header of the attacker's: {response.headers}"
    if any(n not in ("ngx_auth", "ngx_auth_device", "ngx_auth_flash")
           for n in response.cookies):
        return f"a cookie of the attacker's: {response.headers}"
    try:
        for scheme in ("https", "http"):
            path = resolve(text_of(locations[0]), scheme)
    except Gone:
        return f"leaves the site: {locations[0]!r}"
    if path.startswith("//"):
        return f"a path that begins with two slashes: {locations[0]!r}"
    if path_at_server(path) in NOT_BACK:
        return f"leads back: {locations[0]!r}"
    return None


@pytest.fixture
def server(nginx, sqlite_store):
    return nginx(CONF, store=sqlite_store.uri)


# The judge

@pytest.mark.parametrize("location", [
    "//a", "/\\a", "\\/a", "\\\\a", "///a", "/\t/a", "/\n\\a", " //a",
    "\x01//a",
    "http://a", "https:a", "https:/a", "HTTP://a", "ht\ntp://a", "javascript:x",
    "java\tscript:x", "\x00data:,x", "x:y", "//127.0.0.1@a", "//",
])
def test_judge_sees_who_leaves(location):
    with pytest.raises(Gone):
        resolve(location)
        resolve(location, "https")


@pytest.mark.parametrize("location, path", [
    ("/", "/"), ("/a", "/a"), ("/a//b", "/a//b"), ("/a/../b", "/b"),
    ("/a/%2E%2e/b", "/b"), ("/a/..", "/"), ("/a/.", "/a/"), ("/a\\b", "/a/b"),
    ("/a b?c d#e", "/a%20b?c%20d"), ("/\u00e9", "/%C3%A9"), ("?a", "/login?a"),
    ("b", "/b"), ("/.//a", "//a"), ("/%2f/a", "/%2f/a"), (" /a ", "/a"),
    ("http:a", "/a"), ("/a:b", "/a:b"), ("/lo\tgin", "/login"),
])
def test_judge_sees_who_stays(location, path):
    assert resolve(location) == path


def test_judge_agrees_with_a_real_one():
    """With Node's URL parser, about every target and everything in it."""
    node = shutil.which("node")
    if node is None:
        pytest.skip("no node here")
    program = r"""
        const seen = JSON.parse(require("fs").readFileSync(0, "utf8"));
        console.log(JSON.stringify(seen.map(([target, base]) => {
            try {
                const url = new URL(target, base), at = new URL(base);
                return url.protocol === at.protocol && url.host === at.host
                    && !url.username && !url.password
                    ? url.pathname + url.search : null;
            } catch (error) { return null; }
        })));"""
    asked = [(t, f"{scheme}://site.test/login") for scheme in ("http", "https")
             for t in targets() if not re.search("[\ud800-\udfff]", t)]
    answers = json.loads(subprocess.run(
        [node, "-e", program], input=json.dumps(asked), text=True, check=True,
        capture_output=True, timeout=60).stdout)
    for (target, base), answer in zip(asked, answers):
        try:
            mine = resolve(target, base.partition(":")[0])
        except Gone:
            mine = None
        if mine is None:
            continue  # stricter is right
        # URL drops a "?" without a query
        assert answer is not None, target
        assert mine.removesuffix("?") == answer, target


def test_there_are_enough():
    assert len(TARGETS) >= 400


# The three places that take a next

@pytest.mark.once
def test_login_leads_nowhere_else(server):
    register(server.client(), "alice")
    credentials = f"username=alice&password={quote(PASSWORD)}&next="
    asked = [(t, w) for t in targets() for w in ways(t)]

    def wrong(pair):
        target, way = pair
        if len(credentials + way) > 8192:
            return None
        response = server.client().post(
            "/login", body=credentials + way,
            headers={"Content-Type": "application/x-www-form-urlencoded"})
        if not is_text(way):
            return response.status != 400 and (target, way, response)
        found = fault(response)
        return found and (target, way, found)

    with ThreadPoolExecutor(4) as pool:
        assert [w for w in pool.map(wrong, asked) if w] == []


def test_login_page_leads_nowhere_else(server):
    """For users who are logged in already, and what it offers to others."""
    alice, bob = logged_in(server), server.client()
    wrong = []
    for page, target in itertools.product(("/login", "/register"), targets()):
        for way in ways(target):
            response = alice.get(f"{page}?next={way}")
            found = fault(response)
            if found:
                wrong.append((page, target, way, found))
        form = bob.get(f"{page}?next={way}")
        if form.status == 200:
            for value in re.findall(r'name="next"[^>]*value="([^"]*)"',
                                    form.text):
                try:
                    resolve(html.unescape(value))
                except Gone:
                    wrong.append((page, target, "offered in the form"))
            for link in re.findall(r'(?:href|action)="([^"]*)"', form.text):
                try:
                    link.startswith("data:image/svg+xml,") or \
                        resolve(html.unescape(link))
                except Gone:
                    wrong.append((page, target, f"a link to {link}"))
    assert wrong == []


def test_protected_location_leads_nowhere_else(server):
    """/login?next=… of a request for the target itself, and where that leads
    to after the login."""
    alice = logged_in(server)
    stranger = Browser(server.port)
    wrong = []
    followed = 0
    for target in targets():
        asked = resolve_request(target)
        for host in ("evil.example", f"127.0.0.1:{server.port}"):
            for uri in (asked, "http://evil.example" + asked):
                response = stranger.get(uri, headers={"Host": host})
                if response.status not in (302, 303):
                    continue
                location = response.location
                if not re.fullmatch(
                        r"/login(\?next=[A-Za-z0-9%/._~-]*|\?lost=1)?|/",
                        location):
                    if path_at_server(asked) not in NOT_BACK | {"/dashboard"}:
                        wrong.append((target, uri, location))
                    continue
                if "?" in location:
                    followed += 1
                    found = fault(alice.get(location))
                    if found:
                        wrong.append((target, uri, location, found))
    assert wrong == []
    assert followed > 500 or MORE


def resolve_request(target):
    """The target as a request line can carry it."""
    raw = target.encode("utf-8", "surrogateescape")
    path = quote(raw, safe="/\\:@?%;,=[]<>\"'{}|^`~$!*().&+")
    return path if path.startswith("/") else "/" + path


def test_following_never_ends_the_session(server):
    """Every next that is accepted is followed as a browser does it."""
    alice = logged_in(server)
    locations = set()
    for target in targets():
        for way in ways(target):
            response = alice.get(f"/login?next={way}")
            if response.status == 303:
                locations.add(response.location)
    assert len(locations) > 20 or MORE
    for location in sorted(locations):
        token = alice.jar["ngx_auth"]
        answer = alice.get(resolve(text_of(location)))
        assert answer.status not in (302, 303), (location, answer.location)
        assert alice.jar.get("ngx_auth") == token, location
    assert alice.get("/dashboard").status == 200


@pytest.mark.parametrize("page", ["login", "register"])
def test_good_targets_are_followed(server, page):
    """The control: not everything is refused."""
    alice = logged_in(server)
    for target in ("/", "/dashboard", "/private/x?a=b&c=%2F", "/private/a%20b",
                   "/a//evil.example", "/a?b=//evil.example", "/LOGIN",
                   "/login/x",
                   "/private/%C3%A9"):
        response = alice.get(f"/{page}?next=" + quote(target, safe=""))
        assert response.location == target.replace("\u00e9", "%C3%A9")


# Pages that are served at more than one path

LOOSE = """
    auth_realm site { store %%STORE%%; }
    server {
        listen 127.0.0.1:%%PORT%%;
        location = /register { auth_page register; }
        location = /dashboard { auth_page dashboard; }
        location %%LOGIN%% { auth_page login; }
        location %%LOGOUT%% { auth_page logout; }
    }
"""


@pytest.mark.parametrize("login, logout, target", [
    ("/login", "/logout", "/logout/"),
    ("/login", "/logout", "/logout/x"),
    ("/login", "/logout", "/logoutx?y"),
    ("/login", "= /logout", "/login/x"), ("~* ^/login$", "= /logout", "/Login"),
])
def test_page_of_a_loose_location(nginx, sqlite_store, login, logout, target):
    server = nginx(LOOSE, store=sqlite_store.uri, login=login, logout=logout)
    alice = logged_in(server)
    response = alice.get(f"/login?next={target}")
    for _ in range(3):
        if response.status == 303:
            response = alice.follow(response)
    assert response.status != 303, "a loop"
    assert alice.get("/dashboard").status == 200


def test_pages_of_another_location_or_realm(nginx, sqlite_store):
    """A login would end in a logout, of this realm or of the other."""
    server = nginx(SITE.replace("auth_page ", "auth_page site ") + """
        server { listen 127.0.0.1:%%PORT1%%; }
        auth_realm other { store %%STORE%%; cookie_name other; }
    """, store=sqlite_store.uri, realm="logout_url /logout;", server="""
        location = /bye { auth_page site logout; }
        location /leave/ { auth_page site logout; }
        location = /other/logout { auth_page other logout; }
        location = /other/login { auth_page other login; }
    """)
    register(server.client(), "alice")
    for target in ("/bye", "/leave/", "/leave/now", "/other/logout",
                   "/other/%6cogout?x", "/other/login"):
        answer = server.browser().post("/login", {
            "username": "alice", "password": PASSWORD, "next": target})
        assert answer.location == "/dashboard", target
    answer = server.browser().post("/login", {
        "username": "alice", "password": PASSWORD, "next": "/other/"})
    assert answer.location == "/other/"
