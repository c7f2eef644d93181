"""Faults that were found by reading, each with the request that showed it."""

import os
import shutil
import signal

from harness.accounts import PASSWORD, login, register
from harness.stores import SqliteStore


def test_reload_with_a_folder_that_is_gone(site, sqlite_store):
    """The old configuration goes on; the master must not end."""
    server = site(sqlite_store)
    workers = server.workers()
    shutil.move(sqlite_store.folder, sqlite_store.folder + ".away")
    try:
        server.allow(r"\[emerg\].*cannot find the folder")
        os.kill(server.pid, signal.SIGHUP)
        server.wait_for_log(r"\[emerg\].*cannot find the folder")
        assert server.workers() == workers
        assert server.client().get("/").status == 200
    finally:
        shutil.move(sqlite_store.folder + ".away", sqlite_store.folder)


def test_mirror_gets_no_form(site, sqlite_store, upstream):
    server = site(sqlite_store, server="""
        mirror /copy;
        location = /copy { internal; proxy_pass http://127.0.0.1:%d; }
    """ % upstream.port)
    register(server.client(), "alice")
    login(server.client(), "alice")
    assert not any(PASSWORD.encode() in seen.body or b"password" in seen.body
                   for seen in upstream.requests)


def test_two_realms_in_one_request(nginx, sqlite_store, upstream):
    """A look at another realm's session does not change who was let in."""
    other = SqliteStore()
    try:
        server = nginx("""
            auth_realm one { store %%STORE%%; }
            auth_realm two { store %%OTHER%%; cookie_name two; }
            server {
                listen 127.0.0.1:%%PORT%%;
                location = /register { auth_page one register; }
                location = /login { auth_page one login; }
                location = /two/register { auth_page two register; }
                location = /two/login { auth_page two login; }
                location = /check { internal; auth_page two check; }
                location /app/ {
                    auth_login one;
                    auth_request /check;
                    proxy_pass http://127.0.0.1:%%UPSTREAM%%;
                }
            }
        """, store=sqlite_store.uri, other=other.uri, upstream=upstream.port)
        browser = server.browser()
        for prefix, name in (("", "alice"), ("/two", "bobby")):
            form = {"username": name, "password": PASSWORD}
            assert browser.post(f"{prefix}/register", form).status == 303
            assert browser.post(f"{prefix}/login", form).status == 303
        assert browser.get("/app/x").status == 200
        assert upstream.requests[-1].all("Remote-User") == ["alice"]
    finally:
        other.close()
