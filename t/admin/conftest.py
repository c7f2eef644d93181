"""The tool on the test's store."""

import pytest

from harness.admin_tool import DONE, run


@pytest.fixture
def admin(store):
    """Runs the tool on the store; it has to end with `status`."""

    def run_on_store(*arguments, status=DONE, **options):
        answer = run("--store", store.uri, *arguments, **options)
        assert answer.status == status, answer
        return answer

    return run_on_store
