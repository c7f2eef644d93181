"""Where a login leads, in a real browser: whatever `next` is and does, it
arrives; and what is behind one after logging out."""

import pytest

from harness.accounts import PASSWORD
from harness.sites import join, log_in, register, send, two_sites

pytestmark = pytest.mark.once

SERVER = """
        location = /leave { return 302 http://127.0.0.1:%%PORT1%%/there?a=b; }
        location = /leave-later { return 302 /leave; }
        location = /leave-name { return 302 http://other.test:%%PORT1%%/there; }
        location = /leave-oddly { return 302 "http://other.test:%%PORT1%%/there?a=b c'd,e;url=f%22#g h"; }
        location /app/ {
            proxy_pass http://127.0.0.1:%%APP%%;
            proxy_redirect off;
        }
        location /private/ {
            auth_login on;
            proxy_pass http://127.0.0.1:%%APP%%;
        }
"""

PAGE = (b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n"
        b"Connection: close\r\n\r\nthe application")


@pytest.fixture
def server(nginx, sqlite_store, upstream):
    return two_sites(nginx, sqlite_store, SERVER, app=upstream.port)


def own_origins(server):
    return [server.origin, f"http://site.test:{server.port}"]


def complaints(tab):
    """But for one of plain HTTP: there a browser ignores one of our headers,
    and says so. A terminator of TLS may be in front, so it is always sent."""
    return [line for line in tab.complaints
            if "Cross-Origin-Opener-Policy header has been ignored" not in line]


@pytest.mark.parametrize("path, arrives", [
    ("/leave", "http://127.0.0.1:{other}/there?a=b"),
    ("/leave-later", "http://127.0.0.1:{other}/there?a=b"),
    ("/leave-name", "http://other.test:{other}/there"),
    ("/leave-oddly",
     "http://other.test:{other}/there?a=b%20c%27d,e;url=f%22#g%20h"),
])
def test_next_that_redirects_to_another_origin(tab, server, path, arrives):
    for origin in own_origins(server):
        name = "alice" if origin == server.origin else "bob"
        register(tab, origin, name)
        tab.visit(f"{origin}/login?next={path}")
        form = tab.url
        tab.fill(username=name, password=PASSWORD)
        tab.click("main form button")
        tab.wait_for_url(arrives.format(other=server.ports["PORT1"]))
        assert tab.text == "arrived"
        assert tab.violations == complaints(tab) == []
        # each answer is a redirect as it was sent, none a page of its own
        assert {status for status, url in tab.answers
                if url.startswith(origin + "/leave")} == {302}
        assert tab.history[-2:] == [form, tab.url]
        # and the other site is told nothing
        assert tab.evaluate("document.referrer") == ""
        # back at the login page one is logged in, and led on again
        tab.go_back()
        assert tab.url == arrives.format(other=server.ports["PORT1"])
        assert tab.violations == complaints(tab) == []
        tab.visit(origin + "/dashboard")
        assert "Welcome, " + name in tab.text


def test_protected_application_that_redirects(tab, server, upstream):
    """A whole visit: sent to the login, through it, and on."""
    upstream.answers["/private/x"] = (
        b"HTTP/1.1 302 Found\r\nLocation: " + server.other.encode() +
        b"/there?a=b\r\nSet-Cookie: kept=yes; Path=/\r\nConnection: close"
        b"\r\n\r\n<script>alert(1)</script>")
    upstream.answers["/private/y"] = PAGE
    register(tab, server.origin)
    tab.visit(server.origin + "/private/x")
    assert tab.url == server.origin + "/login?next=/private/x"
    send(tab, username="alice", password="wrong")  # the page is sent anew
    tab.fill(username="alice", password=PASSWORD)
    tab.click("main form button")
    tab.wait_for_url(server.other + "/there?a=b")
    tab.visit(server.origin + "/private/y")
    assert "kept=yes" in tab.evaluate("document.cookie")
    assert tab.violations == complaints(tab) == []


def test_log_out_where_home_redirects(tab, nginx, sqlite_store):
    server = two_sites(nginx, sqlite_store, realm="home_url /bye;", server="""
        location = /bye { return 302 http://localhost:%%PORT1%%/there; }
    """)
    join(tab, server.origin)
    tab.click("nav button")
    tab.wait_for_url(f"http://localhost:{server.ports['PORT1']}/there")
    assert tab.violations == []


@pytest.mark.parametrize("path", [
    "/private/a%20b", "/private/%C3%A4%2Fb?q=%26%3D%2B+%25&r=a;b,c#top",
    "/private/a'b\"c<d>", "/private/%3Cscript%3E?next=/login",
    "/private/\u00e4\u4e2d", "/private/?a=b&next=%2Flogin&c", "/private/%e2%82",
])
def test_next_with_odd_characters(tab, server, upstream, path):
    """One comes out where one wanted to go, and so does the application."""
    upstream.otherwise = PAGE
    join(tab, server.origin)
    tab.visit(server.origin + path)
    wanted, asked = tab.url, upstream.last.path
    tab.visit(server.origin + "/logout")
    tab.visit(server.origin + path)
    assert tab.url.startswith(server.origin + "/login?next=/private/")
    send(tab, username="alice", password=PASSWORD)
    assert tab.url == wanted
    assert upstream.last.path == asked
    assert tab.violations == complaints(tab) == []


def test_fragment_survives_the_login(tab, server, upstream):
    """A single-page application keeps there where one was."""
    upstream.otherwise = PAGE
    register(tab, server.origin)
    tab.visit(server.origin + "/private/app#/view/7")
    assert tab.url == server.origin + "/login?next=/private/app#/view/7"
    send(tab, username="alice", password="wrong")
    assert tab.url == server.origin + "/login?next=/private/app#/view/7"
    send(tab, username="alice", password=PASSWORD)
    assert tab.url == server.origin + "/private/app#/view/7"
    assert tab.violations == complaints(tab) == []


def test_login_page_that_an_error_has_led_to(tab, nginx, sqlite_store):
    """Its form is not sent to the address that the browser shows."""
    server = two_sites(nginx, sqlite_store, """
        location = /closed { error_page 403 =200 /login; return 403; }
    """)
    register(tab, server.origin)
    tab.visit(server.origin + "/closed")
    assert tab.url == server.origin + "/closed"
    send(tab, username="alice", password=PASSWORD)
    assert tab.url == server.origin + "/dashboard"
    assert "Welcome, alice" in tab.text


def test_back_after_logging_out(tab, server):
    join(tab, server.origin)
    assert "Welcome, alice" in tab.text
    tab.follow("nav button")
    assert tab.url == server.origin + "/"
    tab.go_back()
    tab.wait_for_url(server.origin + "/login?next=/dashboard")
    assert "alice" not in tab.text


def test_back_after_logging_in(tab, server):
    """The form is not offered again, and nothing is sent again."""
    register(tab, server.origin)
    log_in(tab, server.origin)
    tab.go_back()
    assert tab.url == server.origin + "/dashboard"
    assert "Welcome, alice" in tab.text
