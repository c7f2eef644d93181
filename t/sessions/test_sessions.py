"""How long a session lives, and who sees its end."""

import os
import signal
import time

import pytest

from harness.accounts import (PASSWORD, SITE, is_logged_in, logged_in, login,
                              register)
from harness.nginx_server import PATIENCE, eventually, in_some_attempt

# Which worker answered, for tests that have to reach each.
PID = "add_header X-Worker $pid always;"


def asked_of_every_worker(server, path, headers, port="PORT"):
    """The answers of all workers, by process id."""
    answers = {}
    deadline = time.monotonic() + PATIENCE
    while len(answers) < len(server.workers()):
        assert time.monotonic() < deadline, "a worker gets no connection"
        response = server.client(port).get(path, headers=headers)
        answers[response.header("X-Worker")] = response
    return answers


def with_cookies(browser):
    return {"Cookie": browser.cookie_header, "Accept": "text/html"}


def test_every_worker_knows_a_session(site, sqlite_store):
    server = site(sqlite_store, server=PID, workers=4)
    alice = logged_in(server)
    answers = asked_of_every_worker(server, "/dashboard", with_cookies(alice))
    assert [a.status for a in answers.values()] == [200] * 4


def test_logout_is_seen_by_every_worker_at_once(site, sqlite_store):
    server = site(sqlite_store, server=PID, workers=4)
    alice = logged_in(server)
    headers = with_cookies(alice)
    asked_of_every_worker(server, "/dashboard", headers)
    alice.post("/logout")
    answers = asked_of_every_worker(server, "/dashboard", headers)
    assert [a.status for a in answers.values()] == [302] * 4


def test_each_login_makes_a_new_session(site, sqlite_store):
    server = site(sqlite_store)
    register(server.client(), "alice")
    tokens = {login(server.client(), "alice").cookies["ngx_auth"][0]
              for _ in range(5)}
    assert len(tokens) == 5


def test_planted_cookie_is_not_adopted(site, sqlite_store):
    server = site(sqlite_store)
    browser = server.browser()
    register(browser, "alice")
    planted = "A" * 43
    browser.jar["ngx_auth"] = planted
    login(browser, "alice")
    assert browser.jar["ngx_auth"] != planted
    browser.jar["ngx_auth"] = planted
    assert not is_logged_in(browser)


def test_login_ends_the_session_it_replaces(site, sqlite_store):
    server = site(sqlite_store)
    alice = logged_in(server)
    register(server.client(), "bob")
    old = with_cookies(alice)
    login(alice, "bob")
    assert "bob" in alice.get("/dashboard").page.text
    assert server.client().get("/dashboard", headers=old).status == 302


def test_idle_timeout(site, sqlite_store):
    server = site(sqlite_store, realm="session_idle_timeout 2s;")
    alice = server.browser()
    register(alice, "alice")

    def lives_on_in_use(_):
        login(alice, "alice")
        for _ in range(6):
            used = time.monotonic()
            time.sleep(0.5)
            if not is_logged_in(alice):
                assert time.monotonic() - used > 1.9, "it ended too early"
                return False
        return True

    in_some_attempt(lives_on_in_use, "it is never used often enough")
    time.sleep(2.5)
    assert not is_logged_in(alice)


def test_lifetime(site, sqlite_store):
    server = site(sqlite_store, realm="session_idle_timeout 2s;"
                  " session_lifetime 2s;")
    start = time.monotonic()
    alice = logged_in(server)
    eventually(lambda: not is_logged_in(alice), "the session does not end")
    assert time.monotonic() - start > 1.9


def test_session_limit(site, sqlite_store):
    server = site(sqlite_store, realm="session_limit 3;")
    register(server.client(), "alice")
    register(server.client(), "bob")
    bob = server.browser()
    login(bob, "bob")
    browsers = [server.browser() for _ in range(5)]
    for browser in browsers:
        login(browser, "alice")
    assert [is_logged_in(b) for b in browsers] == [False] * 2 + [True] * 3
    assert is_logged_in(bob)


def test_reload_keeps_sessions(site, sqlite_store):
    server = site(sqlite_store)
    alice = logged_in(server)
    server.reload()
    assert is_logged_in(alice)
    server.reload()
    assert is_logged_in(alice)


def test_reload_applies_new_limits(site, sqlite_store):
    server = site(sqlite_store)
    alice = logged_in(server)
    time.sleep(1.2)
    server.edit("login_limit off;", "login_limit off;"
                " session_lifetime 1s; session_idle_timeout 1s;")
    server.reload()
    assert not is_logged_in(alice)


def test_zone_of_a_new_size_warns(site, sqlite_store):
    server = site(sqlite_store, realm="session_store off; session_zone 1m;")
    alice = logged_in(server)
    server.edit("session_zone 1m;", "session_zone 2m;")
    server.reload()
    assert not is_logged_in(alice)
    server.wait_for_log(r"\[warn\].*(auth_site|session)")


def test_zone_of_a_new_size_loses_no_kept_session(site, sqlite_store):
    server = site(sqlite_store, realm="session_zone 1m;")
    alice = logged_in(server)
    server.edit("session_zone 1m;", "session_zone 2m;")
    server.reload()
    assert is_logged_in(alice)
    assert "[warn]" not in server.error_log


def test_start_says_how_many_sessions_fit(site, sqlite_store):
    server = site(sqlite_store, log_level="notice")
    server.wait_for_log(r"\[notice\].*\d+ sessions")


@pytest.mark.once
def test_full_zone(site, sqlite_store):
    """A login that finds no place is told so; nobody else is thrown out."""
    server = site(sqlite_store, realm="session_zone 256k; session_store off;"
                  " session_limit 1000000; password_concurrency 2 queue=64;"
                  " password_hash argon2id memory=7m time=5;")
    register(server.client(), "alice")
    browsers = []
    for _ in range(5000):
        browser = server.browser()
        response = browser.post("/login", {"username": "alice",
                                           "password": PASSWORD})
        if response.status != 303:
            break
        browsers.append(browser)
    else:
        pytest.fail("the zone never fills up")
    assert response.status == 503
    assert int(response.header("Retry-After")) > 0
    assert "ngx_auth" not in response.cookies
    assert is_logged_in(browsers[0])
    assert is_logged_in(browsers[-1])
    # one goes, one may come
    browsers[0].post("/logout")
    login(server.client(), "alice")


def test_killed_worker_takes_no_session_with_it(site, sqlite_store):
    server = site(sqlite_store)
    alice = logged_in(server)
    server.allow("exited on signal 9")
    for pid in server.workers():
        os.kill(pid, signal.SIGKILL)
    server.expect_new_workers()
    assert is_logged_in(alice)


def test_token_is_in_no_log(site, sqlite_store):
    server = site(sqlite_store, http="""
        log_format all '$request $status $remote_user $auth_user $auth_user_id'
                       ' $auth_roles $auth_realm $auth_session';
    """, server="access_log %%DIR%%/all.log all;", log_level="info")
    alice = logged_in(server)
    alice.get("/dashboard")
    token = alice.jar["ngx_auth"]
    alice.post("/logout")
    with open(f"{server.folder}/all.log") as file:
        logged = file.read()
    for text in (server.error_log, server.access_log, logged):
        assert token not in text
        assert PASSWORD not in text


def test_plain_cookie_is_worth_nothing_over_tls(nginx, sqlite_store, tls_files):
    """And the other way round: a session remembers what made it."""
    server = nginx(SITE.replace(
        "listen 127.0.0.1:%%PORT%%;",
        "listen 127.0.0.1:%%PORT%%; listen 127.0.0.1:%%PORT1%% ssl;"
        " ssl_certificate %%CERT%%; ssl_certificate_key %%KEY%%;"),
        store=sqlite_store.uri, realm="", server="", **tls_files)
    plain, secure = server.browser(), server.browser("PORT1", tls=True)
    register(plain, "alice")
    login(plain, "alice")
    response = login(secure, "alice")
    value, attributes = response.cookies["__Host-ngx_auth"]
    assert sorted(attributes) == ["HttpOnly", "Path=/", "SameSite=Lax",
                                  "Secure"]
    assert "ngx_auth" not in response.cookies
    assert is_logged_in(plain) and is_logged_in(secure)

    for name in ("ngx_auth", "__Host-ngx_auth"):
        for port, tls, token in (
                ("PORT", False, value), ("PORT1", True,
                                         plain.jar["ngx_auth"])):
            status = server.client(port, tls).get(
                "/dashboard", headers={"Cookie": f"{name}={token}",
                                       "Accept": "text/html"}).status
            assert status == 302, (name, port)


@pytest.mark.parametrize("realm, name, attributes", [
    ("cookie_secure on;", "__Host-ngx_auth",
     {"HttpOnly", "Path=/", "SameSite=Lax", "Secure"}),
    ("cookie_secure off;", "ngx_auth",
     {"HttpOnly", "Path=/", "SameSite=Lax"}),
    ("cookie_samesite strict;", "ngx_auth",
     {"HttpOnly", "Path=/", "SameSite=Strict"}),
    ("cookie_name sid;", "sid", {"HttpOnly", "Path=/", "SameSite=Lax"}),
    ("cookie_domain example.com;", "ngx_auth",
     {"HttpOnly", "Path=/", "SameSite=Lax", "Domain=example.com"}),
    ("cookie_domain example.com; cookie_secure on; cookie_name sid;",
     "__Secure-sid",
     {"HttpOnly", "Path=/", "SameSite=Lax", "Domain=example.com", "Secure"}),
])
def test_cookie(site, sqlite_store, realm, name, attributes):
    server = site(sqlite_store, realm=realm)
    client = server.client()
    register(client, "alice")
    response = login(client, "alice")
    value, found = response.cookies[name]
    assert len(value) == 43
    assert set(found) == attributes
    own = {"Cookie": f"{name}={value}"}
    assert client.get("/dashboard", headers=own).status == 200
    expired = client.post("/logout", headers=own).cookies[name]
    assert expired[0] == ""
    assert set(expired[1]) == attributes | {
        "Max-Age=0", "Expires=Thu, 01 Jan 1970 00:00:00 GMT"}
