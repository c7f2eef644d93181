"""What is stored, and what happens when the store is not there."""

import os
import re
import stat
import time
from concurrent.futures import ThreadPoolExecutor

import argon2
import pytest
from bson import ObjectId

from harness import mongo_server as mongo
from harness.accounts import (PASSWORD, REFUSED, SITE, after_an_outage,
                              is_logged_in, logged_in, login, register)

# As the Flask template and other tools write users: nothing but the name and
# a hash, of a cost of their own.
PLAIN_HASH = argon2.PasswordHasher(
    time_cost=3, memory_cost=32 * 1024, parallelism=2).hash(PASSWORD)


def test_document(site, store):
    server = site(store, hash="")
    register(server.client(), "alice")
    [document] = store.documents()
    if store.kind == "mongodb":
        assert isinstance(document["_id"], ObjectId)
    else:
        assert re.fullmatch("[0-9a-f]{24}", document["_id"])
    assert document["username"] == "alice"
    assert re.fullmatch(
        r"\$argon2id\$v=19\$m=19456,t=2,p=1\$[A-Za-z0-9+/]{22}"
        r"\$[A-Za-z0-9+/]{43}", document["password"])
    assert argon2.PasswordHasher().verify(document["password"], PASSWORD)
    assert set(document) <= {"_id", "username", "password", "created_at"}


def test_two_users_with_one_password_have_two_hashes(site, store):
    server = site(store)
    register(server.client(), "alice")
    register(server.client(), "bob")
    first, second = store.documents()
    assert first["password"] != second["password"]
    assert first["_id"] != second["_id"]


def test_fifty_registrations_of_one_name_at_once(site, store):
    server = site(store, realm="password_concurrency 2 queue=128;")

    def try_it(_):
        for _ in range(20):
            status = server.client().post(
                "/register",
                {"username": "alice", "password": PASSWORD}).status
            if status != 503:  # waited 10 s, as on a busy machine
                break
        return status

    with ThreadPoolExecutor(50) as pool:
        statuses = sorted(pool.map(try_it, range(50)))
    assert statuses == [303] + [409] * 49
    assert [d["username"] for d in store.documents()] == ["alice"]


def test_many_people_at_once(site, store):
    server = site(store, realm="password_concurrency 2 queue=128;")

    def join(number):
        browser = server.browser()
        register(browser, f"user{number}")
        login(browser, f"user{number}")
        return f"user{number}" in browser.get("/dashboard").page.text

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(join, range(16)))
    assert len({d["_id"] for d in store.documents()}) == 16


def test_documents_of_other_programs_log_in(site, store):
    server = site(store)
    register(server.client(), "first")  # the table or index is made now
    store.insert("carol", PLAIN_HASH)
    alice = server.browser()
    login(alice, "carol")
    assert "carol" in alice.get("/dashboard").page.text


def test_stored_name_in_another_spelling(site, store):
    """It logs in exactly as stored, and keeps its folded twin from others."""
    server = site(store)
    register(server.client(), "first")
    store.insert("Dave O'Neil", PLAIN_HASH)
    login(server.client(), "Dave O'Neil")
    store.insert("Erin", PLAIN_HASH)
    login(server.client(), "Erin")
    response = server.client().post(
        "/register", {"username": "erin", "password": PASSWORD})
    assert response.status == 409


def test_stored_hash_of_another_kind_is_refused(site, store):
    server = site(store)
    register(server.client(), "first")
    for name, stored in (("bcrypt", "$2b$10$" + "a" * 53),
                         ("plain", PASSWORD), ("empty", ""),
                         ("huge", PLAIN_HASH.replace("m=32768", "m=4194304"))):
        store.insert(name, stored)
        response = server.client().post(
            "/login", {"username": name, "password": PASSWORD})
        assert response.status == 401
        assert REFUSED in response.page.text
        assert stored == "" or stored not in server.error_log


def test_weaker_hash_is_made_anew_at_login(site, store):
    server = site(store, hash="")
    register(server.client(), "first")
    weak = argon2.PasswordHasher(
        time_cost=1, memory_cost=8 * 1024, parallelism=1).hash(PASSWORD)
    store.insert("carol", weak)
    store.insert("strong", PLAIN_HASH)
    wrong = server.client().post(
        "/login", {"username": "carol", "password": "wrong password"})
    assert wrong.status == 401
    assert store.find("carol")["password"] == weak
    login(server.client(), "carol")
    assert "m=19456,t=2,p=1" in store.find("carol")["password"]
    login(server.client(), "carol")
    login(server.client(), "strong")
    assert store.find("strong")["password"] == PLAIN_HASH


def test_deleted_user_cannot_log_in(site, store):
    server = site(store)
    register(server.client(), "alice")
    store.delete("alice")
    assert server.client().post(
        "/login", {"username": "alice", "password": PASSWORD}).status == 401


def test_users_survive_a_restart(nginx, store):
    first = nginx(SITE, store=store.uri, realm="", server="")
    register(first.client(), "alice")
    first.finish()
    second = nginx(SITE, store=store.uri, realm="", server="")
    login(second.client(), "alice")


# MongoDB

def test_mongodb_password_as_binary(site, mongo_store):
    server = site(mongo_store)
    register(server.client(), "first")
    mongo_store.insert("carol", PLAIN_HASH.encode())
    login(server.client(), "carol")


def test_mongodb_index(site, mongo_store):
    server = site(mongo_store)
    register(server.client(), "alice")
    with mongo_store.server.client() as client:
        indexes = client[mongo_store.database].users.index_information()
    assert any(i["key"] == [("username", 1)] and i.get("unique")
               for i in indexes.values())


def test_mongodb_uri_in_the_environment(nginx, mongo_store):
    server = nginx(SITE, store="env:MONGO_URI", realm="", server="",
                   environment={"MONGO_URI": mongo_store.uri})
    alice = logged_in(server)
    server.reload()
    assert is_logged_in(alice)
    login(server.client(), "alice")
    assert mongo_store.find("alice")


def test_uri_in_a_file(nginx, store):
    server = nginx.prepare(SITE, store="file:%%DIR%%/uri", realm="", server="")
    with open(f"{server.folder}/uri", "w") as file:
        file.write(store.uri + "\n")
    server.start()
    logged_in(server)
    assert store.find("alice")


@pytest.mark.parametrize("around", ["  %s  \n\n", '"%s"', "'%s'\r\n",
                                    "\ufeff%s\n"])
@pytest.mark.parametrize("source", ["file", "env"])
def test_uri_with_something_around_it(nginx, store, source, around):
    held = around % store.uri
    server = nginx.prepare(
        SITE, store={"file": "file:%%DIR%%/uri", "env": "env:AUTH_URI"}[source],
        realm="", server="", environment={"AUTH_URI": held})
    with open(f"{server.folder}/uri", "w", newline="") as file:
        file.write(held)
    server.start()
    logged_in(server)
    assert store.find("alice")


@pytest.mark.parametrize("held,says", [
    ("", "nothing is in"), (" \n", "nothing is in"),
    ('export MONGO_URI = "mongodb://u:hidden@h/d"  # x', 'without "NAME="')])
def test_file_without_a_uri(nginx, held, says):
    server = nginx.prepare(SITE, store="file:%%DIR%%/uri", realm="", server="")
    with open(f"{server.folder}/uri", "w") as file:
        file.write(held)
    server.allow(r"\[emerg\]")
    status, output = server.test()
    assert status != 0
    assert says in output and "nginx.conf:" in output, output
    assert "hidden" not in output


@pytest.fixture
def scram_uri(scram_server):
    database = f"auth_scram_{time.time_ns()}"
    password = mongo.PASSWORD.replace("&", "%26")
    yield (f"mongodb://{mongo.USER}:{password}@{scram_server.address}"
           f"/{database}?authSource=admin&authMechanism=SCRAM-SHA-256")
    with scram_server.client() as client:
        client.drop_database(database)


def test_scram(nginx, scram_uri):
    server = nginx(SITE, store=scram_uri, realm="", server="")
    logged_in(server)
    assert_no_password(server)


@pytest.mark.parametrize("spelling", [
    "authMechanism=DEFAULT", "authmechanism=default", "ssl=false;w=majority"])
def test_scram_as_pymongo_spells_it(nginx, scram_uri, spelling):
    uri = scram_uri.replace("authMechanism=SCRAM-SHA-256", spelling)
    if ";" in spelling:
        uri = uri.replace("&", ";")
    server = nginx(SITE, store=f'"{uri}"', realm="", server="")
    logged_in(server)


def test_scram_with_a_wrong_password(nginx, scram_uri):
    server = nginx(SITE, store=scram_uri.replace("tr0ub4dor", "tr0ub4d0r"),
                   realm="", server="")
    for path in ("/register", "/login"):
        response = server.client().post(
            path, {"username": "alice", "password": PASSWORD})
        assert response.status == 503
        assert int(response.header("Retry-After")) > 0
    server.wait_for_log("[Aa]uthentication")
    assert_no_password(server)


def assert_no_password(server):
    for text in (server.error_log, server.access_log):
        for secret in ("tr0ub4d", PASSWORD, "correct+horse", "$argon2id"):
            assert secret not in text


# Not there

def unavailable(response):
    assert response.status == 503, response
    assert int(response.header("Retry-After")) > 0
    assert response.header("Cache-Control") == "no-store"
    assert response.page.text
    return response


def test_nginx_starts_while_the_store_is_down(nginx, own_mongo_server):
    own_mongo_server.stop()
    server = nginx(SITE, store=own_mongo_server.uri("test"), realm="",
                   server="")
    form = {"username": "alice", "password": PASSWORD}
    unavailable(server.client().post("/register", form))
    unavailable(server.client().post("/login", form))
    assert server.client().get("/").status == 200
    assert server.client().get("/login").status == 200
    server.wait_for_log(re.escape(own_mongo_server.address))

    own_mongo_server.start()
    for page in "/register", "/login":
        assert after_an_outage(
            lambda: server.client().post(page, form)).status == 303


@pytest.mark.once
def test_site_at_rest_finds_a_store_that_is_back(nginx, own_mongo_server):
    """Its first login is answered, although nothing was asked in between."""
    server = nginx(SITE, store=own_mongo_server.uri("test"), realm="",
                   server="", workers=1)
    register(server.client(), "alice")
    form = {"username": "alice", "password": PASSWORD}
    own_mongo_server.stop()
    unavailable(server.client().post("/login", form))
    own_mongo_server.start()
    time.sleep(12)  # longer than a pool looks for a server in vain
    assert server.client().post("/login", form).status == 303


def test_sessions_live_on_while_the_store_is_down(nginx, own_mongo_server):
    server = nginx(SITE, store=own_mongo_server.uri("test"), realm="",
                   server="")
    alice = logged_in(server)
    own_mongo_server.stop()
    assert is_logged_in(alice)
    unavailable(server.client().post(
        "/login", {"username": "alice", "password": PASSWORD}))
    assert is_logged_in(alice)
    assert alice.post("/logout").status == 303
    assert not is_logged_in(alice)


def test_frozen_store_delays_nobody_else(nginx, own_mongo_server):
    """The event loop never waits for the store."""
    server = nginx(SITE, store=own_mongo_server.uri("test"), realm="",
                   server="", workers=1)
    alice = logged_in(server)
    own_mongo_server.freeze()
    try:
        with ThreadPoolExecutor(4) as pool:
            asked = [pool.submit(
                server.client().post, "/login",
                {"username": "alice", "password": PASSWORD}) for _ in range(4)]
            served = 0
            while not any(each.done() for each in asked):
                assert is_logged_in(alice)
                served += not any(each.done() for each in asked)
            for answer in asked:
                unavailable(answer.result())
        assert served >= 3
    finally:
        own_mongo_server.thaw()


def test_sqlite_file_is_private(site, sqlite_store):
    server = site(sqlite_store)
    register(server.client(), "alice")
    for name in os.listdir(sqlite_store.folder):
        info = os.stat(os.path.join(sqlite_store.folder, name))
        assert stat.S_IMODE(info.st_mode) == 0o600, name
        assert info.st_uid == os.stat(sqlite_store.folder).st_uid, name


def test_sqlite_is_safe_against_power_loss(site, sqlite_store):
    server = site(sqlite_store)
    register(server.client(), "alice")
    with sqlite_store._open() as database:
        [[mode]] = database.execute("PRAGMA journal_mode")
        assert mode == "wal"
        [[answer]] = database.execute("PRAGMA integrity_check")
        assert answer == "ok"


def test_sqlite_locked_by_somebody_else(site, sqlite_store):
    server = site(sqlite_store)
    alice = logged_in(server)
    database = sqlite_store._open()
    database.isolation_level = None
    database.execute("BEGIN EXCLUSIVE")
    unavailable(server.client().post(
        "/register", {"username": "bob", "password": PASSWORD}))
    assert is_logged_in(alice)
    database.execute("ROLLBACK")
    database.close()
    register(server.client(), "bob")


def test_sqlite_file_deleted_while_running(site, sqlite_store):
    """Whatever is answered, nobody is told a registration that is lost."""
    server = site(sqlite_store)
    register(server.client(), "alice")
    for name in os.listdir(sqlite_store.folder):
        os.remove(os.path.join(sqlite_store.folder, name))
    response = server.client().post(
        "/register", {"username": "bob", "password": PASSWORD})
    if response.status == 303:
        assert sqlite_store.find("bob")
    else:
        unavailable(response)
