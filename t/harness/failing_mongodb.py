"""A site whose sessions MongoDB keeps, and fails."""

import re
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from .accounts import PASSWORD, SITE, login, register
from .kept_sessions import KEPT, OPTIONS
from .mongo_proxy import MongoProxy
from .mongo_server import MongoServer
from .nginx_server import Nginx, eventually
from .stores import MongoStore

FIND_USER = "find", "users"
INSERT_USER = "insert", "users"
CHANGE_USER = "update", "users"
FIND = "find", "ngx_auth_sessions"
INSERT = "insert", "ngx_auth_sessions"
DELETE = "delete", "ngx_auth_sessions"
SEEN = "update", "ngx_auth_sessions"
REVOKE = "insert", "ngx_auth_revocations"
POLL = "find", "ngx_auth_revocations"

LOCATIONS = """
    location = /account { auth_page account; }
    location = /check { auth_page check; }
    location /files/ { auth_login site; root %%DIR%%; }
"""
IN, OUT, WAIT = 200, 302, 503


class Site:
    """Two nginx on one database: `here` asks it by the proxy, `there`
    directly. `patience`: see MongoStore; None: the module's own limits."""

    def __init__(self, request, patience):
        self._options = request.config.option
        self._people = self._read = 0
        self._servers = []
        self.server = MongoServer()
        self.proxy = MongoProxy(self.server.port)
        self.store = MongoStore(self.server, patience or 1)
        if patience is None:
            self.store.uri = self.store.uri.partition("?")[0]
        self.here = self.start()
        self.there = self.start(way=self.server)

    def start(self, realm="", way=None):
        uri = self.store.uri.replace(self.server.address,
                                     (way or self.proxy).address)
        server = Nginx(self._options.nginx, self._options.module, SITE,
                       store=uri,
                       realm=f"session_check 1h; {KEPT['mongodb']} "
                             + realm, server=LOCATIONS, **OPTIONS)
        self._servers.append(server)
        Path(server.folder, "files").mkdir()
        Path(server.folder, "files/one").write_text("one")
        return server.start()

    def close(self):
        self.proxy.heal()
        try:
            for server in self._servers:
                server.finish()
        finally:
            for server in self._servers:
                server.kill()
                server.remove()
            self.proxy.close()
            self.server.close()

    def member(self):
        self._people += 1
        name = f"person{self._people}"
        register(self.there.client(), name)
        return name

    def person(self, on):
        """A browser of somebody new who is logged in there."""
        browser = on.browser()
        browser.person = self.member()
        login(browser, browser.person)
        return browser

    def sessions_of(self, name):
        with self.server.client() as client:
            database = client[self.store.database]
            [user] = database.users.find({"username": name})
            return list(database.ngx_auth_sessions.find(
                {"user": str(user["_id"])}))

    @contextmanager
    def failing(self, fault, *where, times=None):
        self._read = len(self.here.error_log)
        self.proxy.fail(fault, *where, times=times)
        try:
            yield
            # what a worker does by itself it does within a second
            eventually(lambda: set(where) <= set(self.proxy.met),
                       f"nothing has failed: {where}")
        finally:
            self.proxy.heal()

    def says(self, text):
        """Waits until the log of `here` has it, since the failure began."""
        eventually(lambda: re.search(text, self.here.error_log[self._read:]),
                   f"the log does not say {text}")


def is_told_to_wait(answer):
    assert answer.status == WAIT, answer
    assert int(answer.header("Retry-After")) > 0
    assert answer.header("Cache-Control") == "no-store"
    return True


def status(browser):
    return browser.get("/files/one").status


def try_to_log_in(server, name):
    """(the browser, the answer)"""
    browser = server.browser()
    return browser, browser.post("/login", {"username": name,
                                            "password": PASSWORD})


def at_once(*calls):
    with ThreadPoolExecutor(len(calls)) as threads:
        return [each.result() for each in
                [threads.submit(call) for call in calls]]


def timed(call):
    began = time.monotonic()
    return call(), time.monotonic() - began
