"""Clients that take all descriptors of a worker: who is connected goes on, and
everybody as soon as they leave."""

import contextlib

from harness.accounts import is_logged_in, logged_in, login
from harness.nginx_server import eventually


def test_no_descriptors(site, sqlite_store):
    server = site(sqlite_store, workers=1,
                  main="worker_rlimit_nofile 40;")
    alice = logged_in(server)
    server.allow(r"\[crit\].*accept4\(\) failed \(24: Too many open files\)")
    server.allow(r"\[alert\].*socket\(\) failed")
    with contextlib.ExitStack() as clients:
        connected = clients.enter_context(server.client().connect())
        for _ in range(60):
            clients.enter_context(server.client().connect())
        server.wait_for_log("Too many open files")
        for _ in range(3):
            assert alice.get("/dashboard", connection=connected).status == 200
    eventually(lambda: is_logged_in(alice), "no answer any more")
    login(server.client(), "alice")
