"""ngx-auth-admin list shows users, also those that other programs have made."""

import re

import argon2

from harness.accounts import PASSWORD
from harness.admin_tool import DONE, FAILED, run, stored


def test_list(alice, admin):
    admin("add", "bob", "--roles", "staff,editors", password=PASSWORD)
    admin("disable", "bob")
    lines = admin("list").out.splitlines()
    assert lines[0].split() == ["USER", "STATE", "CREATED", "ROLES"]
    assert re.fullmatch(r"alice +active +20\d\d-\d\d-\d\dT[\d:]{8}Z", lines[1])
    assert re.fullmatch(r"bob +disabled +20\S+ +staff,editors", lines[2])
    assert len(lines) == 3


def test_list_of_nobody(site, store, admin):
    site(store)
    assert admin("list").out.split() == ["USER", "STATE", "CREATED", "ROLES"]
    assert admin("list", "--json").json == []


def test_list_in_json(alice, admin):
    admin("add", "bob", "--roles", "staff,editors", password=PASSWORD)
    admin("disable", "bob")
    first, second = admin("list", "--json").json
    assert re.fullmatch(r"20\d\d-\d\d-\d\dT[\d:]{8}Z", first.pop("created_at"))
    assert first == {"id": str(alice.find("alice")["_id"]),
                     "username": "alice", "disabled": False, "roles": []}
    assert (second["username"], second["disabled"], second["roles"]) == \
        ("bob", True, ["staff", "editors"])


def test_list_shows_documents_of_others(alice, admin):
    alice.insert("Plain Name", argon2.PasswordHasher().hash(PASSWORD))
    alice.insert("empty", "")
    alice.insert("esc\x1b[31m", "$hash")
    table = admin("list").out
    assert "\x1b" not in table and '"esc\\x1b[31m"' in table
    assert re.search(r"^Plain Name +active +-$", table, re.M)
    assert re.search(r"^empty +cannot log in .*password", table, re.M)
    found = {user["username"]: user for user in admin("list", "--json").json}
    assert found["Plain Name"]["created_at"] is None
    assert "problem" not in found["Plain Name"]
    assert "password" in found["empty"]["problem"]
    assert "esc\x1b[31m" in found


def test_list_says_who_cannot_log_in_and_why(alice, admin):
    stored = {
        "md5": ("5f4dcc3b5aa765d61d8327deb882cf99", "of kind plain MD5"),
        "crypt": ("$1$saltsalt$qJH7.N4xYta3aEG/dfqo/0", "of kind MD5 crypt"),
        "costly": ("$2b$31$" + "." * 53, "of kind bcrypt whose cost"),
        "cut": ("$2b$12$abc", "a malformed hash of kind bcrypt"),
        "clear": (PASSWORD, "no hash of a known kind"),
        "locked": ("!" + "x" * 40, "locked"),
        "empty": ("", "empty"),
    }
    for name, (password, _) in stored.items():
        alice.insert(name, password)
    alice.insert(" outer", argon2.PasswordHasher().hash(PASSWORD))
    alice.insert("asleep", stored["md5"][0], disabled=True)
    alice.insert("fine", "pbkdf2:sha256:1000$salt$" + "0" * 64)
    shown = admin("list")
    found = {user["username"]: user for user in admin("list", "--json").json}
    for name, (password, why) in stored.items():
        assert why in found[name]["problem"]
        assert re.search(rf"^{name} +cannot log in .*# .*{re.escape(why)}",
                         shown.out, re.M), shown.out
        assert not password or password not in shown.out
    assert "outer spaces" in found[" outer"]["problem"]
    assert re.search('^" outer" +cannot log in .*# .*outer spaces', shown.out,
                     re.M)
    assert re.search("^asleep +disabled .*# .*plain MD5", shown.out, re.M)
    for name in ("alice", "fine"):
        assert re.search(f"^{name} +active +[^#]*$", shown.out, re.M)
        assert "problem" not in found[name]


def test_list_takes_a_text_for_one_role(mongo_store):
    mongo_store.insert("alice", argon2.PasswordHasher().hash(PASSWORD),
                       roles="admin")
    mongo_store.insert("bob", argon2.PasswordHasher().hash(PASSWORD),
                       roles=["staff", 7])
    table = run("list", "--store", mongo_store.uri).out
    assert re.search("^alice +active +- +admin$", table, re.M)
    # What is left out keeps nobody out.
    assert re.search("^bob +active +- +staff  # .*roles", table, re.M)


def test_list_of_many(alice, admin):
    many = [f"user{i:04}" for i in range(1100)]
    alice.insert_many(many, "$hash")
    names = [user["username"] for user in admin("list", "--json").json]
    assert names == ["alice"] + many
    assert len(admin("list").out.splitlines()) == 1102


def test_ids_of_other_kinds(mongo_store):
    with mongo_store.server.client() as client:
        client[mongo_store.database].users.insert_one(
            {"_id": 17, "username": "odd", "password": "$hash"})
    assert run("disable", "odd", "--store", mongo_store.uri).status == DONE
    assert mongo_store.find("odd")["disabled"] is True
    assert run("delete", "odd", "--yes",
               "--store", mongo_store.uri).status == DONE
    assert mongo_store.documents() == []


def test_ids_that_are_too_long(mongo_store):
    """Such users are shown, but not changed."""
    with mongo_store.server.client() as client:
        client[mongo_store.database].users.insert_one(
            {"_id": "x" * 80, "username": "odd", "password": "$hash"})
    for command in (["disable"], ["roles", "--none"], ["delete", "--yes"]):
        answer = run(*command, "odd", "--store", mongo_store.uri)
        assert answer.status == FAILED and "only be" in answer.err, answer
    [odd] = run("list", "--json", "--store", mongo_store.uri).json
    assert odd["id"] == "" and odd["problem"]


def test_two_users_of_one_name(mongo_store):
    for number in (1, 2):
        mongo_store.insert("twin", f"$hash{number}")
    for command in (["disable"], ["delete", "--yes"]):
        answer = run(*command, "TWIN", "--store", mongo_store.uri)
        assert answer.status == FAILED
        assert "several users are called twin" in answer.err
    assert [d["password"] for d in mongo_store.documents()] == \
        ["$hash1", "$hash2"]
    assert not any("disabled" in d for d in mongo_store.documents())
