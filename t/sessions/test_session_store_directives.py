"""Directives of kept sessions that contradict each other."""

import pytest

from harness.accounts import SITE

MONGO = "mongodb://localhost:1/test"


def refused(nginx, store, realm):
    server = nginx.prepare(SITE, store=store, realm=realm, server="")
    server.allow(r"\[emerg\]")
    status, output = server.test()
    assert status == 1
    return output


def test_mongodb_needs_a_secret(nginx):
    output = refused(nginx, MONGO, "session_store on;")
    assert '"session_store on" needs a "secret"' in output


@pytest.mark.parametrize("realm, why", [
    ("session_store maybe;", '"on" or "off"'),
    ("session_stale 31m;", "at most 30m"),
    ("session_store off; session_remember 30d;",
     '"session_remember" needs "session_store on"'),
    ("session_remember 1h;",
     '"session_remember" is shorter than "session_lifetime"'),
])
def test_directives(nginx, sqlite_store, realm, why):
    assert why in refused(nginx, sqlite_store.uri, realm)
