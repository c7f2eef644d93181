"""What the module may cost each request, in instructions. ./build.sh bench
counts each way a request can go."""

import shutil
import sys

import pytest

from harness.shipped import ROOT

sys.path.insert(0, str(ROOT / "t/bench"))

# Beyond the same file in a server without a realm, SHA-256 of the cookie left
# out.
MOST_OF_PROTECTION = 2000
MOST_OF_A_DASHBOARD = 40_000


@pytest.fixture(scope="module")
def counted(request, unsanitized_nginx):
    from instructions import Counted
    if shutil.which("valgrind") is None:
        pytest.fail("valgrind is needed; ./build.sh test installs it")
    counted = Counted(unsanitized_nginx, request.config.getoption("--module"))
    yield counted
    counted.close()


@pytest.mark.parametrize("browser", [False, True],
                         ids=["few headers", "a browser's headers"])
def test_instructions_of_a_protected_file(counted, browser):
    bare, _ = counted.count("bare", browser)
    total, hashing = counted.count("protected", browser)
    assert hashing, "SHA-256 was not found, so it is not left out"
    assert total - hashing - bare < MOST_OF_PROTECTION


def test_instructions_of_a_dashboard(counted):
    total, _ = counted.count("dashboard", browser=True)
    assert total < MOST_OF_A_DASHBOARD
