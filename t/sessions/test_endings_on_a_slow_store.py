"""What a worker writes into a slow store keeps nobody from learning that a
session has ended (session_store on)."""

import time

import pytest

from harness.accounts import SITE, is_logged_in, logged_in
from harness.failpoint import set_failpoint
from harness.kept_sessions import KEPT, OPTIONS, browser_with
from harness.nginx_server import eventually
from harness.stores import MongoStore


def last_use(store):
    with store.server.client() as client:
        [session] = client[store.database].ngx_auth_sessions.find(
            {"remembered": False})
    return session["seen"]


@pytest.mark.once
def test_uses_that_take_long_to_be_noted(own_mongo_server, nginx):
    """A logout elsewhere does not wait for them."""
    store = MongoStore(own_mongo_server)
    first, second = [
        nginx(SITE, store=store.uri, server="", workers=1,
              realm="session_check 1h; session_idle_timeout 12s;"
                    + KEPT["mongodb"], **OPTIONS) for _ in range(2)]
    bob = browser_with(second, logged_in(first, "bob"))
    alice = logged_in(first)
    there = browser_with(second, alice)
    with store.server.client() as client:  # one to look at
        client[store.database].ngx_auth_sessions.update_many(
            {"user": str(store.find("alice")["_id"])},
            {"$set": {"remembered": True}})
    set_failpoint(store.server, "update", "alwaysOn", blockConnection=True,
                  blockTimeMS=20000)
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline:
        assert is_logged_in(bob) and is_logged_in(there)
        time.sleep(0.1)
    noted = last_use(store)
    assert alice.post("/logout").status == 303
    eventually(lambda: not is_logged_in(there), "the other nginx goes on")
    assert last_use(store) == noted, "it has waited"
    set_failpoint(store.server, "update", "off")
    eventually(lambda: is_logged_in(bob) and last_use(store) > noted,
               "uses are not noted any more")
