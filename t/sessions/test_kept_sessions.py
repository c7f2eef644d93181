"""Sessions that the store keeps (session_store on) outlive nginx, and are seen
by every nginx on that store."""

import contextlib
import signal
import time

import pytest

from harness.accounts import (SITE, is_logged_in, logged_in, login,
                              register)
from harness.admin_tool import run
from harness.http2_client import Http2Client
from harness.kept_sessions import OTHER_PASSWORD, browser_with, change_password
from harness.nginx_server import eventually


def gets_in(browser):
    """Whether all the ways of asking agree that somebody is logged in."""
    answers = [browser.get("/dashboard").status,
               browser.get("/private/x").status, browser.get("/check").status]
    assert answers in ([200, 404, 204], [302, 302, 401]), answers
    return answers[0] == 200


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
                           store=sqlite_store.uri, server="")
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
