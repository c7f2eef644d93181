"""All nginx on one MongoDB need the key of its sessions (session_store on)."""

import pytest

from harness.accounts import (PASSWORD, SITE, is_logged_in, logged_in,
                              login, register)
from harness.admin_tool import run
from harness.kept_sessions import browser_with

KEYS = {"KEY_A": "a secret of at least thirty-two bytes",
        "KEY_B": "another secret of thirty-two or more"}


def secrets(*names):
    return " ".join(f"secret env:{name};" for name in names)


@pytest.fixture
def node(nginx, mongo_store):
    """node("KEY_A") starts an nginx on the store with these keys."""

    def start(*names):
        server = nginx(SITE, store=mongo_store.uri, server="", workers=1,
                       realm="session_check 1h; session_store on; "
                             + secrets(*names),
                       main="".join(f"env {name};" for name in KEYS),
                       environment=KEYS)
        server.keys = names
        return server

    return start


def take_keys(server, *names):
    server.edit(secrets(*server.keys), secrets(*names))
    server.keys = names
    server.reload()


def kept_ids(store):
    with store.server.client() as client:
        return list(client[store.database].ngx_auth_meta.find())


def try_to_log_in(server):
    return server.client().post("/login", {"username": "alice",
                                           "password": PASSWORD})


def test_nginx_with_another_key(node, mongo_store):
    first = node("KEY_A")
    alice = logged_in(first)
    [kept] = kept_ids(mongo_store)
    assert kept["_id"] == "key_id:users:site" and len(kept["value"]) == 32
    second = node("KEY_B")
    second.wait_for_log("does not have the key of the sessions")
    assert try_to_log_in(first).status == 303
    answer = try_to_log_in(second)
    assert (answer.status, answer.header("Retry-After") is not None) == (
        503, True)
    assert not answer.all("Set-Cookie")
    register(second.client(), "bob")
    assert not is_logged_in(browser_with(second, alice))
    assert kept_ids(mongo_store) == [kept]

    take_keys(second, "KEY_A")
    assert is_logged_in(browser_with(second, alice))
    assert try_to_log_in(second).status == 303

    # The key is lost: an operator lets another one take its place.
    take_keys(second, "KEY_B")
    assert try_to_log_in(second).status == 503
    output = run("--store", mongo_store.uri, "forget-key", "--yes")
    assert output.status == 0 and "takes the first" in output.out, output
    assert try_to_log_in(second).status == 303
    [other] = kept_ids(mongo_store)
    assert other["value"] != kept["value"]


def test_realms_with_the_same_users_may_have_keys_of_their_own(
        nginx, mongo_store):
    server = nginx("".join(f"""
        auth_realm {name} {{
            store %%STORE%%;
            session_store on;
            secret env:{key};
            cookie_name {name};
            %%HASH%%
        }}""" for name, key in (("site", "KEY_A"), ("staff", "KEY_B"))) + """
        server {
            listen 127.0.0.1:%%PORT%%;
            location = /register    { auth_page site register; }
            location = /login       { auth_page site login; }
            location = /staff/login { auth_page staff login; }
            location = /dashboard   { auth_page site dashboard; }
            location = /staff/      { auth_page staff dashboard; }
        }""", store=mongo_store.uri, environment=KEYS,
                   main="".join(f"env {name};" for name in KEYS))
    register(server.client(), "alice")
    login(server.client(), "alice")
    login(server.client(), "alice", page="/staff/login")
    assert {kept["_id"] for kept in kept_ids(mongo_store)} == {
        "key_id:users:site", "key_id:users:staff"}
    assert run("--store", mongo_store.uri, "forget-key", "--yes").status == 0
    assert kept_ids(mongo_store) == []


def test_configuration_of_before_does_not_bring_the_old_key_back(node):
    """An nginx that was down while the key was changed, or an old worker."""
    first = node("KEY_A")
    register(first.client(), "alice")
    take_keys(first, "KEY_B", "KEY_A")
    assert try_to_log_in(first).status == 303
    second = node("KEY_A", "KEY_B")
    assert try_to_log_in(second).status == 303
    take_keys(first, "KEY_B")
    assert try_to_log_in(first).status == 303


def test_new_key_locks_nobody_out(node):
    """It goes second on all nginx, then first on all; then the old one goes."""
    nodes = [node("KEY_A"), node("KEY_A")]
    register(nodes[0].client(), "alice")
    old = nodes[0].browser()
    login(old, "alice")
    for keys in (["KEY_A", "KEY_B"], ["KEY_B", "KEY_A"]):
        for changed in nodes:
            take_keys(changed, *keys)
            for server in nodes:
                browser = server.browser()
                login(browser, "alice")
                assert all(is_logged_in(browser_with(other, browser))
                           for other in nodes)
                assert is_logged_in(browser_with(server, old))
    for changed in nodes:
        take_keys(changed, "KEY_B")
        for server in nodes:
            browser = server.browser()
            login(browser, "alice")
            assert all(is_logged_in(browser_with(other, browser))
                       for other in nodes)
    nodes[0].restart()  # until then the zone knows the session
    assert not is_logged_in(browser_with(nodes[0], old))
