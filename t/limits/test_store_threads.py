"""Stores that hang keep no thread from the logins of a realm whose store
answers."""

import threading

import pytest

from harness.accounts import SITE, login
from harness.members import add_member
from harness.nginx_server import in_some_attempt
from harness.tcp_server import TcpServer

REALMS = 8  # each looks at its store and counts its hashes at the start


class Silent(TcpServer):
    """Takes connections, and never answers."""

    def __init__(self):
        self.ends = threading.Event()
        super().__init__()

    def serve(self, connection):
        self.ends.wait()

    def close(self):
        self.ends.set()
        super().close()


@pytest.fixture
def silent():
    server = Silent()
    yield server
    server.close()


def test_login_beside_stores_that_hang(nginx, sqlite_store, silent):
    hung = "".join(f"""
        auth_realm hung{i} {{
            store mongodb://127.0.0.1:{silent.port}/users;
        }}""" for i in range(REALMS))
    site = SITE.replace("auth_page ", "auth_page site ")

    def at_once(attempt):
        server = nginx(hung + site, store=sqlite_store.uri, workers=1,
                       server="")
        add_member(sqlite_store, f"member{attempt}")
        login(server.client(), f"member{attempt}")
        return "store is not ready" not in server.error_log

    in_some_attempt(at_once, "a login waits for other realms' stores")
