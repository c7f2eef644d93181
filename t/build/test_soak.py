"""./build.sh soak looks at master and workers, tells growth from rest, and finds
what is lost."""

import os
import re
import subprocess
import sys

import pytest

from harness.shipped import ROOT
from harness.survival import LOCATIONS, REALM, Killings

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
             "SOAK_RELOADS": "2", "SOAK_LOGINS": "40",
             "SOAK_RELOADS_UNDER_LOAD": "3", "SOAK_KILLS": "4"})


@pytest.mark.once
def test_reloads_and_logins_leave_nothing(short_soak):
    assert short_soak.returncode == 0, short_soak.stdout
    *table, reloaded, killed = short_soak.stdout.splitlines()
    reloads, logins = map(int,
                          re.match(r" *(\d+) +(\d+) ", table[-1]).groups())
    assert reloads == 2
    assert logins >= 40
    assert re.fullmatch(r"3 reloads; .*: \{404: \d+\}", reloaded)
    assert killed.startswith("4 killed workers; served again after ")


MASTER, WORKERS = (14000, 2000, 10, 0), (24000, 7000, 20, 6)


@pytest.mark.parametrize("last, complaint", [
    ((MASTER, (24000, 7000, 21, 6)), "descriptors of the workers grew"),
    ((MASTER, (99000, 70000, 20, 6)), "memory of the workers grew"),
    (((14000, 2000, 11, 0), WORKERS), "descriptors of the master grew"),
    (((94000, 9000, 10, 0), WORKERS), "memory of the master grew")])
def test_growth_is_told(last, complaint):
    from soak import growth
    output, = growth((MASTER, WORKERS), last)
    assert complaint in output


def test_connections_to_the_database_are_no_growth():
    from soak import growth
    last = MASTER, (24600, 7600, 20, 16)
    assert list(growth((MASTER, WORKERS), last)) == []


def test_failed_requests_are_told(monkeypatch):
    import soak
    monkeypatch.setattr(soak, "reload_under_load", lambda *_: {404: 9, 502: 1})
    monkeypatch.setattr(soak, "RELOADS_UNDER_LOAD", 1)
    output, = soak.survive_reloads()
    assert "502: 1" in output


@pytest.mark.once
def test_what_is_lost_is_told(site, sqlite_store):
    server = site(sqlite_store, realm=REALM, server=LOCATIONS)
    kept = Killings(server, sqlite_store, rounds=0, patience=5)
    assert list(kept.complaints()) == []
    sqlite_store.delete(kept.confirmed("registered")[0])
    kept.confirmed("live")[0].post("/logout")
    with sqlite_store._open() as database:
        database.execute("DELETE FROM ngx_auth_sessions")
    output = list(kept.complaints())
    assert [text.split(":")[0] for text in output] == [
        "registrations are lost", "1 sessions that are live are not",
        "something is left behind"], output
