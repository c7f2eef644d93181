"""What the module costs each request, in instructions: a slip shows here."""

import shutil
import sys

import pytest

from harness.shipped import ROOT

sys.path.insert(0, str(ROOT / "t/bench"))

# Beyond the same file in a server without a realm, SHA-256 of the cookie left
# out (t/bench/instructions.py). The memory's layout moves a figure by some.
EXPECTED = {"beside": 909, "optional": 1746, "protected": 1863}
TOLERANCE = 300
MOST = 2000


@pytest.fixture(scope="module")
def counted(request, unsanitized_nginx):
    from instructions import Counted
    if shutil.which("valgrind") is None:
        pytest.fail("valgrind is needed; ./build.sh test installs it")
    counted = Counted(unsanitized_nginx, request.config.getoption("--module"))
    yield counted
    counted.close()


def test_instructions_of_a_request(counted):
    bare, _ = counted.count("bare")
    beyond = {}
    for way in EXPECTED:
        total, hashing = counted.count(way)
        beyond[way] = total - hashing - bare
    assert beyond == pytest.approx(EXPECTED, abs=TOLERANCE)
    assert beyond["protected"] < MOST
