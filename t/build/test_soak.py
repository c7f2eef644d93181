"""./build.sh soak looks at master and workers, and tells growth from rest."""

import os
import re
import subprocess
import sys

import pytest

from harness.shipped import ROOT

SOAK = ROOT / "t/bench/soak.py"

sys.path.insert(0, str(SOAK.parent))


@pytest.fixture
def short_soak(request, unsanitized_nginx):
    return subprocess.run(
        [sys.executable, SOAK], text=True, timeout=300, check=False,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        env={**os.environ, "NGINX_BINARY": unsanitized_nginx,
             "NGINX_MODULE": os.path.abspath(
                 request.config.getoption("--module")),
             "SOAK_RELOADS": "2", "SOAK_LOGINS": "40"})


@pytest.mark.once
def test_reloads_and_logins_leave_nothing(short_soak):
    assert short_soak.returncode == 0, short_soak.stdout
    *_, last = short_soak.stdout.splitlines()
    reloads, logins = map(int, re.match(r" *(\d+) +(\d+) ", last).groups())
    assert reloads == 2
    assert logins >= 40


MASTER, WORKERS = (14000, 2000, 10, 0), (24000, 7000, 20, 6)


@pytest.mark.parametrize("last, complaint", [
    ((MASTER, (24000, 7000, 21, 6)), "descriptors of the workers grew"),
    ((MASTER, (99000, 70000, 20, 6)), "memory of the workers grew"),
    (((14000, 2000, 11, 0), WORKERS), "descriptors of the master grew"),
    (((94000, 9000, 10, 0), WORKERS), "memory of the master grew")])
def test_growth_is_told(last, complaint):
    from soak import growth
    said, = growth((MASTER, WORKERS), last)
    assert complaint in said


def test_connections_to_the_database_are_no_growth():
    from soak import growth
    last = MASTER, (24600, 7600, 20, 16)
    assert list(growth((MASTER, WORKERS), last)) == []
