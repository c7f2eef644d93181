"""The tool on the test's store, and who is in it."""

import pytest

from harness.accounts import PASSWORD
from harness.admin_tool import DONE, run


@pytest.fixture
def admin(store):
    """Runs the tool on the store; it has to end with `status`."""

    def run_on_store(*arguments, status=DONE, **options):
        answer = run("--store", store.uri, *arguments, **options)
        assert answer.status == status, answer
        return answer

    return run_on_store


@pytest.fixture
def alice(store, admin):
    """A store with alice in it, which no nginx has seen."""
    admin("add", "alice", "--create", password=PASSWORD)
    return store


@pytest.fixture
def alice_in_sqlite(sqlite_store):
    answer = run("add", "alice", "--create", "--store", sqlite_store.uri,
                 password=PASSWORD)
    assert answer.status == DONE, answer
    return sqlite_store


@pytest.fixture
def people(site, store, admin):
    """A running site, whose store exists then; alice is in it."""
    server = site(store)
    admin("add", "alice", password=PASSWORD)
    return server
