"""What happens to a user while a login is under way."""

import threading
import time

from harness.accounts import PASSWORD, is_logged_in, logged_in

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
        self.start()

    def run(self):
        self.response = self._client.post("/login", self._form)

    def answer(self):
        assert self.is_alive(), "the login was too quick for this test"
        self.join()
        return self.response


def with_weak_hash(site, store, **options):
    """A server that will make alice's hash stronger at her next login."""
    server = site(store, realm=WEAK, **options)
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
    time.sleep(0.5)
    store.change("alice", password=other)
    response = login.answer()
    assert response.status == 503
    assert "auth_session" not in response.cookies
    assert store.find("alice")["password"] == other


def test_sessions_ended_meanwhile(site, store):
    server, alice = with_weak_hash(site, store, server=ACCOUNT)
    login = Login(server)
    time.sleep(0.5)
    assert alice.post("/account", {"end_sessions": "others"}).status == 303
    response = login.answer()
    assert response.status == 503
    assert response.header("Retry-After")
    assert "auth_session" not in response.cookies
    assert is_logged_in(alice)
