"""Ten thousand connections that do nothing keep nobody out."""

import contextlib
import resource

import pytest

from harness.accounts import (PASSWORD, SITE, is_logged_in, logged_in,
                              login, register)
from harness.http_client import read_response
from harness.nginx_server import eventually

MANY = 10_000


@pytest.fixture
def descriptors():
    """Enough of them, for this process and for nginx."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = 2 * MANY
    if hard != resource.RLIM_INFINITY and hard < wanted:
        pytest.skip(f"a process may have {hard} descriptors only")
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, wanted), hard))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@pytest.mark.once
def test_idle_on_the_login_page(nginx, sqlite_store, descriptors):
    """Half of them have loaded it, and half have not said a word."""
    server = nginx.prepare(
        SITE, store=sqlite_store.uri,
        server="client_header_timeout 10m; keepalive_timeout 10m;")
    server.edit("worker_connections 512;", f"worker_connections {2 * MANY};")
    server.start()
    alice = logged_in(server)
    with contextlib.ExitStack() as stack:
        idle = [stack.enter_context(server.client().connect())
                for _ in range(MANY)]
        for connection in idle[::2]:
            connection.sendall(b"GET /login HTTP/1.1\r\nHost: x\r\n\r\n")
        assert all(read_response(connection).status == 200
                   for connection in idle[::2])
        eventually(lambda: len(server.client_sockets()) >= MANY,
                   "nginx has not taken all of them")
        for i in range(20):
            assert is_logged_in(alice)
            register(server.client(), f"user{i}")
            login(server.client(), f"user{i}", PASSWORD)
        assert len(server.client_sockets()) >= MANY
        # whoever has waited is served, too
        for connection in idle[1::500]:
            connection.sendall(b"GET /login HTTP/1.1\r\nHost: x\r\n\r\n")
            assert read_response(connection).status == 200
    assert is_logged_in(alice)
