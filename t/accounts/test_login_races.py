"""What happens to a user while a login is under way."""

import threading

import pytest

from harness.accounts import PASSWORD, is_logged_in, logged_in
from harness.nginx_server import eventually
from harness.workers import resident_mib

WEAK = "password_hash argon2id memory=7m time=5;"
# A second and more a hash, so that there is time to do something meanwhile.
SLOW = "password_hash argon2id memory=512m time=3;"
ACCOUNT = "location = /account { auth_page account; }"


class Login(threading.Thread):
    """A login in the background."""

    def __init__(self, server, password=PASSWORD):
        super().__init__()
        self._form = {"username": "alice", "password": password}
        self._client = server.client()
        self.response = None
        at_rest = resident_mib(server.workers())
        self.start()
        # the user has been read, and what is compared now is the password
        eventually(lambda: resident_mib(server.workers()) > at_rest + 200
                   or not self.is_alive(), "no hash begins")

    def run(self):
        self.response = self._client.post("/login", self._form)

    def answer(self):
        assert self.is_alive(), "the login was too quick for this test"
        self.join()
        return self.response


def with_weak_hash(site, store, check="", **options):
    """A server that will make alice's hash stronger at her next login."""
    server = site(store, realm=WEAK + check, **options)
    alice = logged_in(server)
    server.edit(WEAK, SLOW)
    server.reload()
    return server, alice


def test_rehash_does_not_undo_a_password_change(site, store):
    server, _ = with_weak_hash(site, store)
    weak = store.find("alice")["password"]
    assert "m=7168" in weak
    other = weak.replace("m=7168", "m=7169")
    login = Login(server)
    store.change("alice", password=other)
    response = login.answer()
    assert response.status == 503
    assert "ngx_auth" not in response.cookies
    assert store.find("alice")["password"] == other


@pytest.mark.parametrize("edit", ["disabled", "password"])
def test_login_that_began_before_an_edit(site, store, edit):
    """The check of a live session notices the edit; the login under way must
    not make a session from what it has read before."""
    server, alice = with_weak_hash(site, store, check="session_check 100ms;")
    other = store.find("alice")["password"].replace("m=7168", "m=7169")
    login = Login(server)
    store.change("alice", **({"disabled": True} if edit == "disabled"
                             else {"password": other}))
    eventually(lambda: not is_logged_in(alice), "the session goes on")
    response = login.answer()
    assert response.status == 503
    assert "ngx_auth" not in response.cookies


def test_password_change_after_logout(site, store):
    """The session is gone when its password change is done: the others end
    all the same."""
    server, alice = with_weak_hash(site, store, server=ACCOUNT)
    other = server.browser()
    other.jar = dict(alice.jar)
    changing = threading.Thread(target=lambda: alice.post(
        "/account", {"current_password": PASSWORD,
                     "new_password": PASSWORD + " two"}))
    thief = server.browser()
    Login(server).join()
    before = store.find("alice")["password"]
    at_rest = resident_mib(server.workers())
    changing.start()
    eventually(lambda: resident_mib(server.workers()) > at_rest + 200,
               "no hash begins")
    other.post("/logout")
    changing.join()
    assert store.find("alice")["password"] != before
    assert not is_logged_in(other) and not is_logged_in(thief)
    assert server.client().post("/login", {
        "username": "alice", "password": PASSWORD}).status == 401


def test_sessions_ended_meanwhile(site, store):
    server, alice = with_weak_hash(site, store, server=ACCOUNT)
    login = Login(server)
    assert alice.post("/account", {"end_sessions": "others"}).status == 303
    response = login.answer()
    assert response.status == 503
    assert response.header("Retry-After")
    assert "ngx_auth" not in response.cookies
    assert is_logged_in(alice)
