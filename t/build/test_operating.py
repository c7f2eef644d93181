"""docs/operating.md: its nginx blocks are run, and what it says is so."""

import json
import os
import re
import shutil
import subprocess
from pathlib import Path
from urllib.parse import parse_qs

import pymongo
import pytest

from harness import backends
from harness.accounts import PASSWORD, SITE, login, register
from harness.documents import put
from harness.flask_app import Serving
from harness.members import add_member
from harness.nginx_server import eventually
from harness.prometheus import figures_of
from harness.shipped import ROOT, add_snippets, blocks, replaced, section
from harness.upstream import Upstream

DOCUMENT = "docs/operating.md"
REALM = "auth_realm site { store %%STORE%%; }\n"
LISTEN = {"listen 80;": "listen 127.0.0.1:%%PORT%%;"}
STORE = {"sqlite:/var/lib/nginx-auth/users.db": "%%STORE%%"}
NAVIGATION = {"Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}
SCRIPT = {"Sec-Fetch-Mode": "cors", "Sec-Fetch-Dest": "empty",
          "Accept": "*/*"}

LANGUAGES = {
    "Users": [],
    "SQLite": [],
    "What stays open": ["nginx"],
    "In front of applications": ["nginx", "python", "nginx"],
    "Scripts in browsers": ["nginx"],
    "Several sites on one host": ["nginx", "nginx"],
    "Other proxies in front": ["nginx", "yaml", "caddy", "yaml"],
    "Audit log": ["nginx"],
    "Monitoring": ["nginx"],
    "The machine": ["ini"],
    "MongoDB": ["ini", "javascript"],
}


def test_every_block_is_known_here():
    text = (ROOT / DOCUMENT).read_text()
    assert {section: [language for language, _ in blocks(DOCUMENT, section)]
            for section in LANGUAGES} == LANGUAGES
    assert text.count("\n```") == 2 * sum(map(len, LANGUAGES.values()))


@pytest.fixture
def start(nginx, sqlite_store, upstream):
    """start(section, number, changes) starts a server with that block, where
    alice has an account."""

    def start(section, number=0, changes=(), realm=REALM):
        language, text = blocks(DOCUMENT, section)[number]
        assert language == "nginx"
        server = nginx.prepare(
            realm + replaced(text, dict(changes)).replace(
                "127.0.0.1:8000", f"127.0.0.1:{upstream.port}"),
            store=sqlite_store.uri)
        add_snippets(server)
        shutil.copy("/etc/nginx/fastcgi_params", server.folder)
        server.start()
        add_member(sqlite_store, "alice")
        return server

    return start


def log_in(browser, name="alice"):
    answer = browser.post("/auth/login", {"username": name,
                                          "password": PASSWORD})
    assert answer.status == 303, answer
    return answer


def is_led_to_the_login(answer):
    return answer.status == 302 and answer.location.startswith("/auth/login")


# What stays open

def test_what_stays_open(start, upstream):
    server = start("What stays open", changes={
        **LISTEN, "/var/www/acme": "%%DIR%%/acme",
        "/var/www/site": "%%DIR%%/site"})
    put(server, "acme/.well-known/acme-challenge/x", "proof")
    put(server, "site/manifest.json", "{}")
    client = server.client()
    assert is_led_to_the_login(client.get("/", headers=NAVIGATION))
    assert client.get("/.well-known/acme-challenge/x").text == "proof"
    assert client.get("/manifest.json").text == "{}"
    answer = client.get("/.well-known/change-password")
    assert (answer.status, answer.location[-8:]) == (302, "/account")
    assert upstream.requests == []
    for path in ("/saml/acs", "/webhooks/paid"):
        assert client.post(path, {"a": "b"}, headers={
            "Origin": "https://elsewhere.example", "Remote-User": "admin",
            "Sec-Fetch-Site": "cross-site"}).status == 200
        assert upstream.last.path == path
        assert upstream.last.all("Remote-User") == []
    browser = server.browser()
    log_in(browser)
    assert browser.get("/account").status == 200
    assert browser.get("/").status == 200
    assert upstream.last.all("Remote-User") == ["alice"]


def test_what_is_posted_without_a_session_is_lost(start, upstream):
    server = start("What stays open", changes={
        **LISTEN, "/var/www/acme": "%%DIR%%", "/var/www/site": "%%DIR%%"})
    origin = f"http://127.0.0.1:{server.port}"
    answer = server.browser().post("/order", {"a": "b"}, headers={
        **NAVIGATION, "Referer": f"{origin}/basket?x=1"})
    assert answer.status == 303
    page, _, query = answer.location.partition("?")
    assert (page, parse_qs(query)) == (
        "/auth/login", {"next": ["/basket?x=1"]})
    assert upstream.requests == []


# In front of applications

@pytest.mark.parametrize("satisfy, status", [("any", 200), ("all", 302)])
def test_satisfy_any_and_what_lets_everybody_in(nginx, sqlite_store, satisfy,
                                                status):
    server = nginx.prepare(REALM + """
        server {
            listen 127.0.0.1:%%PORT%%;
            auth_login on;
            include auth_gate.conf;
            location /x { satisfy %%SATISFY%%; allow all; root %%DIR%%; }
        }""", store=sqlite_store.uri, satisfy=satisfy)
    add_snippets(server)
    put(server, "x", "x")
    assert server.start().client().get(
        "/x", headers=NAVIGATION).status == status


def test_php(start, upstream):
    application = backends.start("fastcgi")
    try:
        server = start("In front of applications", changes={
            **LISTEN, "127.0.0.1:9000": f"127.0.0.1:{application.port}"})
        browser = server.browser()
        log_in(browser)
        forged = {"Authorization": "Basic YWRtaW46eA=="}
        assert browser.get("/a.php", headers=forged).status == 200
        seen = application.last.params
        assert seen["REMOTE_USER"] == seen["HTTP_REMOTE_USER"] == "alice"
        assert seen.get("HTTP_AUTHORIZATION", "") == ""
        assert browser.get("/", headers=forged).status == 200
        assert upstream.last.header("Authorization") is None
        assert upstream.last.all("Remote-User") == ["alice"]
    finally:
        application.close()


def test_names_beyond_ascii_in_wsgi(nginx, sqlite_store):
    language, text = blocks(DOCUMENT, "In front of applications")[1]
    assert language == "python"
    names = {}
    exec(compile(text, DOCUMENT, "exec"), names)

    def application(environ, start_response):
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [names["name_of"](environ).encode("utf-16")]

    with Serving(application) as serving:
        server = nginx.prepare(REALM + """
            server {
                listen 127.0.0.1:%%PORT%%;
                auth_login on;
                include auth_gate.conf;
                location / { proxy_pass http://127.0.0.1:%%APP%%; }
            }""", store=sqlite_store.uri, app=serving.port)
        add_snippets(server)
        server.start()
        add_member(sqlite_store, "jürgen")
        browser = server.browser()
        log_in(browser, "jürgen")
        assert browser.get("/").body.decode("utf-16") == "jürgen"


def test_rewrites_of_the_server(start, upstream):
    server = start("In front of applications", 2, LISTEN)
    browser = server.browser()
    assert is_led_to_the_login(browser.get("/wiki/start"))
    assert browser.get("/auth/login").status == 200
    assert upstream.requests == []
    log_in(browser)
    assert browser.get("/wiki/start").status == 200
    assert upstream.last.path == "/index.php?path=wiki/start"


def test_pages_are_not_framed_and_have_one_policy(nginx, sqlite_store):
    server = nginx.prepare(REALM + """
        server {
            listen 127.0.0.1:%%PORT%%;
            add_header Content-Security-Policy "default-src *" always;
            include auth_gate.conf;
        }""", store=sqlite_store.uri)
    add_snippets(server)
    answer = server.start().client().get("/auth/login")
    [policy] = answer.all("Content-Security-Policy")
    assert "frame-ancestors 'none'" in policy
    assert "default-src *" not in policy


# Scripts in browsers

def test_htmx(start):
    server = start("Scripts in browsers", changes=LISTEN)
    browser = server.browser()
    htmx = {**SCRIPT, "HX-Request": "true"}
    answer = browser.get("/part", headers=htmx)
    assert answer.status == 401
    assert answer.all("HX-Redirect") == ["/auth/login"]
    log_in(browser)
    answer = browser.get("/part", headers=htmx)
    assert answer.status == 200
    assert answer.all("HX-Redirect") == []


def test_fetch_for_a_page_gets_one_that_links_to_the_login(start):
    """As Turbo does it."""
    server = start("Scripts in browsers", changes=LISTEN)
    answer = server.client().get("/notes", headers={
        **SCRIPT, "Accept": "text/html, application/xhtml+xml"})
    assert answer.status == 401
    assert any(link.startswith("/auth/login") for link in answer.page.links)


# Several sites on one host

def test_another_cookie_name(nginx, sqlite_store):
    _, text = blocks(DOCUMENT, "Several sites on one host")[0]
    server = nginx.prepare(replaced(text, STORE) + """
        server { listen 127.0.0.1:%%PORT%%; include auth_pages.conf; }""",
                           store=sqlite_store.uri)
    add_snippets(server)
    browser = server.start().browser()
    register(browser, "alice")
    login(browser, "alice")
    assert all(name.startswith("other_auth") for name in browser.jar)
    assert "other_auth" in browser.jar


def test_subdomains(start, upstream):
    wiki = Upstream()
    try:
        server = start("Several sites on one host", 1, {
            **LISTEN, **STORE, "127.0.0.1:8001": f"127.0.0.1:{wiki.port}"},
            realm="")
        cookies = server.client().post(
            "/auth/login", {"username": "alice", "password": PASSWORD},
            headers={"Host": "www.example.com"}).cookies
        value, attributes = cookies["ngx_auth"]
        assert "Domain=example.com" in attributes
        assert server.client().get("/", headers={
            "Host": "wiki.example.com",
            "Cookie": f"ngx_auth={value}"}).status == 200
        assert wiki.last.all("Remote-User") == ["alice"]
        assert upstream.requests == []
    finally:
        wiki.close()


# Other proxies in front

def test_check(start):
    server = start("Other proxies in front", changes={
        "listen 127.0.0.1:9000;": "listen 127.0.0.1:%%PORT%%;", **STORE},
        realm="")
    # what these proxies say of the request that they ask for
    forwarded = {"X-Forwarded-Proto": "https", "X-Forwarded-Method": "GET",
                 "X-Forwarded-Host": "www.example.com",
                 "X-Forwarded-Uri": "/wiki/start?page=2",
                 "Host": "www.example.com", **NAVIGATION}
    client = server.client()
    assert client.get("/check", headers=forwarded).status == 401
    answer = client.get("/check-or-login", headers=forwarded)
    assert answer.status == 302
    assert answer.location == ("https://www.example.com/auth/login"
                               "?next=/wiki/start?page=2")
    answer = client.post(
        "/auth/login", {"username": "alice", "password": PASSWORD,
                        "next": "/wiki/start?page=2"},
        headers={"Host": "www.example.com", "Sec-Fetch-Site": "same-origin"})
    assert answer.location == "/wiki/start?page=2"
    value, attributes = answer.cookies["__Host-ngx_auth"]
    assert "Secure" in attributes
    for path in ("/check", "/check-or-login"):
        answer = client.get(path, headers={
            **forwarded, "Cookie": f"__Host-ngx_auth={value}"})
        assert answer.status == 204
        assert answer.header("Remote-User") == "alice"


# Audit log

def test_audit_log(nginx, sqlite_store):
    """The line has the fields of the document's example, in its order."""
    _, text = blocks(DOCUMENT, "Audit log")[0]
    server = nginx.prepare(replaced(text, {
        **STORE, "/var/log/nginx/auth.log": "%%DIR%%/auth.log"}) + """
        server { listen 127.0.0.1:%%PORT%%; include auth_gate.conf; }""",
                           store=sqlite_store.uri)
    add_snippets(server)
    server.start()
    add_member(sqlite_store, "alice")
    server.client().post("/auth/login", {
        "username": "alice", "password": "wrong"})
    written = Path(server.folder, "auth.log")
    eventually(lambda: written.read_text().endswith("\n"), "no line")
    (example,) = re.findall(r"^    (\{.+\})$", (ROOT / DOCUMENT).read_text(),
                            re.M)
    example, line = json.loads(example), json.loads(written.read_text())
    assert list(line) == list(example)
    assert ({**line, "time": 0, "address": 0}
            == {**example, "time": 0, "address": 0})


# Monitoring

def test_figures_are_where_prometheus_looks(nginx, sqlite_store):
    [(_, text)] = blocks(DOCUMENT, "Monitoring")
    scraped = section(DOCUMENT, "Monitoring")
    [address] = re.findall(r'targets: \["(.+)"\]', scraped)
    [path] = re.findall(r"metrics_path: (.+)", scraped)
    server = nginx(REALM + replaced(text, {
        f"listen {address};": "listen 127.0.0.1:%%PORT%%;"}),
        store=sqlite_store.uri)
    assert figures_of(server.client(), path).get("sessions") == 0


# The machine

@pytest.mark.skipif(os.geteuid() != 0, reason="needs root")
def test_folder_that_systemd_keeps_from_being_written(nginx, sqlite_store):
    """As ProtectSystem does it: mounted read-only, for nginx alone."""
    folder = os.path.dirname(sqlite_store.path)
    read_only = (f"mount --bind {folder} {folder} && "
                 f"mount -o remount,bind,ro {folder} && ")
    alone = ["unshare", "--mount", "sh", "-c", read_only + 'exec "$@"', "sh"]
    if subprocess.run([*alone, "true"], check=False,
                      capture_output=True).returncode != 0:
        pytest.skip("nothing can be mounted here")
    server = nginx.prepare(SITE, store=sqlite_store.uri, realm="", server="",
                           wrapper=alone)
    server.allow(r"\[emerg\]")
    status, output = server.test()
    assert status == 1
    assert "Read-only file system" in output and "ReadWritePaths=" in output


# MongoDB

@pytest.mark.parametrize("by_hand", [False, True])
def test_users_without_a_name(nginx, mongo_store, by_hand):
    """A plain unique index cannot be made: the module makes a sparse one, and
    takes the one that the document names."""
    form = {"username": "alice", "password": PASSWORD}
    language, text = blocks(DOCUMENT, "MongoDB")[1]
    assert (language, text) == ("javascript", "db.users.createIndex("
                                "{username: 1}, {unique: true, "
                                "sparse: true})\n")
    with pymongo.MongoClient(mongo_store.uri) as client:
        users = client.get_default_database().users
        users.insert_many([{"mail": "a@example.com"},
                           {"mail": "b@example.com"}])
        if by_hand:
            users.create_index("username", unique=True, sparse=True)
        server = nginx.prepare(REALM + """
            server { listen 127.0.0.1:%%PORT%%; include auth_pages.conf; }
            """, store=mongo_store.uri)
        add_snippets(server)
        assert server.start().client().post("/register", form).status == 303
        assert server.client().post("/register", form).status == 409
        [index] = [index for index in users.list_indexes()
                   if index["key"] == {"username": 1}]
        assert index["unique"] and index["sparse"]


def test_document_names_the_snippets_that_there_are():
    text = (ROOT / DOCUMENT).read_text()
    assert "../conf/examples/spa.conf" in text
    assert Path(ROOT, "conf/examples/spa.conf").exists()
