"""The configurations of conf/examples, started as they are shipped."""

import json

import pytest

from harness import certificate
from harness.accounts import PASSWORD, is_logged_in, login, register
from harness.backends import WebSocket, WebSocketEcho
from harness.documents import put
from harness.members import add_member
from harness.shipped import ROOT, add_snippets, example
from harness.stores import SqliteStore
from harness.upstream import Upstream

TLS = {
    "listen              443 ssl;": "listen 127.0.0.1:%%PORT%% ssl;",
    "/etc/ssl/site/fullchain.pem": "%%CERT%%",
    "/etc/ssl/site/privkey.pem": "%%KEY%%",
}
USERS = "sqlite:/var/lib/nginx-auth/users.db"
SITE = "https://www.example.com"
GATE = "/auth/login"


def test_every_example_is_started_here():
    assert {file.name for file in (ROOT / "conf/examples").iterdir()} == {
        "behind-tls-terminator.conf", "exceptions.conf",
        "remote-user-app.conf", "spa.conf", "two-realms.conf",
        "websocket.conf"}


@pytest.fixture
def start(nginx, tls_files):
    def start(name, changes):
        server = nginx.prepare(example(name, changes), **tls_files)
        add_snippets(server)
        return server.start()

    return start


@pytest.fixture
def second_app():
    application = Upstream()
    yield application
    application.close()


def script(browser, method, path, headers=(), **kwargs):
    """A request of fetch()."""
    return browser.request(method, path, headers={
        "Sec-Fetch-Mode": "cors", "Sec-Fetch-Site": "same-origin",
        "Sec-Fetch-Dest": "empty", "Accept": "*/*", **dict(headers)}, **kwargs)


# A single-page application

@pytest.fixture
def spa(start, sqlite_store, upstream):
    server = start("spa.conf", {
        **TLS, USERS: sqlite_store.uri, "/var/www/spa": "%%DIR%%/www",
        "127.0.0.1:8000": f"127.0.0.1:{upstream.port}"})
    put(server, "www/index.html", "<title>the page</title>")
    put(server, "www/assets/app.1f2e.js", "let page")
    add_member(sqlite_store, "alice")
    return server


def test_spa_page(spa):
    person = spa.browser(tls=True)
    answer = person.get("/notes/7?tab=new")
    assert answer.status == 302
    asked = person.follow(answer).page.field("next")
    answer = person.post("/auth/login", {"username": "alice", "password": PASSWORD,
                                    "next": asked})
    assert answer.location == asked == "/notes/7?tab=new"
    for path in ("/", "/index.html", asked):
        page = person.get(path)
        assert page.status == 200 and "the page" in page.text
        assert page.header("Cache-Control") == "private, no-cache"
    assert spa.browser(tls=True).get("/index.html").status == 302

    asset = spa.browser(tls=True).get("/assets/app.1f2e.js")
    assert asset.text == "let page"
    assert asset.header("Content-Type") == "text/javascript"
    assert asset.header("Cache-Control").endswith("immutable")
    assert spa.browser(tls=True).get("/assets/none.js").status == 404


def test_spa_script_without_a_login(spa, upstream):
    for method, body in (("GET", None), ("POST", '{"a": 1}'), ("DELETE", None)):
        answer = script(spa.browser(tls=True), method, "/api/notes", body=body)
        assert answer.status == 401
        assert answer.header("Content-Type") == "application/json"
        assert json.loads(answer.text) == {
            "error": "login needed", "login": "/auth/login"}
        assert len(answer.all("WWW-Authenticate")) == 1
        assert answer.header("Cache-Control") == "private, no-cache"
        assert answer.header("Access-Control-Allow-Origin") is None
    assert upstream.requests == []


def test_spa_script(spa, upstream):
    person = spa.browser(tls=True)
    login(person, "alice", page=GATE)
    for method, body in (("GET", None), ("PUT", '{"a": 1}')):
        answer = script(person, method, "/api/notes",
                        {"Remote-User": "admin"}, body=body)
        assert answer.text == "the application's answer"
        assert upstream.last.body == (body or "").encode()
        assert upstream.last.all("Remote-User") == ["alice"]
        assert upstream.last.header("Cookie") is None
    # the application's own 401 stays its own
    upstream.answers["/api/own"] = (
        b"HTTP/1.1 401 Unauthorized\r\nContent-Length: 3\r\n\r\nown")
    assert script(person, "GET", "/api/own").text == "own"


OTHER = {"Origin": "https://m.example.com", "Sec-Fetch-Site": "same-site"}


def test_spa_preflight(spa, upstream):
    asked = {"Access-Control-Request-Method": "PUT",
             "Access-Control-Request-Headers": "content-type"}
    answer = script(spa.browser(tls=True), "OPTIONS", "/api/notes",
                    {**OTHER, **asked})
    assert answer.status == 204
    assert answer.all("Access-Control-Allow-Origin") == [OTHER["Origin"]]
    assert answer.all("Access-Control-Allow-Credentials") == ["true"]
    assert "PUT" in answer.header("Access-Control-Allow-Methods")
    assert answer.header("Access-Control-Allow-Headers") == "Content-Type"
    assert answer.header("Vary") == "Origin"
    assert answer.all("Set-Cookie") == []

    for origin in ("https://evil.example", "https://m.example.com.evil.example",
                   "http://m.example.com", "null"):
        answer = script(spa.browser(tls=True), "OPTIONS", "/api/notes",
                        {**asked, "Origin": origin})
        assert answer.status == 204
        assert not [n for n, _ in answer.headers
                    if n.startswith("Access-Control")]
        assert answer.header("Vary") == "Origin"

    # for nobody a way into the application, or to what is not the API
    for path in ("/api/notes", "/api/../api/x"):
        answer = script(spa.browser(tls=True), "OPTIONS", path,
                        {"X-HTTP-Method-Override": "DELETE"}, body="x=y")
        assert answer.status == 204
    assert script(spa.browser(tls=True), "OPTIONS", "/").status == 401
    assert upstream.requests == []


def test_spa_script_of_the_other_front_end(spa):
    person = spa.browser(tls=True)
    nobody = script(person, "GET", "/api/notes", OTHER)
    login(person, "alice", page=GATE)
    somebody = script(person, "GET", "/api/notes", OTHER)
    assert (nobody.status, somebody.status) == (401, 200)
    for answer in (nobody, somebody):
        assert answer.all("Access-Control-Allow-Origin") == [OTHER["Origin"]]
        assert answer.all("Access-Control-Allow-Credentials") == ["true"]
        assert "Origin" in answer.header("Vary")
    assert json.loads(nobody.text)["login"] == "/auth/login"
    [(_, flags)] = [cookie for name, cookie in spa.browser(tls=True).post(
        "/auth/login", {"username": "alice", "password": PASSWORD}).cookies.items()
        if name == "__Host-ngx_auth"]
    assert "SameSite=Lax" in flags and "Secure" in flags


# An application that trusts Remote-User

@pytest.fixture
def remote_user(start, sqlite_store, upstream):
    server = start("remote-user-app.conf", {
        **TLS, USERS: sqlite_store.uri,
        "127.0.0.1:8000": f"127.0.0.1:{upstream.port}"})
    add_member(sqlite_store, "alice")
    add_member(sqlite_store, "root1", ["admins", "editors"])
    return server


FORGED = {"Remote-User": "admin", "Remote-Groups": "admins",
          "remote-user": "admin", "Remote_User": "admin",
          "REMOTE.USER": "admin"}


def names(seen):
    return [value for name, value in seen.headers
            if name.lower().replace("_", "-").replace(".", "-")
            == "remote-user"]


def test_remote_user(remote_user, upstream):
    alice, root = (remote_user.browser(tls=True) for _ in range(2))
    answer = alice.get("/app")
    assert answer.location == "/auth/login?next=/app"
    assert login(alice, "alice", page=GATE).location == "/"
    login(root, "root1", page=GATE)

    assert alice.get("/app", headers=FORGED).status == 200
    assert names(upstream.last) == ["alice"]
    assert upstream.last.all("Remote-Groups") == []
    assert upstream.last.header("Cookie") is None
    assert upstream.last.header("Host") == "127.0.0.1"
    assert upstream.last.header("X-Forwarded-Proto") == "https"
    assert upstream.last.header("X-Forwarded-For") == "127.0.0.1"

    seen = len(upstream.requests)
    assert alice.get("/admin/", headers=FORGED).status == 403
    assert len(upstream.requests) == seen
    assert root.get("/admin/", headers=FORGED).status == 200
    assert names(upstream.last) == ["root1"]
    assert upstream.last.all("Remote-Groups") == ["admins,editors"]

    account = alice.get("/account")
    assert account.status == 200 and account.page.forms
    new = "another long passphrase of hers"
    changed = alice.post("/account", {
        "current_password": PASSWORD, "new_password": new})
    assert changed.status in (200, 303), changed
    login(remote_user.browser(tls=True), "alice", new, GATE)
    assert alice.post("/auth/logout").status == 303
    assert alice.get("/app").status == 302


def test_remote_user_of_nobody(remote_user, upstream):
    nobody = remote_user.client(tls=True)
    for path in ("/app", "/admin/"):
        assert nobody.get(path, headers=FORGED).status == 401
    assert upstream.requests == []
    for path in ("/health", "/help/"):
        assert nobody.get(path, headers=FORGED).status == 200
        assert names(upstream.last) == []
        assert upstream.last.all("Remote-Groups") == []
    person = remote_user.browser(tls=True)
    login(person, "alice", page=GATE)
    for path, expected in (("/health", []), ("/help/", ["alice"])):
        person.get(path, headers=FORGED)
        assert names(upstream.last) == expected


# Exceptions

@pytest.fixture
def exceptions(start, tmp_path, sqlite_store, upstream):
    machines = certificate.make(tmp_path)
    server = start("exceptions.conf", {
        **TLS, USERS: sqlite_store.uri,
        "/etc/ssl/site/machines-ca.pem": machines["cert"],
        "127.0.0.1:8000": f"127.0.0.1:{upstream.port}",
        "server_name         www.example.com;":
            "server_name www.example.com; set_real_ip_from 127.0.0.1;"
            " real_ip_header X-Real-IP;"})
    server.allow("client SSL certificate verify error")
    add_member(sqlite_store, "alice")
    server.machines = machines
    return server


@pytest.mark.parametrize("address, path, method, status", [
    ("192.168.7.8", "/", "GET", 200), ("fd00::1", "/x", "POST", 200),
    ("192.169.7.8", "/", "GET", 401), ("2001:db8::1", "/", "GET", 401),
    ("192.0.2.10", "/health", "GET", 200), ("192.0.2.10", "/", "GET", 401),
    ("192.0.2.10", "/health", "POST", 401),
    ("192.0.2.11", "/health", "GET", 401),
    ("192.168.7.8", "/health", "GET", 401),
    ("192.168.7.8", "/api/x", "GET", 401),
])
def test_exception_by_address(exceptions, upstream, address, path, method,
                              status):
    headers = {**FORGED, "X-Real-IP": address}
    answer = exceptions.client(tls=True).request(method, path, headers=headers)
    assert answer.status == status
    assert answer.header("Cache-Control") == "private, no-cache"
    assert len(upstream.requests) == (status == 200)
    person = exceptions.browser(tls=True)
    login(person, "alice", page=GATE)
    assert person.request(method, path, headers=headers).status == 200
    assert names(upstream.last) == ["alice"]
    if status == 200:
        assert names(upstream.requests[0]) == []


def test_exception_by_certificate(exceptions, upstream, tmp_path):
    def machine(files):
        client = exceptions.client(tls=True)
        client.certificate = files
        return client

    for path, status in (("/api/x", 200), ("/", 401)):
        answer = machine(exceptions.machines).get(path, headers=FORGED)
        assert answer.status == status
    assert [r.path for r in upstream.requests] == ["/api/x"]
    assert names(upstream.last) == []

    (tmp_path / "other").mkdir()
    stranger = certificate.make(tmp_path / "other")
    assert machine(stranger).get("/api/x").status in (400, 401)
    assert exceptions.client(tls=True).get("/api/x").status == 401
    assert len(upstream.requests) == 1


# WebSockets

@pytest.fixture
def echo():
    backend = WebSocketEcho()
    yield backend
    backend.close()


def test_websocket(start, sqlite_store, upstream, echo):
    server = start("websocket.conf", {
        **TLS, USERS: sqlite_store.uri,
        "127.0.0.1:8000": f"127.0.0.1:{upstream.port}",
        "127.0.0.1:8001": f"127.0.0.1:{echo.port}"})
    add_member(sqlite_store, "alice")
    client = server.client(tls=True)
    with WebSocket(client, "/socket/", {"Origin": SITE}) as socket:
        assert socket.answer.status == 401
    person = server.browser(tls=True)
    login(person, "alice", page=GATE)
    assert person.get("/").status == 200
    cookie = {"Cookie": person.cookie_header, "Remote-User": "admin"}
    for headers in ({"Origin": SITE}, {}):
        with WebSocket(client, "/socket/", {**cookie, **headers}) as socket:
            assert socket.answer.status == 101
            for message in (b"hello", b"x" * 100):
                assert socket.say(message) == message
            assert echo.last.all("Remote-User") == ["alice"]
            assert echo.last.header("Cookie") is None
    seen = len(echo.requests)
    for origin in ("https://evil.example", "https://wiki.example.com", "null",
                   SITE + ".evil.example", "http://www.example.com"):
        with WebSocket(client, "/socket/",
                       {**cookie, "Origin": origin}) as socket:
            assert socket.answer.status == 403, origin
    assert len(echo.requests) == seen

    with WebSocket(client, "/socket/", cookie) as socket:
        person.post("/auth/logout")
        assert socket.say(b"still here") == b"still here"
    with WebSocket(client, "/socket/", cookie) as socket:
        assert socket.answer.status == 401


# Two realms

@pytest.fixture
def staff_store():
    store = SqliteStore()
    yield store
    store.close()


def test_two_realms(start, sqlite_store, staff_store, upstream, second_app):
    server = start("two-realms.conf", {
        **TLS, "sqlite:/var/lib/nginx-auth/customers.db": sqlite_store.uri,
        "sqlite:/var/lib/nginx-auth/staff.db": staff_store.uri,
        "127.0.0.1:8000": f"127.0.0.1:{upstream.port}",
        "127.0.0.1:8001": f"127.0.0.1:{second_app.port}"})
    add_member(staff_store, "alice")
    add_member(staff_store, "pat", ["payroll"])

    person = server.browser(tls=True)
    register(person, "alice")
    assert login(person, "alice").location == "/dashboard"
    assert is_logged_in(person)
    assert "__Host-customer" in person.jar
    assert person.get("/orders/").status == 200
    assert upstream.last.all("Remote-User") == ["alice"]

    # the same name, but no staff
    answer = person.get("/staff/desk")
    assert answer.location == "/staff/login?next=/staff/desk"
    page = person.follow(answer).page
    assert page.field("next") == "/staff/desk"
    assert not [link for link in page.links if "register" in link]
    assert person.post("/staff/register", {"username": "x", "password": "y"}
                       ).status in (303, 401)
    forged = person.get("/staff/", headers={
        "Cookie": "__Host-staff=" + person.jar["__Host-customer"]})
    assert forged.status == 302
    assert second_app.requests == []

    form = {"username": "alice", "password": PASSWORD}
    answer = person.post("/staff/login", form)
    assert answer.status == 303 and answer.location == "/staff/"
    [(_, flags)] = [cookie for name, cookie in answer.cookies.items()
                    if name == "__Host-staff"]
    assert "SameSite=Strict" in flags
    assert person.get("/staff/").status == 200
    assert second_app.last.all("Remote-User") == ["alice"]
    assert second_app.last.header("Cookie") is None
    assert "m=47104,t=2" in staff_store.find("alice")["password"]
    assert "m=19456,t=2" in sqlite_store.find("alice")["password"]
    assert person.get("/staff/payroll/").status == 403
    pat = server.browser(tls=True)
    pat.post("/staff/login", {"username": "pat", "password": PASSWORD})
    assert pat.get("/staff/payroll/").status == 200
    assert person.get("/staff/account").status == 200
    assert not is_logged_in(pat)

    # each ends by itself
    answer = person.post("/staff/logout")
    assert answer.location == "/staff/"
    assert person.get("/staff/").status == 302
    assert is_logged_in(person)
    person.post("/logout")
    assert not is_logged_in(person)


# Behind a TLS terminator

TERMINATOR = """
    server {
        listen 127.0.0.1:%%PORT%% ssl;
        ssl_certificate %%CERT%%;
        ssl_certificate_key %%KEY%%;
        location / {
            proxy_pass http://127.0.0.1:%%BEHIND%%;
            proxy_set_header Host $http_host;
            proxy_set_header X-Forwarded-For 192.0.2.7;
        }
        location /of-another-host/ {
            proxy_pass http://127.0.0.1:%%BEHIND%%/;
        }
    }
"""


def test_behind_tls_terminator(start, nginx, tls_files, sqlite_store,
                               upstream):
    behind = start("behind-tls-terminator.conf", {
        "listen      127.0.0.1:8080;": "listen 127.0.0.1:%%PORT%%;",
        USERS: sqlite_store.uri, "/var/www/site": "%%DIR%%/www",
        "127.0.0.1:8000": f"127.0.0.1:{upstream.port}"})
    put(behind, "www/members/folder/index.html", "for members")
    front = nginx(TERMINATOR, behind=behind.port, **tls_files)

    person = front.browser(tls=True, name="www.example.com")
    register(person, "alice")
    answer = login(person, "alice")
    assert answer.location == "/dashboard"
    assert "__Host-ngx_auth" in person.jar
    assert all(name.startswith("__Host-") for name in person.jar)
    assert is_logged_in(person)
    assert person.get("/members/folder/").text == "for members"
    answer = person.get("/members/folder")
    assert (answer.status, answer.location) == (301, "/members/folder/")
    assert person.get("/app/").status == 200
    assert upstream.last.header("X-Forwarded-Proto") == "https"
    assert upstream.last.header("X-Forwarded-For") == "192.0.2.7"
    assert upstream.last.header("Host") == "www.example.com"
    assert upstream.last.all("Remote-User") == ["alice"]
    assert upstream.last.header("Cookie") is None
    assert "192.0.2.7 - alice [" in behind.access_log

    # browsers without Sec-Fetch-Site, with the host passed on or not
    form = {"username": "alice", "password": PASSWORD}
    for prefix in ("", "/of-another-host"):
        for origin, status in ((SITE, 303), ("https://evil.example", 403)):
            answer = front.browser(tls=True, name="www.example.com").post(
                prefix + "/login", form,
                headers={"Sec-Fetch-Site": None, "Origin": origin})
            assert answer.status == status, (prefix, origin)

    # a browser that is given these cookies over plain HTTP keeps none
    plain = behind.browser()
    assert plain.post("/login", form).status == 303
    assert plain.jar == {} and not is_logged_in(plain)
    plain.jar["ngx_auth"] = person.jar["__Host-ngx_auth"]
    assert not is_logged_in(plain)
