"""Pages of a site's own."""

import os
import signal

import pytest

from harness.accounts import PASSWORD, register
from harness.nginx_server import eventually
from harness.shipped import ROOT

TEMPLATES = ROOT / "templates"
PRAGMA = '{{%AUTOESCAPE context="HTML"}}'


@pytest.fixture
def own(tmp_path):
    return tmp_path


def start(site, store, own, **options):
    return site(store, realm=f"templates {own};", **options)


@pytest.mark.parametrize("name", sorted(p.name for p in TEMPLATES.iterdir()))
def test_any_single_file_can_be_replaced(site, sqlite_store, own, name):
    """One file of the site's own, all others from the built-in folder."""
    text = (TEMPLATES / name).read_text()
    mark = "/* ours */" if name == "style.css" else "<p>ours</p>"
    (own / name).write_text(text + mark)
    server = start(site, sqlite_store, own, server="""
        location = /account { auth_page account; }
        location /private/ { auth_login on; }
    """)
    browser = server.browser()
    register(browser, "alice")
    browser.post("/login", {"username": "alice", "password": PASSWORD})
    anonymous = server.browser()
    pages = {
        "home.html": anonymous.get("/"),
        "register.html": anonymous.get("/register"),
        "login.html": anonymous.get("/login"),
        "dashboard.html": browser.get("/dashboard"),
        "account.html": browser.get("/account"),
        "logout.html": browser.get("/logout",
                                   headers={"Sec-Fetch-Site": "cross-site"}),
        "login_needed.html": server.client().get(
            "/private/", headers={"Accept": "text/html"}),
        "error.html": browser.request("PUT", "/login"),
    }
    for page, response in pages.items():
        everywhere = name in ("base.html", "style.css")
        assert (mark in response.text) == (everywhere or page == name), page
        assert response.header("Content-Security-Policy")


def test_what_is_typed_is_escaped(site, sqlite_store):
    server = site(sqlite_store)
    typed = """"><script>alert(1)</script><a b='&"""
    for path in ("/login", "/register"):
        text = server.client().post(path, {"username": typed,
                                           "password": PASSWORD}).text
        assert "<script>alert" not in text
        assert "&lt;script&gt;" in text


def test_reload_reads_changed_files(site, sqlite_store, own):
    page = own / "home.html"
    page.write_text(PRAGMA + "first")
    server = start(site, sqlite_store, own)
    assert "first" in server.client().get("/").text
    page.write_text(PRAGMA + "second")
    assert "first" in server.client().get("/").text
    server.reload()
    assert "second" in server.client().get("/").text


def test_broken_file_leaves_the_running_pages(site, sqlite_store, own):
    page = own / "home.html"
    page.write_text(PRAGMA + "first")
    server = start(site, sqlite_store, own)
    workers = server.workers()
    page.write_text(PRAGMA + "{{#USER}}")
    server.allow(r"\[emerg\].*home\.html")
    os.kill(server.pid, signal.SIGHUP)
    server.wait_for_log(r"\[emerg\].*home\.html")
    eventually(lambda: "first" in server.client().get("/").text, "no page")
    assert server.workers() == workers
