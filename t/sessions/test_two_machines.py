"""Two machines with an nginx each and one store are one site, also when one of
them cannot reach the store for a while."""

import contextlib
import copy
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from harness.accounts import PASSWORD, SITE, logged_in, login, register
from harness.admin_tool import run
from harness.forwarder import Forwarder
from harness.kept_sessions import (ACCOUNT, KEPT, OPTIONS, OTHER_PASSWORD,
                                   SOON_AGAIN, browser_with, change_password)
from harness.machines import Network, NotAllowed
from harness.mongo_server import MongoServer
from harness.nginx_server import eventually
from harness.stores import MongoStore, SqliteStore

pytestmark = pytest.mark.once

IN, OUT, WAIT, FORBIDDEN = 404, 302, 503, 403  # the folders are empty
LOCATIONS = ACCOUNT + """
        location /private/ { auth_login site; }
        location /staff/ { auth_login site roles=staff; }
"""


class World:
    """What two nginx run in. `stores(patience)` is a fresh store as each of them
    reaches it; `machines` is where each runs, if not here; with `cables` a test cuts
    them off from the store."""

    def __init__(self, stores, machines=(None, None), cables=()):
        self.stores = stores
        self.machines = machines
        self.cables = cables


@contextlib.contextmanager
def machines_of_their_own():
    """Two network namespaces; the store listens on this machine."""
    with contextlib.ExitStack() as closing:
        try:
            network = closing.enter_context(Network())
            two = [network.machine(), network.machine()]
        except NotAllowed as why:
            pytest.skip(f"no network namespaces here: {why}")
        server = MongoServer(host=network.store_address)
        closing.callback(server.close)
        yield World(lambda patience: [MongoStore(server, patience)] * 2,
                    two, two)


@contextlib.contextmanager
def behind_forwarders():
    """Each nginx reaches the store through a forwarder of its own."""
    with contextlib.ExitStack() as closing:
        server = MongoServer()
        closing.callback(server.close)
        cables = [Forwarder(server.port) for _ in range(2)]
        for cable in cables:
            closing.callback(cable.close)

        def stores(patience):
            direct = MongoStore(server, patience)
            both = [copy.copy(direct) for _ in cables]
            for store, cable in zip(both, cables):
                store.uri = direct.uri.replace(f":{server.port}/",
                                               f":{cable.port}/")
            return both

        yield World(stores, cables=cables)


@contextlib.contextmanager
def one_file():
    """Two masters on one SQLite file, without a zone in common."""
    yield World(lambda patience: [SqliteStore()] * 2)


KINDS = {"machines": machines_of_their_own, "forwarders": behind_forwarders,
         "one file": one_file}


@pytest.fixture(scope="module", params=KINDS)
def world(request):
    with KINDS[request.param]() as pair:
        yield pair


@pytest.fixture
def patience():
    """How many seconds MongoDB has for an answer; see MongoStore."""
    return 30


@pytest.fixture
def stores(world, patience):
    both = world.stores(patience)
    yield both
    for cable in world.cables:
        cable.mend()
    both[0].close()


@pytest.fixture
def pair(world, stores, nginx):
    """pair(realm) starts the two nginx; session_check, unless it is in `realm`,
    does no work."""

    def start(store, machine, realm):
        site, where = SITE, {}
        if machine:
            site = site.replace("127.0.0.1", machine.address)
            where = {"address": machine.address, "wrapper": machine.wrapper}
        return nginx(site, store=store.uri, server=LOCATIONS,
                     realm=f"{KEPT[store.kind]} {realm}", **where,
                     **OPTIONS)

    return lambda realm="session_check 1h;": [
        start(*each, realm) for each in zip(stores, world.machines)]


def status(browser):
    return browser.get("/private/x").status


def ends(browser, what):
    """Waits until the browser's session has ended; says how long it took."""
    began = time.monotonic()
    eventually(lambda: status(browser) == OUT, f"{what}: the session goes on")
    print(f"{what}: elsewhere after {time.monotonic() - began:.2f} s")


def test_two_are_one_site(pair):
    """Whichever of them somebody registers, logs in, or ends a session on."""
    first, second = pair()
    register(first.client(), "alice")
    alice = second.browser()
    login(alice, "alice")
    there = browser_with(first, alice)
    seen = [status(browser) for _ in range(100) for browser in (there, alice)]
    assert seen == [IN] * 200

    thief, owner = browser_with(second, alice), first.browser()
    login(owner, "alice")
    assert status(thief) == IN
    change_password(owner, OTHER_PASSWORD)
    ends(thief, "new password")
    assert status(owner) == IN and status(browser_with(second, owner)) == IN

    there = browser_with(second, owner)
    assert owner.post("/logout").status == 303
    ends(there, "logout")


def test_roles_that_change_on_one(stores, pair):
    first, second = pair("session_check 1s;")
    alice = logged_in(first)
    both = [alice, browser_with(second, alice)]
    assert [b.get("/staff/x").status for b in both] == [FORBIDDEN] * 2
    began = time.monotonic()
    assert run("--store", stores[0].uri, "roles", "alice",
               "staff").status == 0
    for browser in both:
        eventually(lambda b=browser: b.get("/staff/x").status == IN,
                   "the roles are the old ones")
    print(f"roles: on both after {time.monotonic() - began:.2f} s")


def test_logins_on_both_at_once(pair):
    """As many stay as session_limit says, and both nginx agree on which."""
    nodes = pair("session_check 1h; session_limit 3;")
    register(nodes[0].client(), "alice")

    def log_in(number):
        browser = nodes[number % 2].browser()
        login(browser, "alice")
        return browser

    with ThreadPoolExecutor(8) as people:
        browsers = list(people.map(log_in, range(8)))

    def live():
        seen = [[status(browser_with(node, browser)) for node in nodes]
                for browser in browsers]
        return [each for each in seen if each != [OUT, OUT]]

    eventually(lambda: live() == [[IN, IN]] * 3, "more or fewer sessions live")


def told_to_wait(answer):
    """An answer that neither lets in nor refuses."""
    if answer.status != WAIT:
        return False
    assert int(answer.header("Retry-After")) > 0
    return True


def answer_at_last(browser):
    """Each worker finds by itself that the store is back."""
    seen = []
    eventually(lambda: seen.append(status(browser)) or seen[-1] != WAIT,
               "a worker does not recover", SOON_AGAIN)
    return seen[-1]


@pytest.mark.parametrize("world", ["machines", "forwarders"], indirect=True)
@pytest.mark.parametrize("patience", [5])
@pytest.mark.parametrize("how", ["drop", "refuse"])
def test_one_is_cut_off_from_the_store(world, pair, how):
    """It goes on with the sessions that it knows for session_stale, and then
    with none. When it reaches the store again it knows what has happened."""
    first, second = pair("session_check 1h; session_stale 8s;")
    alice, bob, carol = [logged_in(first, name)
                         for name in ("alice", "bob", "carol")]
    there = {name: browser_with(second, browser) for name, browser in
             (("alice", alice), ("carol", carol))}
    dave = logged_in(second, "dave")
    assert [status(b) for b in there.values()] == [IN, IN]
    assert status(browser_with(first, dave)) == IN

    cut = time.monotonic()
    getattr(world.cables[1], how)()
    assert alice.post("/logout").status == 303
    assert status(alice) == OUT
    # The second cannot know of that yet.
    assert [status(b) for b in there.values()] == [IN, IN]
    dave_elsewhere = browser_with(first, dave)
    assert dave.post("/logout").status == 303
    ended = browser_with(second, dave_elsewhere)
    assert status(ended) == OUT and status(dave_elsewhere) == IN
    with ThreadPoolExecutor(2) as people:
        answers = [
            people.submit(browser_with(second, bob).get, "/private/x"),
            people.submit(second.client().post, "/login",
                          {"username": "bob", "password": PASSWORD})]
        eventually(lambda: told_to_wait(there["carol"].get("/private/x")),
                   "sessions are believed for ever")
        print(f"sessions were believed for {time.monotonic() - cut:.1f} s")
        assert all(told_to_wait(answer.result()) for answer in answers)
    assert told_to_wait(there["alice"].get("/private/x"))
    assert second.client().get("/login").status == 200
    assert [status(b) for b in (carol, bob)] == [IN, IN]

    world.cables[1].mend()
    mended = time.monotonic()
    eventually(lambda: status(there["carol"]) == IN, "it does not recover",
               SOON_AGAIN)
    assert answer_at_last(there["alice"]) == OUT
    print(f"recovered after {time.monotonic() - mended:.1f} s")
    ends(dave_elsewhere, "logout on the one that was cut off")
    assert status(ended) == OUT
    assert status(browser_with(second, bob)) == IN
    login(second.browser(), "bob")
