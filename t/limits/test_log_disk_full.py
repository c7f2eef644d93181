"""A full disk under nginx's own logs: nobody notices, and what the log would have
said is lost."""

import os
from pathlib import Path

from harness.accounts import (PASSWORD, SITE, is_logged_in, logged_in,
                              login)
from harness.audit import AUDITED, events
from harness.kept_sessions import browser_with
from harness.nginx_server import eventually
from harness.workers import open_files

FULL = "/dev/full"


def test_disk_of_the_error_log(nginx, site, sqlite_store):
    server = nginx.prepare(
        SITE, store=sqlite_store.uri, realm=AUDITED, workers=1,
        server=f"access_log {FULL}; location /private/ {{ auth_login site; "
               "root %%DIR%%; }")
    server.edit(f"error_log {server.folder}/error.log", f"error_log {FULL}")
    Path(server.folder, "private").mkdir()
    Path(server.folder, "private/page").write_text("for alice")
    elsewhere = site(sqlite_store)
    carol = logged_in(elsewhere, "carol")
    server.start()
    [worker] = server.workers()
    assert FULL in open_files(worker)

    alice = logged_in(server)
    page = alice.get("/private/page")
    assert (page.status, page.text) == (200, "for alice")
    there = browser_with(server, carol)
    assert is_logged_in(there)  # looked up
    assert server.client().post("/login", {
        "username": "alice", "password": "wrong"}).status == 401
    bob = logged_in(server, "bob")
    assert bob.post("/logout").status == 303 and not is_logged_in(bob)
    os.rename(sqlite_store.path, sqlite_store.path + ".away")
    newcomer = server.browser()
    assert newcomer.post("/login", {"username": "alice",
                                    "password": PASSWORD}).status == 503
    assert "ngx_auth" not in newcomer.jar
    os.rename(sqlite_store.path + ".away", sqlite_store.path)
    server.reload()
    login(newcomer, "alice")
    assert all(is_logged_in(each) for each in (alice, there, newcomer))

    def told():
        return [event["event"] for event in events(server)]

    eventually(lambda: told().count("logged in") == 3, "the audit log is short")
    assert "store error" in told()
    assert [event for event in told() if event != "store error"] == [
        "registered", "logged in", "login failed", "registered", "logged in",
        "logged out", "logged in"]
    assert sqlite_store.sessions() == 3
    assert server.error_log == "" == server.access_log
