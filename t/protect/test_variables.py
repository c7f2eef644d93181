"""The user, in the variables and the logs of nginx."""

import base64
from pathlib import Path

import pytest

from harness.accounts import PAGES, SITE, logged_in, login, register
from harness.documents import put
from harness.nginx_server import eventually


def basic(user, password="x"):
    token = base64.b64encode(f"{user}:{password}".encode()).decode()
    return {"Authorization": f"Basic {token}"}


def lines(server, name, count):
    """The log once it has so many lines."""
    path = Path(server.folder, name)
    eventually(lambda: len(path.read_text().splitlines()) >= count,
               f"not {count} lines in {path}")
    return path.read_text().splitlines()


@pytest.fixture
def start(nginx, sqlite_store, upstream):
    def start(server, http="", realm="", **names):
        return nginx(http + SITE, store=sqlite_store.uri, realm=realm,
                     server=server, app=upstream.port,
                     to="proxy_pass http://127.0.0.1:%%APP%%", **names)

    return start


# Logs

def test_combined_log(start):
    server = start("""
        access_log off;
        location /x/        { auth_login site;          %%LOG%% %%TO%%; }
        location /optional/ { auth_login site optional; %%LOG%% %%TO%%; }
        location /open/     { %%LOG%% %%TO%%; }
    """, log="access_log %%DIR%%/combined.log combined;")
    alice = logged_in(server)
    asked = [(alice, "/x/", "alice"), (server.client(), "/x/", "-"),
             (alice, "/optional/", "alice"),
             (server.client(), "/optional/", "-"),
             (server.client(), "/open/", "admin")]  # nginx's own
    for count, (client, path, user) in enumerate(asked, 1):
        client.get(path, headers=basic("admin"))
        line = lines(server, "combined.log", count)[-1]
        assert line.startswith(f"127.0.0.1 - {user} ["), path


def test_log_has_no_cookie_of_ours(start):
    """Not even where it asks for them."""
    server = start("location /x/ { auth_login site; %%TO%%; access_log"
                   " %%DIR%%/cookies.log cookies; }",
                   http="log_format cookies '[$http_cookie]"
                        "[$cookie_ngx_auth][$auth_session]';")
    alice = logged_in(server)
    token = alice.jar["ngx_auth"]
    alice.jar["a"] = "b"
    alice.get("/x/")
    line = lines(server, "cookies.log", 1)[0]
    assert line.startswith("[a=b][-][")
    assert token not in line and len(line) > len("[a=b][-][]")


@pytest.mark.parametrize("cached", [
    "if ($remote_user = nobody) { return 404; }", "set $seen $remote_user;",
    "if ($auth_user = nobody) { return 404; }",
])
def test_log_after_an_early_look(start, cached):
    """A variable that was read before the login was checked tells the truth
    later."""
    server = start("location /x/ { auth_login site; %%CACHED%% %%TO%%;"
                   " access_log %%DIR%%/who.log who; }",
                   http="log_format who '$remote_user $auth_user';",
                   cached=cached)
    alice = logged_in(server)
    for count, (client, line) in enumerate([(alice, "alice alice"),
                                            (server.client(), "- -")], 1):
        client.get("/x/", headers=basic("admin"))
        assert lines(server, "who.log", count)[-1] == line


def test_credentials_seen_by_the_server_make_nobody(start, upstream):
    """$remote_user read in the server block, where no login applies, is what
    the client wrote; in a location with a login that is not the user."""
    server = start("""
        set $seen $remote_user;
        location /optional/ {
            auth_login site optional;
            proxy_set_header X-User $remote_user;
            %%TO%%;
        }
    """)
    server.client().get("/optional/", headers=basic("admin"))
    assert upstream.last.header("X-User") is None


# Other directives

def test_map(start):
    server = start("""
        location /x/ {
            auth_login site optional;
            add_header X-Level $level;
            %%TO%%;
        }
    """, http="""
        map $auth_user $level { default member; "" guest; alice owner; }
    """)
    assert server.client().get("/x/").header("X-Level") == "guest"
    assert logged_in(server, "bob").get("/x/").header("X-Level") == "member"
    assert logged_in(server, "alice").get("/x/").header("X-Level") == "owner"


def test_limit_req_counts_by_user(start):
    server = start("location /x/ { auth_login site; limit_req zone=people;"
                   " %%TO%%; }", http="limit_req_zone $auth_user"
                   " zone=people:1m rate=1r/m;")
    server.allow("limiting requests")
    alice, bob = logged_in(server, "alice"), logged_in(server, "bob")
    assert [alice.get("/x/").status, alice.get("/x/").status] == [200, 503]
    assert bob.get("/x/").status == 200
    assert [server.client().get("/x/").status for _ in range(3)] == [401] * 3
    assert alice.get("/x/").status == 503


def test_proxy_cache_key(start, upstream):
    """A cache behind the login gives everybody what is theirs."""
    server = start("""
        location /x/ {
            auth_login site;
            proxy_cache pages;
            proxy_cache_key $auth_user$uri;
            proxy_cache_valid 200 1h;
            %%TO%%;
        }
    """, http="proxy_cache_path %%DIR%%/cache keys_zone=pages:1m;")

    def greet(seen):
        text = b"for " + seen.header("Remote-User").encode()
        return (b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n"
                b"Connection: close\r\n\r\n" % len(text)) + text

    upstream.answers["/x/"] = greet
    alice, bob = logged_in(server, "alice"), logged_in(server, "bob")
    for _ in range(2):
        assert alice.get("/x/").text == "for alice"
        assert bob.get("/x/").text == "for bob"
        assert server.client().get("/x/").status == 401
    assert len(upstream.requests) == 2
    alice.post("/logout")
    assert alice.get("/x/").status == 302


def test_headers_for_the_application(start, upstream, sqlite_store):
    server = start("""
        location /x/ {
            auth_login site;
            proxy_set_header X-User  $auth_user;
            proxy_set_header X-Id    $auth_user_id;
            proxy_set_header X-Roles $auth_roles;
            proxy_set_header X-Realm $auth_realm;
            proxy_set_header X-Again $http_remote_user;
            %%TO%%;
        }
    """)
    browser = server.browser()
    register(browser, "alice")
    sqlite_store.change("alice", roles=["dev", "ops"])
    login(browser, "alice")
    browser.get("/x/", headers={"Remote-User": "admin", "X-User": "admin"})
    assert {name: upstream.last.header(name) for name in (
        "X-User", "X-Id", "X-Roles", "X-Realm", "X-Again")} == {
            "X-User": "alice", "X-Id": sqlite_store.find("alice")["_id"],
            "X-Roles": "dev,ops", "X-Realm": "site", "X-Again": "alice"}


def test_decisions_of_the_rewrite_phase(start):
    """if and set, before nginx checks anything."""
    server = start("""
        if ($auth_user = alice) { set $mine yes; }
        location /x/ {
            auth_login site optional;
            if ($mine) { return 200 "welcome back"; }
            return 200 "who are you?";
        }
    """)
    assert logged_in(server, "alice").get("/x/").text == "welcome back"
    assert logged_in(server, "bob").get("/x/").text == "who are you?"
    assert server.client().get("/x/").text == "who are you?"


@pytest.mark.parametrize("http, location", [
    ("", "set $auth_user admin;"),
    ("", "auth_request /ask/; auth_request_set $auth_user admin;"),
    ("map $uri $auth_user { default admin; }", ""),
    ("geo $auth_user { default admin; }", ""),
], ids=["set", "auth_request_set", "map", "geo"])
def test_variable_of_another_is_not_the_user(start, upstream, http, location):
    """A configuration that has its own $auth_user loads, and the application
    is still told who it is by the session alone."""
    server = start("""
        location /x/ { auth_login site; %%LOCATION%% %%TO%%; }
        location /optional/ { auth_login site optional; %%LOCATION%% %%TO%%; }
        location = /ask/ { return 204; }
    """, http=http, location=location)
    assert server.client().get("/x/").status == 401
    assert server.client().get("/optional/").status == 200
    assert upstream.last.header("Remote-User") is None
    assert logged_in(server).get("/x/").status == 200
    assert upstream.last.header("Remote-User") == "alice"


# auth_basic

BASIC = ("auth_basic private; auth_basic_user_file %%DIR%%/htpasswd;")


def test_user_of_auth_basic(start, upstream):
    """With both, the session comes first, then whom nginx has checked."""
    server = start("""
        location /x/ {
            auth_login site optional;
            %%BASIC%%
            proxy_set_header X-User $remote_user;
            %%TO%%;
            location /x/off/ { auth_basic off; %%TO%%; }
        }
    """, basic=BASIC)
    put(server, "htpasswd", "bob:{PLAIN}secret\n")
    server.allow("password mismatch|was not found")
    client, alice = server.client(), logged_in(server)
    bob = basic("bob", "secret")
    assert client.get("/x/").status == 401
    assert client.get("/x/", headers=basic("bob", "wrong")).status == 401
    assert upstream.requests == []
    assert client.get("/x/", headers=bob).status == 200
    assert upstream.last.header("X-User") == "bob"
    assert upstream.last.header("Remote-User") is None
    assert alice.get("/x/", headers=bob).status == 200
    assert upstream.last.header("X-User") == "alice"
    client.get("/x/off/", headers=basic("admin"))
    assert upstream.last.header("X-User") is None


def test_auth_basic_that_a_variable_turns_off(start, upstream):
    server = start("""
        location /x/ {
            auth_login site optional;
            auth_basic $basic;
            auth_basic_user_file %%DIR%%/htpasswd;
            proxy_set_header X-User $remote_user;
            %%TO%%;
        }
    """, http="map $uri $basic { default off; }")
    assert server.client().get("/x/", headers=basic("admin")).status == 200
    assert upstream.last.header("X-User") is None


# Two realms

TWO = """
    auth_realm staff  { store %%STORE%%;  login_limit off; }
    auth_realm guests { store %%STORE%%; login_limit off;
                        cookie_name guest; identity_header X-Guest; }
    log_format who "$auth_realm:$auth_user:$remote_user";
    server {
        listen 127.0.0.1:%%PORT%%;
""" + PAGES.replace("auth_page ", "auth_page staff ") + """
        location = /guests/login { auth_page guests login; }
        access_log %%DIR%%/who.log who;
        %%SERVER%%
    }
"""


@pytest.mark.parametrize("way", [
    "if ($auth_user = nobody) { return 404; } rewrite ^ /guests/ last;",
    "root /nowhere; try_files /files-of-$auth_user /guests/;",
])
def test_user_of_one_realm_is_nobody_in_the_other(nginx, sqlite_store, upstream,
                                                  way):
    """Also when nginx has asked in the first one's location on its way."""
    server = nginx(TWO, store=sqlite_store.uri, app=upstream.port, way=way,
                   server="""
        location /staff/ {
            auth_login staff;
            %%WAY%%
        }
        location /guests/ {
            auth_login guests optional;
            proxy_set_header X-User $auth_user;
            proxy_pass http://127.0.0.1:%%APP%%;
        }
    """)
    alice = logged_in(server)
    assert alice.get("/guests/").status == 200
    assert upstream.last.header("X-User") is None
    assert alice.get("/staff/").status == 200
    assert upstream.last.header("X-User") is None
