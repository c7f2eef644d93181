"""An answer that goes on uses its session until it ends, and ends with it
(session_streams)."""

import os
import signal
import time

import pytest

from harness.accounts import (PASSWORD, SITE, is_logged_in, logged_in,
                              login)
from harness.admin_tool import run
from harness.kept_sessions import KEPT, OPTIONS, browser_with
from harness.nginx_server import eventually
from harness.stores import MongoStore
from harness.streams import PASSED, Http2Reader, Reader, Streaming

KINDS = ["events", "download", "upgraded", "http2"]
SERVER = """
    proxy_buffering off;
    location /after/    { auth_login site; post_action /done; %%PASSED%% }
    location = /done    { return 204; }
    location /buffered/ { auth_login site; %%PASSED%% proxy_buffering on; }
    location /parts/    { auth_login site; addition_types *; %%PASSED%%
                          add_after_body /open/events; }
    location /sent/     { auth_login site; error_page 404 = @app;
                          root /nonexistent; }
    location @app       { internal; rewrite .* /app/events break; %%PASSED%% }
    listen 127.0.0.1:%%PORT1%% http2;
    location = /account { auth_page account; }
    location /app/   { auth_login site; %%PASSED%% }
    location /maybe/ { auth_login site optional; %%PASSED%% }
    location /open/  { %%PASSED%% }
"""
LIMIT = 5  # seconds


@pytest.fixture
def application():
    application = Streaming()
    yield application
    application.close()


@pytest.fixture
def started(nginx, application):
    """started(store, realm) starts an nginx in front of the application."""

    def start(store, realm="", **options):
        return nginx(SITE, store=store.uri, server=SERVER, realm=realm,
                     passed=PASSED.format(port=application.port),
                     **OPTIONS, **options)

    return start


@pytest.fixture
def node(started, store):
    """One that keeps sessions in the store."""
    return lambda realm="", **options: started(
        store, f"session_check 1h; {KEPT[store.kind]} {realm}", **options)


def opened(server, browser, kind, folder="/app/", **options):
    """A reader of an answer that has begun."""
    reader = (Http2Reader(server, folder + "events", browser.cookie_header,
                          **options) if kind == "http2"
              else Reader(server, folder + kind, browser.cookie_header))
    if kind != "silent":
        reader.wait_for_pieces()
    return reader


def assert_cut_off(*readers):
    began = time.monotonic()
    for reader in readers:
        eventually(reader.is_cut_off, "the stream goes on")
    print(f"closed after {time.monotonic() - began:.2f} s")


@pytest.mark.parametrize("kind", KINDS)
def test_an_open_answer_is_a_use(node, kind):
    server = node("session_idle_timeout 2s;")
    alice = logged_in(server)
    with opened(server, alice, kind) as stream:
        assert stream.goes_on(5)
        assert is_logged_in(alice)


def test_upload_is_a_use(node):
    server = node("session_idle_timeout 2s;")
    alice = logged_in(server)
    with server.client().connect() as upload:
        upload.sendall(f"POST /app/length HTTP/1.1\r\nHost: a\r\nCookie: "
                       f"{alice.cookie_header}\r\nContent-Length: 1000\r\n\r\n"
                       .encode())
        for _ in range(10):
            upload.sendall(b"x" * 90)
            time.sleep(0.4)
        assert is_logged_in(alice)


def test_it_idles_out_when_the_answer_has_ended(node):
    server = node("session_idle_timeout 2s;")
    alice = logged_in(server)
    with opened(server, alice, "events"):
        pass
    time.sleep(4)
    assert not is_logged_in(alice)


@pytest.mark.parametrize("kind", KINDS)
def test_logout(node, kind):
    server = node()
    alice, bob = logged_in(server), logged_in(server, "bob")
    with opened(server, alice, kind) as of_alice, \
            opened(server, bob, kind) as of_bob:
        assert alice.post("/logout").status == 303
        assert_cut_off(of_alice)
        of_bob.wait_for_pieces()
    server.wait_for_log(r"session \S{12} has ended: its (upgraded connection "
                        r"is closed|answer without a length is cut off)")


@pytest.mark.parametrize("kind", KINDS)
def test_logout_where_sessions_are_not_kept(started, sqlite_store, kind):
    server = started(sqlite_store, "session_store off;")
    alice = logged_in(server)
    with opened(server, alice, kind) as stream:
        alice.post("/logout")
        assert_cut_off(stream)


@pytest.mark.parametrize("kind", KINDS)
def test_logout_on_another_nginx(node, kind):
    first, second = node(), node()
    alice = logged_in(first)
    there = browser_with(second, alice)
    with opened(second, there, kind) as stream:
        assert alice.post("/logout").status == 303
        assert_cut_off(stream)


@pytest.mark.parametrize("kind", KINDS)
def test_lifetime(node, kind):
    server = node("session_lifetime 8s;")
    alice = logged_in(server)
    with opened(server, alice, kind) as stream:
        assert stream.goes_on(1)
        assert_cut_off(stream)


@pytest.mark.parametrize("kind", KINDS)
def test_disabled_user(started, sqlite_store, kind):
    """session_check compares users of open answers, too."""
    server = started(sqlite_store, "session_store off; session_check 1s;")
    alice = logged_in(server)
    with opened(server, alice, kind) as stream:
        assert run("--store", sqlite_store.uri, "disable", "alice").status == 0
        assert_cut_off(stream)


def test_new_password_elsewhere(node):
    first, second = node(), node()
    alice = logged_in(first)
    other = second.browser()
    login(other, "alice")
    with opened(second, other, "events") as stream:
        answer = alice.post("/account", {
            "current_password": PASSWORD,
            "new_password": "another horse, another battery"})
        assert answer.status == 303
        assert_cut_off(stream)


def test_all_answers_of_a_session(node):
    server = node()
    alice = logged_in(server)
    streams = [opened(server, alice, kind, folder)
               for kind in KINDS * 2 for folder in ("/app/", "/maybe/")]
    alice.post("/logout")
    assert_cut_off(*streams)


@pytest.mark.parametrize("path", ["/after/events", "/after/upgraded",
                                  "/buffered/events", "/parts/length",
                                  "/sent/x"])
def test_ways_to_the_application(node, path):
    """With a post_action, through buffers, in a subrequest, and after an
    internal redirect."""
    server = node()
    alice = logged_in(server)
    with Reader(server, path, alice.cookie_header) as stream:
        stream.wait_for_pieces()
        alice.post("/logout")
        assert_cut_off(stream)
    assert alice.get("/").status == 200


def test_answer_with_a_length_goes_on(node, application):
    server = node()
    alice = logged_in(server)
    with opened(server, alice, "length") as answer:
        alice.post("/logout")
        eventually(lambda: answer.pieces() == application.PIECES,
                   "the answer is cut off", 20)


def test_answer_that_has_not_begun(node, application):
    """It goes on; once it has begun without a length, it is closed."""
    server = node()
    alice = logged_in(server)
    with Reader(server, "/app/late", alice.cookie_header) as late, \
            Reader(server, "/app/endless", alice.cookie_header) as endless:
        eventually(lambda: application.asked == 2, "nobody asks")
        alice.post("/logout")
        assert (late.status, endless.status) == (None, None)
        assert late.is_open() and endless.is_open()
        eventually(lambda: endless.status == 200, "no answer")
        assert_cut_off(endless)
        eventually(lambda: late.pieces() == application.PIECES,
                   "the answer is cut off", 20)


@pytest.mark.parametrize("kind", KINDS)
def test_off(node, kind):
    server = node("session_streams off; session_idle_timeout 2s;")
    alice = logged_in(server)
    with opened(server, alice, kind) as stream:
        assert stream.goes_on(4)
        assert is_logged_in(alice)  # it is in use all the same
        alice.post("/logout")
        assert stream.goes_on(LIMIT)


def test_words(nginx, sqlite_store):
    server = nginx.prepare(SITE, store=sqlite_store.uri, server="",
                           realm="session_streams maybe;")
    server.allow(r"\[emerg\]")
    status, output = server.test()
    assert status == 1 and '"on" or "off"' in output


def test_answers_of_nobody(node):
    server = node()
    alice = logged_in(server)
    with opened(server, server.browser(), "events", "/maybe/") as of_nobody, \
            opened(server, alice, "events", "/open/") as unprotected:
        alice.post("/logout")
        assert of_nobody.goes_on(LIMIT)
        unprotected.wait_for_pieces()


def test_http2_stream_beside_a_silent_one(node):
    """The client is told at once, although the other stream sends nothing."""
    server = node()
    alice = logged_in(server)
    with Http2Reader(server, "/open/silent", "") as silent:
        stream = opened(server, alice, "http2", beside=silent)
        alice.post("/logout")
        assert_cut_off(stream)
        assert silent.is_open()


@pytest.mark.parametrize("kind", KINDS)
def test_client_leaves_first(node, kind):
    server = node()
    alice = logged_in(server)
    for _ in range(5):
        with opened(server, alice, kind), opened(server, alice, kind) as last:
            pass
        with last:
            pass
    with opened(server, alice, kind) as stream:
        assert stream.goes_on(2)
        alice.post("/logout")
        assert_cut_off(stream)


# Without HTTP/2: the test's client reads nothing after the GOAWAY of a reload.
@pytest.mark.parametrize("kind", KINDS[:-1])
def test_reload(node, kind):
    """The old worker goes on watching."""
    server = node("session_idle_timeout 4s;")
    alice = logged_in(server)
    with opened(server, alice, kind) as stream:
        server.reload()
        assert stream.goes_on(5)
        assert alice.post("/logout").status == 303
        assert_cut_off(stream)


# The store

@pytest.mark.parametrize("is_used", [True, False])
def test_record_that_the_zone_has_lost(node, is_used):
    """The store knows whether the session was used elsewhere meanwhile."""
    first, second = node("session_idle_timeout 6s;"), \
        node("session_idle_timeout 6s;", workers=1)
    alice = logged_in(first)
    there = browser_with(second, alice)
    with opened(second, there, "events") as stream:
        [worker] = second.workers()
        os.kill(worker, signal.SIGSTOP)
        try:
            for _ in range(8):
                time.sleep(1)
                assert not is_used or is_logged_in(alice)
        finally:
            os.kill(worker, signal.SIGCONT)
        if is_used:
            assert stream.goes_on(LIMIT)
        else:
            assert_cut_off(stream)


@pytest.mark.once
@pytest.mark.parametrize("kind", KINDS)
def test_store_is_away(started, own_mongo_server, kind):
    """Nothing is closed, also when the zone is believed no longer."""
    server = started(MongoStore(own_mongo_server, patience=1),
                     f"session_check 1h; session_stale 2s; {KEPT['mongodb']}")
    alice = logged_in(server)
    with opened(server, alice, kind) as stream:
        own_mongo_server.stop()
        assert stream.goes_on(8)
        own_mongo_server.start()
        eventually(lambda: is_known(alice), "the session is not found again")
        assert stream.goes_on(3)
        alice.post("/logout")
        assert_cut_off(stream)


def is_known(browser):
    return browser.get("/dashboard").status == 200
