"""ngx-auth-admin on collections of other programs: it reads user_collection and
user_fields as nginx does."""

import argon2
import pytest

from harness.accounts import PASSWORD
from harness.admin_tool import DONE, FAILED, run

HASH = argon2.PasswordHasher(time_cost=5, memory_cost=7 * 1024,
                             parallelism=1).hash(PASSWORD)
CONFIGURATION = """
    http {
        auth_realm site {
            store %s;
            user_collection accounts;
            user_fields username=local.email password=local.hash roles=role
                        active=enabled;
        }
    }
"""


@pytest.fixture
def accounts(mongo_store):
    with mongo_store.server.client() as client:
        yield client[mongo_store.database].accounts


@pytest.fixture
def tool(mongo_store, tmp_path):
    configuration = tmp_path / "nginx.conf"
    configuration.write_text(CONFIGURATION % mongo_store.uri)

    def run_it(*arguments, status=DONE, **options):
        answer = run(*arguments, "--config", str(configuration), **options)
        assert answer.status == status, answer
        return answer

    return run_it


def test_users_of_another_schema(accounts, tool):
    ann = {"_id": 7, "local": {"email": "ann@example.com", "hash": HASH,
                               "since": 3}, "role": "admin", "enabled": True}
    accounts.insert_one(ann)
    assert tool("list", "--json").json == [{
        "id": "7", "username": "ann@example.com", "disabled": False,
        "roles": ["admin"], "created_at": None}]

    tool("disable", "ann@example.com")
    stored = accounts.find_one()
    assert stored["enabled"] is False and stored["disabled"] is True
    assert tool("list", "--json").json[0]["disabled"] is True
    tool("enable", "ann@example.com")
    stored = accounts.find_one()
    assert stored["enabled"] is True and "disabled" not in stored

    tool("roles", "ann@example.com", "editor")
    assert accounts.find_one()["role"] == "editor"
    tool("passwd", "ann@example.com", password="another horse of mine")
    stored = accounts.find_one()
    assert stored["local"]["hash"].startswith("$argon2id$")
    assert stored["local"]["hash"] != HASH
    assert stored["local"]["since"] == 3 and stored["_id"] == 7

    tool("add", "bob@example.com", password=PASSWORD)
    bob = accounts.find_one({"local.email": "bob@example.com"})
    assert bob["local"]["hash"].startswith("$argon2id$")
    tool("delete", "--yes", "ann@example.com")
    assert [d["_id"] for d in accounts.find()] == [bob["_id"]]


@pytest.mark.parametrize("fields,shown", [
    ({"enabled": False}, "disabled"), ({"enabled": 0}, "disabled"),
    ({"disabled": 1}, "disabled"), ({"enabled": True}, "active")])
def test_state_of_other_programs(accounts, tool, fields, shown):
    accounts.insert_one({"local": {"email": "ann", "hash": HASH}, **fields})
    assert tool("list").out.splitlines()[1].split()[:2] == ["ann", shown]


def test_broken_directive(tmp_path, mongo_store):
    configuration = tmp_path / "nginx.conf"
    configuration.write_text(
        (CONFIGURATION % mongo_store.uri).replace("local.email", "a.0.b"))
    answer = run("list", "--config", str(configuration))
    assert answer.status == FAILED
    assert "element of a list" in answer.err and "nginx.conf:" in answer.err
