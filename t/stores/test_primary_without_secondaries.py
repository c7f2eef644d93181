"""A primary of MongoDB that has lost its secondaries. What it takes may be
undone, so nobody is told that it is done."""

import pytest

from harness.accounts import PASSWORD, SITE, is_logged_in, login
from harness.lonely_primary import LonelyPrimary
from harness.nginx_server import eventually

NEW_PASSWORD = "another horse of the same battery"
ACCOUNT = "location = /account { auth_page account; }"


@pytest.fixture
def primary():
    server = LonelyPrimary()
    yield server
    server.close()


@pytest.fixture
def start(nginx, primary):
    def start(options=""):
        return nginx(SITE, store=primary.uri(options),
                     server=ACCOUNT, workers=1)
    return start


def register(server, name):
    return server.client().post(
        "/register", {"username": name, "password": PASSWORD})


def is_told_to_log_in(response):
    assert response.status == 503, response
    assert int(response.header("Retry-After")) > 0
    assert "log in" in response.page.text, response.page.text
    return True


# With the default limits, and with a socket's limit that the write's delay
# reaches: there the answer is lost.
@pytest.mark.parametrize("options", ["", "socketTimeoutMS=200&wtimeoutMS=190"])
@pytest.mark.parametrize("delay", [0, 0.02, 0.05, 0.1, 0.12])
def test_registration_that_is_undone_was_not_acknowledged(start, primary,
                                                          options, delay):
    primary.delay = delay
    server = start(options)
    assert is_told_to_log_in(register(server, "alice"))
    assert [d["username"] for d in primary.here] == ["alice"]
    primary.roll_back()
    assert primary.here == []
    assert register(server, "alice").status == 303
    login(server.client(), "alice")


@pytest.mark.parametrize("options", ["", "socketTimeoutMS=200"])
@pytest.mark.parametrize("delay", [0, 0.02, 0.05, 0.1, 0.12])
def test_password_change_that_is_undone_was_not_acknowledged(start, primary,
                                                             options, delay):
    primary.alone = False
    server = start(options)
    assert register(server, "alice").status == 303
    alice = server.browser()
    login(alice, "alice")
    primary.alone, primary.delay = True, delay
    answer = alice.post("/account", {
        "current_password": PASSWORD, "new_password": NEW_PASSWORD})
    assert answer.status == 503, answer
    primary.roll_back()
    login(server.client(), "alice")


@pytest.mark.parametrize("delay", [0, 0.1])
def test_end_of_other_sessions_that_is_undone_was_not_acknowledged(
        start, primary, delay):
    primary.alone = False
    server = start()
    assert register(server, "alice").status == 303
    alice, elsewhere = server.browser(), server.browser()
    login(alice, "alice")
    login(elsewhere, "alice")
    primary.alone, primary.delay = True, delay
    answer = alice.post("/account", {"end_sessions": "others"})
    assert answer.status == 503, answer
    assert not is_logged_in(elsewhere)  # it is over on this nginx
    primary.roll_back()
    primary.alone = False
    login(alice, "alice")
    assert alice.post("/account", {"end_sessions": "others"}).status == 303


def test_majority_that_comes_late_is_believed(start, primary):
    server = start()
    assert is_told_to_log_in(register(server, "alice"))
    primary.everywhere = [dict(d) for d in primary.here]
    login(server.client(), "alice")


@pytest.mark.parametrize("lacks, text", [
    ("majority_reads", "no readConcern majority"),
    ("write_concern", "the server has no write concern")])
def test_server_that_does_not_know_an_option_is_served(start, primary, lacks,
                                                       text):
    primary.alone = lacks == "majority_reads"
    setattr(primary, lacks, False)
    server = start()
    for name in ("alice", "bob"):
        assert register(server, name).status == 303
    eventually(lambda: text in server.error_log, "nothing is said")
    assert server.error_log.count(text) == 1
    login(server.client(), "alice")
