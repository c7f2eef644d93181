"""ngx-auth-admin adds users, changes and deletes them."""

import argon2
import pytest

from harness.accounts import PASSWORD, is_logged_in, login, register
from harness.admin_tool import (DONE, FORBIDDEN, NOT_CONFIRMED, NO_SUCH_USER,
                                OTHER_PASSWORD, UNKNOWN, USAGE, refused, run,
                                stored)
from harness.failpoint import set_failpoint
from harness.nginx_server import eventually


def test_user_that_was_added_logs_in(people, store, admin):
    browser = people.browser()
    login(browser, "alice")
    assert is_logged_in(browser)
    document = store.find("alice")
    assert set(document) == {"_id", "username", "password", "created_at"}
    assert argon2.PasswordHasher().verify(document["password"], PASSWORD)
    assert "m=19456,t=2,p=1" in document["password"]


def test_add_in_capitals(people, admin):
    assert admin("add", "Bob", password=PASSWORD).out == "Added bob.\n"
    login(people.client(), "BOB")


def test_add_is_seen_by_registration(people):
    response = people.client().post(
        "/register", {"username": "Alice", "password": PASSWORD})
    assert response.status == 409


def test_add_a_name_that_is_taken(people, store, admin):
    before = store.documents()
    for name in ("alice", "ALICE"):
        answer = admin("add", name, password=OTHER_PASSWORD,
                       status=NO_SUCH_USER)
        assert "taken" in answer.err
    assert store.documents() == before
    register(people.client(), "carol")
    store.insert("Dave", "$hash")
    for name in ("carol", "dave"):
        admin("add", name, password=PASSWORD, status=NO_SUCH_USER)


def test_add_a_name_against_the_rule(alice, admin):
    for name in ("al", "a" * 65, "a b c", "-bob", "böb", "bob\n", 'bo"b', ""):
        for more in ([], ["--force"]):
            answer = admin("add", *more, "--", name, password=PASSWORD,
                           status=FORBIDDEN)
            assert answer.err.count("\n") == 1
    assert len(alice.documents()) == 1


def test_add_a_reserved_name(people, admin):
    answer = admin("add", "admin", password=PASSWORD, status=FORBIDDEN)
    assert "--force" in answer.err
    admin("add", "Admin", "--force", password=PASSWORD)
    login(people.client(), "admin")


def test_add_with_roles(alice, admin):
    admin("add", "bob", "--roles", "staff,editors", password=PASSWORD)
    assert admin("roles", "bob").out == "bob: staff,editors\n"


def test_passwd(people, store, admin):
    before = store.find("alice")
    assert admin("passwd", "alice", password=OTHER_PASSWORD).out == \
        "Changed the password of alice.\n"
    refused(people, "alice")
    login(people.client(), "alice", OTHER_PASSWORD)
    after = store.find("alice")
    assert before.pop("password") != after.pop("password")
    assert after.pop("epoch" if store.kind == "sqlite" else "ngx_auth")
    assert before == after


def test_passwd_mends_a_user_without(people, store, admin):
    store.insert("carol", "")
    refused(people, "carol")
    admin("passwd", "carol", password=PASSWORD)
    login(people.client(), "carol")


def test_disable_and_enable(people, admin):
    for _ in range(2):
        assert admin("disable", "alice").out == "Disabled alice.\n"
    refused(people, "alice")
    assert admin("list", "--json").json[0]["disabled"] is True
    for _ in range(2):
        assert admin("enable", "alice").out == "Enabled alice.\n"
    login(people.client(), "alice")


def test_roles_reach_the_upstream(site, store, upstream, admin):
    server = site(store, server=f"""
        location /app/ {{
            auth_login on;
            proxy_pass http://127.0.0.1:{upstream.port};
        }}""")
    admin("add", "alice", password=PASSWORD)
    assert admin("roles", "alice").out == "alice has no roles.\n"
    assert admin("roles", "alice", "staff", "site editors").out == \
        "alice: staff,site editors\n"
    browser = server.browser()
    login(browser, "alice")
    assert browser.get("/app/").status == 200
    headers = {name.lower(): value
               for name, value in upstream.requests[-1].headers}
    assert headers["remote-user"] == "alice"
    assert headers["remote-groups"] == "staff,site editors"


def test_roles_replace_and_go(alice, admin):
    assert admin("roles", "alice", "b,a", "b", "c", "--json").json["roles"] == \
        ["b", "a", "c"]
    assert admin("roles", "alice", "--json").json["roles"] == ["b", "a", "c"]
    assert admin("roles", "alice", "d").out == "alice: d\n"
    assert admin("roles", "alice", "--none").out == "alice has no roles.\n"
    admin("roles", "alice", "a", "--none", status=USAGE)


def test_roles_that_cannot_be(alice, admin):
    for role in ("", "a,", " a", "a\n", 'a"b', "a\x7f"):
        admin("roles", "alice", "fine", role, status=FORBIDDEN)
    assert admin("roles", "alice", "--json").json["roles"] == []


def test_roles_fit_into_a_session(people, admin):
    most = ["r" * 95, "s" * 96]
    admin("roles", "alice", *most)
    login(people.client(), "alice")
    admin("roles", "alice", *most, "t", status=FORBIDDEN)


def test_delete(people, store, admin):
    admin("add", "bob", password=PASSWORD)
    assert admin("delete", "alice", status=NOT_CONFIRMED).out == ""
    assert len(store.documents()) == 2
    assert admin("delete", "alice", "--yes").out == "Deleted alice.\n"
    refused(people, "alice")
    login(people.client(), "bob")
    deleted = admin("delete", "-y", "bob", "--json").json
    assert deleted["username"] == "bob" and deleted["deleted"] is True
    assert store.documents() == []
    register(people.client(), "alice")


def test_nobody_of_that_name(alice, admin):
    for command in (["passwd"], ["disable"], ["enable"], ["roles"],
                    ["roles", "--none"], ["delete", "--yes"]):
        for name in ("bob", "", "alice\n"):
            answer = admin(*command, "--", name, password=PASSWORD,
                           status=NO_SUCH_USER)
            assert answer.err.count("\n") == 1 and answer.out == ""
    for name in ("' OR 1=1 --", '{"$ne": null}', "%", "$where"):
        admin("delete", "--yes", "--", name, status=NO_SUCH_USER)
    assert len(alice.documents()) == 1


def test_sessions_end_with_their_user(site, store, admin):
    server = site(store, realm="session_check 300ms;")
    browsers = {}
    for name in ("disabled", "changed", "deleted", "left"):
        admin("add", name, password=PASSWORD)
        browsers[name] = server.browser()
        login(browsers[name], name)
    admin("disable", "disabled")
    admin("passwd", "changed", password=OTHER_PASSWORD)
    admin("delete", "deleted", "--yes")
    admin("roles", "left", "staff")
    for name in ("disabled", "changed", "deleted"):
        eventually(lambda name=name: not is_logged_in(browsers[name]),
                   f"the session of {name!r} lives on")
    assert is_logged_in(browsers["left"])


def test_names_in_other_spellings(alice, admin):
    """As at a login: exactly as it is stored, or in small letters."""
    alice.insert("Erin", "$hash")
    alice.insert("Dave O'Neil", "$hash")
    assert admin("disable", "ALICE").out == "Disabled alice.\n"
    assert admin("disable", "Erin").out == "Disabled Erin.\n"
    assert admin("disable", "Dave O'Neil").out == "Disabled Dave O'Neil.\n"
    answer = admin("disable", "erin", status=NO_SUCH_USER)
    assert "capitals" in answer.err
    alice.insert("erin", "$hash")
    admin("disable", "erin")
    assert alice.find("erin")["disabled"]


def test_blanks_around_a_name(alice, store, admin):
    admin("add", " Bob\u00a0", password=PASSWORD)
    assert store.find("bob")
    admin("passwd", "\u3000bob ", password=PASSWORD + "2")
    assert stored(store, "bob", PASSWORD + "2")
    admin("add", "bob ", password=PASSWORD, status=NO_SUCH_USER)


def test_names_that_are_commands(alice, admin):
    admin("add", "list", password=PASSWORD)
    assert admin("roles", "list", "add", "delete").out == "list: add,delete\n"
    admin("delete", "list", "--yes")


def test_json_of_each_command(alice, admin):
    added = admin("add", "bob", "--json", password=PASSWORD).json
    assert added["username"] == "bob" and len(added["id"]) == 24
    assert admin("disable", "bob", "--json").json == {**added, "disabled": True}
    assert admin("enable", "bob", "--json").json == added
    assert admin("passwd", "bob", "--json",
                 password=OTHER_PASSWORD).json == added
    assert admin("roles", "bob", "x", "--json").json == {**added,
                                                         "roles": ["x"]}


@pytest.mark.parametrize("command, failing, done", [
    (["disable", "alice"], "update", {"disabled": True}),
    (["delete", "alice", "--yes"], "delete", None),
    (["add", "bob"], "insert", {})])
def test_write_that_no_majority_confirms(mongo_store, command, failing, done):
    """It says that it does not know, or has asked a majority; and what it told
    to do was done."""
    run("add", "alice", "--store", mongo_store.uri, password=PASSWORD)
    set_failpoint(mongo_store.server, failing, writeConcernError={
        "code": 64, "errmsg": "waiting timed out"})
    answer = run(*command, "--store", mongo_store.uri, password=PASSWORD)
    if failing == "insert":  # a majority is asked, and has it
        assert (answer.status, answer.out) == (DONE, "Added bob.\n")
    else:
        assert answer.status == UNKNOWN and answer.out == ""
        assert "majority" in answer.err and '"list"' in answer.err
    found = mongo_store.find(command[1])
    if done is None:
        assert found is None
    else:
        assert found.items() >= done.items()


@pytest.mark.parametrize("command", [["disable", "alice"],
                                     ["passwd", "alice"],
                                     ["logout", "alice", "--all"]])
def test_sessions_of_which_nobody_is_told(mongo_store, command):
    """The user is changed, but the sessions' collection refuses the write:
    that is no success."""
    run("add", "alice", "--store", mongo_store.uri, password=PASSWORD)
    set_failpoint(mongo_store.server, "delete", errorCode=13)
    answer = run(*command, "--store", mongo_store.uri, password=PASSWORD)
    assert answer.status == UNKNOWN and answer.out == "", answer
    assert "the user's sessions have ended, but other nginx" in answer.err
    assert mongo_store.find("alice")["ngx_auth"]["epoch"] == 1
    again = run(*command, "--store", mongo_store.uri, password=PASSWORD)
    assert again.status == DONE, again
