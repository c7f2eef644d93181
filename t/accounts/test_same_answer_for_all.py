"""An unknown user, a wrong password and a disabled user are the same answer."""

import argon2
import bcrypt
import pytest

from harness.accounts import PASSWORD, REFUSED, is_logged_in, login, register
from harness.members import add_member, werkzeug_hash
from harness.nginx_server import eventually
from harness.workers import threads


def argon2_hash():
    return argon2.PasswordHasher(memory_cost=12288, time_cost=3,
                                 parallelism=1).hash(PASSWORD)


def bcrypt_hash():
    return bcrypt.hashpw(PASSWORD.encode(), bcrypt.gensalt(4)).decode()


# Kinds and costs of hash, as other programs leave them behind.
HASHES = {
    "argon2": argon2_hash,
    "scrypt": lambda: werkzeug_hash("scrypt:1024:8:1"),
    "pbkdf2": lambda: werkzeug_hash("pbkdf2:sha256:2000"),
    "bcrypt": bcrypt_hash,
    "broken": lambda: "no hash",
}


@pytest.fixture
def mixed(site, store):
    """A site whose users have hashes of all kinds: kind0 to kind2, and off-…
    who are disabled. All names have the same length."""
    server = site(store)
    add_member(store, "first")
    for kind, make in HASHES.items():
        for i in range(3):
            store.insert(f"{kind}-user{i}", make())
            store.insert(f"{kind}-gone{i}", make(), disabled=True)
    return server


def refused(client, name, password="wrong password", **kwargs):
    response = client.post("/login", {"username": name, "password": password},
                           **kwargs)
    assert response.status == 401, response
    assert REFUSED in response.text
    return response


def shown(response, name):
    """All that an answer shows, but for the clock and the name that was
    typed."""
    headers = [(n, v) for n, v in response.headers if n != "Date"]
    assert response.body.count(name.encode()) == 1
    return (response.status, response.reason, headers, len(response.body),
            response.body.replace(name.encode(), b"NAME"))


def test_answers_are_the_same(mixed):
    client = mixed.client()
    names = [f"{kind}-{what}{i}" for kind in HASHES
             for what in ("user", "gone", "none") for i in range(3)]
    answers = {repr(shown(refused(client, name), name)) for name in names}
    assert len(answers) == 1


def test_answers_are_the_same_with_the_right_password(mixed):
    client = mixed.client()
    wanted = shown(refused(client, "argon2-none0"), "argon2-none0")
    for kind in HASHES:
        name = f"{kind}-gone0"
        assert shown(refused(client, name, PASSWORD), name) == wanted


def test_answers_are_the_same_for_other_spellings(mixed):
    client = mixed.client()
    wanted = shown(refused(client, "ARGON2-NONE0"), "ARGON2-NONE0")
    for name in ("ARGON2-USER0", "Bcrypt-Gone0", "scrypT-useR1"):
        assert shown(refused(client, name), name) == wanted


def test_answers_are_the_same_for_names_that_nobody_can_have(site, store):
    client = site(store).client()
    for name in ("a" * 129, "a\x7f", "a\tb", "x" * 3000):
        wanted = refused(client, "b" * len(name))
        other = refused(client, name)
        assert other.status == wanted.status
        assert ([h for h in other.headers if h[0] != "Date"]
                == [h for h in wanted.headers if h[0] != "Date"])


def test_answers_are_the_same_to_who_is_logged_in(mixed):
    browser = mixed.browser()
    register(browser, "alice")
    login(browser, "alice")
    wanted = shown(refused(browser, "argon2-none0"), "argon2-none0")
    for name in ("argon2-user0", "bcrypt-gone0"):
        assert shown(refused(browser, name), name) == wanted
    assert is_logged_in(browser)


def test_what_is_wrong_with_a_user_is_logged_all_the_same(mixed):
    client = mixed.client()
    refused(client, "bcrypt-gone0", PASSWORD)
    mixed.wait_for_log('user "bcrypt-gone0" is disabled, the password was '
                       'right')
    refused(client, "broken-user0")
    mixed.wait_for_log('user "broken-user0" cannot log in: the stored password'
                       ' is no hash')


# Takes many times longer than one of the site's own hashes.
SLOW_HASH = "scrypt:16384:8:4$salt$" + 128 * "0"


def seconds_of_work(server):
    """The processor's time that the workers have taken: it tells hashes apart
    however busy the machine is."""
    return sum(int(statistics.split()[0])
               for pid in server.workers()
               for statistics in threads(pid, "schedstat")) / 1e9


def is_slow(server, name):
    """Whether the slow hash was computed for a login."""
    before = seconds_of_work(server)
    refused(server.client(), name)
    return seconds_of_work(server) - before > 0.1


def test_unknown_names_take_the_work_of_a_stored_hash(site, store):
    server = site(store)
    add_member(store, "first")
    store.insert("alice", SLOW_HASH)
    store.delete("first")
    server.reload()  # what is stored is counted when a worker starts
    for name in ("nobody", "a\tb", "alice"):
        eventually(lambda name=name: is_slow(server, name), f"{name!r} is fast")


def test_an_unknown_name_takes_the_same_work_everywhere(site, sqlite_store):
    """In every worker and, with a secret, on every nginx and after a restart:
    somebody's own hash would be the same, too."""
    names = [f"nobody{i}" for i in range(8)]

    def slow_names(server):
        """Once every worker has counted: they agree, round after round."""
        rounds = []

        def agree():
            rounds.append([name for name in names if is_slow(server, name)])
            return (0 < len(rounds[-1]) < len(names)
                    and rounds[-3:] == 3 * [rounds[-1]])

        eventually(agree, "the workers do not agree", 60)
        return rounds[-1]

    def start():
        return site(sqlite_store, realm="secret env:AUTH_SECRET;",
                    workers=3, environment={"AUTH_SECRET": 40 * "s"})

    server = start()
    add_member(sqlite_store, "first")
    sqlite_store.insert("slow", SLOW_HASH)
    sqlite_store.change("first", password=bcrypt_hash())
    server.reload()
    assert slow_names(server) == slow_names(start())
