"""session_remember: people may stay logged in on a browser."""

import signal
import time

from harness.accounts import PASSWORD, is_logged_in, register
from harness.kept_sessions import OTHER_PASSWORD, change_password


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
