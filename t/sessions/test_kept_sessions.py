"""Sessions that the store keeps (session_store on) outlive nginx, and are seen
by every nginx on that store."""

import contextlib
import signal
import time

import pytest

from harness.accounts import (CHEAP, PASSWORD, SITE, is_logged_in, logged_in,
                              login, register)
from harness.admin_tool import run
from harness.http2_client import Http2Client
from harness.kept_sessions import KEPT, OPTIONS, browser_with
from harness.nginx_server import eventually
from harness.stores import MongoStore

OTHER_PASSWORD = "another horse, another battery"
ACCOUNT = "location = /account { auth_page account; }"
CHECK = """
        location = /check { auth_page check; }
        location /private/ { auth_login site; }
"""


@pytest.fixture
def node(nginx, store):
    """node() starts an nginx on the store; session_check does no work there."""

    def start(realm="", server="", http="", site=SITE, **options):
        return nginx(http + site, store=store.uri,
                     realm=f"session_check 1h; {CHEAP} {KEPT[store.kind]} {realm}",
                     server=ACCOUNT + CHECK + server, **OPTIONS, **options)

    return start


def gets_in(browser):
    """Whether all the ways of asking agree that somebody is logged in."""
    answers = [browser.get("/dashboard").status,
               browser.get("/private/x").status, browser.get("/check").status]
    assert answers in ([200, 404, 204], [302, 302, 401]), answers
    return answers[0] == 200


def change_password(browser, new):
    response = browser.post("/account", {"current_password": PASSWORD,
                                         "new_password": new})
    assert (response.status, response.location) == (303, "/account")


# For LeakSanitizer the connections of a worker that is terminated are lost.
@pytest.mark.parametrize("how", [
    signal.SIGQUIT, pytest.param(signal.SIGTERM, marks=pytest.mark.once),
    signal.SIGKILL])
def test_nginx_starts_again(node, how):
    server = node()
    alice = logged_in(server)
    server.restart(how)
    assert gets_in(alice)
    assert "alice" in alice.get("/").text


def test_another_nginx(node):
    first, second = node(), node()
    alice = logged_in(first)
    assert gets_in(browser_with(second, alice))
    # also those that only show who is logged in
    page = browser_with(second, alice).get("/login")
    assert (page.status, page.location) == (303, "/dashboard")


@pytest.mark.parametrize("first_path", ["/dashboard", "/private/x", "/check",
                                        "/", "/login"])
def test_first_request_on_another_nginx(node, first_path):
    """Whichever it is, it waits for the store."""
    first, second = node(), node()
    alice = browser_with(second, logged_in(first))
    answer = alice.get(first_path)
    if first_path == "/login":
        assert answer.location == "/dashboard"
    else:
        assert answer.status in (200, 204, 404), answer
        assert first_path != "/" or "alice" in answer.text


def test_logout_is_for_all(node):
    first, second = node(), node()
    alice = logged_in(first)
    there = browser_with(second, alice)
    assert gets_in(there)
    assert alice.post("/logout").status == 303
    began = time.monotonic()
    eventually(lambda: not is_logged_in(there), "the other nginx goes on")
    print(f"ended elsewhere after {time.monotonic() - began:.2f} s")
    assert not gets_in(there)

    first.restart()
    assert not is_logged_in(browser_with(first, there))


def test_logout_where_it_is_not_known_yet(node):
    first, second = node(), node()
    alice = logged_in(first)
    assert browser_with(second, alice).post("/logout").status == 303
    eventually(lambda: not is_logged_in(alice), "the session goes on")


def test_new_password_ends_the_others(node):
    first, second = node(), node()
    alice = logged_in(first)
    thief = browser_with(second, alice)
    other = second.browser()
    login(other, "alice")
    assert gets_in(thief) and gets_in(other)
    change_password(alice, OTHER_PASSWORD)
    assert gets_in(alice)
    for browser in (thief, other):
        eventually(lambda b=browser: not is_logged_in(b), "a session goes on")
    assert gets_in(browser_with(second, alice))
    assert gets_in(alice)


def test_log_out_everywhere_else(node):
    first, second = node(), node()
    alice = logged_in(first)
    other = second.browser()
    login(other, "alice")
    assert gets_in(other)
    answer = alice.post("/account", {"end_sessions": "1"})
    assert (answer.status, answer.location) == (303, "/account")
    eventually(lambda: not is_logged_in(other), "the other session goes on")
    assert gets_in(alice) and gets_in(browser_with(second, alice))


@pytest.mark.parametrize("command", [["disable", "alice"],
                                     ["delete", "alice", "--yes"],
                                     ["passwd", "alice"]])
def test_operators_end_sessions(node, store, command):
    """Within two seconds, although session_check would take an hour."""
    server = node()
    alice = logged_in(server)
    assert gets_in(alice)
    answer = run("--store", store.uri, *command, password=OTHER_PASSWORD)
    assert answer.status == 0, answer
    eventually(lambda: not is_logged_in(alice), "the session goes on")
    server.restart(signal.SIGKILL)
    assert not is_logged_in(alice)


def test_session_limit_of_all_nginx_together(node):
    nodes = [node("session_limit 2;"), node("session_limit 2;")]
    register(nodes[0].client(), "alice")
    browsers = []
    for i in range(4):
        browser = nodes[i % 2].browser()
        login(browser, "alice")
        browsers.append(browser)
    for browser in browsers[:2]:
        eventually(lambda b=browser: not is_logged_in(b), "a session goes on")
    assert all(is_logged_in(browser) for browser in browsers[2:])


def test_new_login_replaces_the_session_everywhere(node):
    first, second = node(), node()
    alice = logged_in(first)
    old = browser_with(second, alice)
    assert gets_in(old)
    login(alice, "alice")
    eventually(lambda: not is_logged_in(old), "the old session goes on")
    assert gets_in(alice)


def test_the_other_kind_of_cookie(node):
    """A session that was made by http is none under the secure name."""
    first = node()
    second = node("cookie_secure on;")
    alice = logged_in(first)
    name, value = next((n, v) for n, v in alice.jar.items()
                       if n == "ngx_auth")
    answer = second.client().get(
        "/dashboard", headers={"Cookie": f"__Host-{name}={value}"})
    assert answer.status == 302


def test_another_realm(nginx, sqlite_store):
    """One realm's session is none in another realm of the same store."""
    first, second = [nginx(SITE.replace("auth_realm site", f"auth_realm {name}"),
                           store=sqlite_store.uri, realm=CHEAP, server="")
                     for name in ("site", "other")]
    alice = logged_in(first)
    assert is_logged_in(alice)
    assert not is_logged_in(browser_with(second, alice))


def test_expired_while_nginx_was_down(node):
    server = node("session_idle_timeout 2s;")
    alice = logged_in(server)
    server.kill()
    time.sleep(2.5)
    server.start()
    assert not is_logged_in(alice)


def test_last_use_is_in_the_store(node, store):
    """A restart does not make a session older than it is."""
    server = node("session_idle_timeout 12s;")
    alice = logged_in(server)
    first = last_use(store)
    eventually(lambda: is_logged_in(alice) and last_use(store) > first,
               "the store is not told")
    server.restart(signal.SIGKILL)
    assert is_logged_in(alice)


def last_use(store):
    if store.kind == "sqlite":
        with contextlib.closing(store._open()) as database:
            [[seen]] = database.execute("SELECT seen FROM ngx_auth_sessions")
        return seen
    with store.server.client() as client:
        [session] = client[store.database].ngx_auth_sessions.find()
    return session["seen"]


def test_body_that_nobody_has_read_yet(node, upstream):
    """A form for an application waits with its body."""
    location = f"""
        location /app/ {{ auth_login site;
                          proxy_pass http://127.0.0.1:{upstream.port}; }}
    """
    first, second = node(), node(server=location)
    alice = browser_with(second, logged_in(first))
    body = b"x" * 100_000
    answer = alice.request("POST", "/app/form", body=body)
    assert answer.status == 200
    assert upstream.last.body == body
    assert upstream.last.header("Remote-User") == "alice"


def test_http2(node, upstream):
    location = f"""
        location /app/ {{ auth_login site;
                          proxy_pass http://127.0.0.1:{upstream.port}; }}
    """
    first = node()
    second = node(server=location, site=SITE.replace(
        "%%PORT%%;", "%%PORT%% http2;"))
    alice = logged_in(first)
    with Http2Client(second.port) as client:
        answer = client.request("POST", "/app/form",
                                headers=[("cookie", alice.cookie_header)],
                                body=b"x" * 10_000)
    assert answer.status == 200
    assert upstream.last.header("Remote-User") == "alice"


def test_satisfy_any(node):
    location = """
        location /any/ { satisfy any; deny all; auth_login site; }
    """
    first, second = node(), node(server=location)
    alice = browser_with(second, logged_in(first))
    assert alice.get("/any/x").status == 404
    assert second.client().get("/any/x").status == 401


def test_subrequest(node, upstream):
    """auth_request to the check page waits, too."""
    location = f"""
        location /asks/ {{ auth_request /check;
                           proxy_pass http://127.0.0.1:{upstream.port}; }}
    """
    first, second = node(), node(server=location)
    alice = browser_with(second, logged_in(first))
    assert alice.get("/asks/x").status == 200
    assert second.client().get("/asks/x").status == 401


def test_off(site, sqlite_store):
    server = site(sqlite_store, realm="session_store off;")
    alice = logged_in(server)
    server.restart()
    assert not is_logged_in(alice)


# Staying logged in

def stay(browser, **fields):
    return browser.post("/login", {"username": "alice", "password": PASSWORD,
                                   **fields})


def test_staying_logged_in(node):
    """The cookie outlives the browser, and the session its idle time."""
    server = node("session_idle_timeout 2s; session_remember 30d;")
    register(server.client(), "alice")
    page = server.client().get("/login")
    assert 'name="remember" type="checkbox" value="1">' in page.text
    stays, leaves = server.browser(), server.browser()
    _, attributes = stay(stays, remember="1").cookies["ngx_auth"]
    assert f"Max-Age={30 * 86400}" in attributes
    _, attributes = stay(leaves).cookies["ngx_auth"]
    assert not [a for a in attributes if a.startswith("Max-Age")]
    time.sleep(2.5)
    assert not is_logged_in(leaves)
    assert is_logged_in(stays)
    server.restart(signal.SIGKILL)
    time.sleep(2.5)
    assert is_logged_in(stays)

    change_password(stays, OTHER_PASSWORD)  # it goes on, and as long
    time.sleep(2.5)
    assert is_logged_in(stays)
    assert stays.post("/logout").status == 303
    assert not is_logged_in(stays)


def test_box_stays_ticked(node):
    server = node("session_remember 30d;")
    register(server.client(), "alice")
    page = stay(server.client(), remember="1", password="wrong")
    assert page.status == 401
    assert 'name="remember" type="checkbox" value="1" checked>' in page.text


def test_no_box_where_nobody_may_stay(node):
    server = node()
    register(server.client(), "alice")
    assert "remember" not in server.client().get("/login").text
    _, attributes = stay(server.client(), remember="1").cookies["ngx_auth"]
    assert not [a for a in attributes if a.startswith("Max-Age")]


# Configuration

def refused(nginx, store, realm):
    server = nginx.prepare(SITE, store=store, realm=realm, server="")
    server.allow(r"\[emerg\]")
    status, said = server.test()
    assert status == 1
    return said


MONGO = "mongodb://localhost:1/test"


def test_mongodb_needs_a_secret(nginx):
    said = refused(nginx, MONGO, "session_store on;")
    assert '"session_store on" needs a "secret"' in said


@pytest.mark.parametrize("realm, why", [
    ("session_store maybe;", '"on" or "off"'),
    ("session_stale 31m;", "at most 30m"),
    ("session_store off; session_remember 30d;",
     '"session_remember" needs "session_store on"'),
    ("session_remember 1h;",
     '"session_remember" is shorter than "session_lifetime"'),
])
def test_directives(nginx, sqlite_store, realm, why):
    assert why in refused(nginx, sqlite_store.uri, realm)


# The store goes away


@pytest.fixture
def away(nginx, own_mongo_server):
    """away(realm) starts an nginx whose store answers within a second or not at
    all: (the server, the server of the store)."""

    def start(realm="", server=""):
        store = MongoStore(own_mongo_server, patience=1)
        return nginx(SITE, store=store.uri,
                     realm=f"session_check 1h; {CHEAP} {KEPT['mongodb']} {realm}",
                     server=ACCOUNT + CHECK + server, **OPTIONS), own_mongo_server

    return start


def assert_told_to_wait(answer):
    assert answer.status == 503, answer
    assert int(answer.header("Retry-After")) > 0
    assert answer.header("Cache-Control") == "no-store"


def test_session_that_nobody_can_look_up(away):
    """It is neither refused nor let in."""
    server, store = away()
    alice = logged_in(server)
    store.stop()
    server.restart(signal.SIGKILL)
    for path in ("/dashboard", "/account", "/private/x", "/check"):
        assert_told_to_wait(alice.get(path))
    for path in ("/", "/login", "/register"):
        answer = alice.get(path)
        assert answer.status == 200 and "alice" not in answer.text
    assert server.client().get("/private/x").status == 401  # shows nothing
    store.start()
    eventually(lambda: alice.get("/private/x").status == 404,
               "the session is not found again")


@pytest.mark.parametrize("other, status", [("deny all;", 503),
                                           ("allow all;", 404)])
def test_other_methods_may_let_it_in(away, other, status):
    server, store = away(server=f"""
        location /any/ {{ satisfy any; {other} auth_login site; }}
        location /maybe/ {{ auth_login site optional; }}
    """)
    alice = logged_in(server)
    store.stop()
    server.restart(signal.SIGKILL)
    assert alice.get("/any/x").status == status
    assert alice.get("/maybe/x").status == 404


@pytest.mark.once
def test_known_sessions_go_on_for_a_while(away):
    server, store = away("session_stale 15s;")
    alice = logged_in(server)
    store.stop()
    for _ in range(3):
        assert alice.get("/private/x").status == 404
        time.sleep(0.5)
    eventually(lambda: alice.get("/private/x").status == 503,
               "sessions are believed for ever")
    store.start()
    eventually(lambda: alice.get("/private/x").status == 404,
               "the session is not found again")


def test_logout_while_the_store_is_away(away):
    """Nobody gets in again with that session, also when the store is back, and
    after a reload."""
    server, store = away()
    alice = logged_in(server)
    thief = browser_with(server, alice)
    store.stop()
    assert alice.post("/logout").status == 303
    server.wait_for_log(r"\[warn\].*was ended on this nginx and could not be")
    assert thief.get("/private/x").status == 302
    server.reload()
    assert thief.get("/private/x").status == 302
    store.start()
    with store.client() as client:
        eventually(lambda: not any(
            client[name].ngx_auth_sessions.count_documents({})
            for name in client.list_database_names()
            if name.startswith("auth_")), "the store is not told")
    assert thief.get("/private/x").status == 302
    server.restart(signal.SIGKILL)
    assert thief.get("/private/x").status == 302


def test_tokens_of_nobody_never_reach_the_store(away):
    """It is away, and nobody waits for it."""
    server, store = away()
    alice = logged_in(server)
    store.stop()
    server.restart(signal.SIGKILL)
    for token in ("A" * 43, "0" * 42 + "A", alice.jar["ngx_auth"][:-3] + "AAA"):
        answer = server.client().get("/dashboard",
                                     headers={"Cookie": f"ngx_auth={token}"})
        assert answer.status == 302


def test_no_login_without_the_store(away):
    server, store = away()
    register(server.client(), "alice")
    store.stop()
    answer = server.client().post("/login", {"username": "alice",
                                             "password": PASSWORD})
    assert_told_to_wait(answer)
