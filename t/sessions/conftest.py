"""An nginx that keeps its sessions in the store."""

import pytest

from harness import machine_asleep
from harness.accounts import SITE
from harness.kept_sessions import ACCOUNT, CHECK, KEPT, OPTIONS


@pytest.fixture
def node(nginx, store):
    """node() starts an nginx on the store; session_check does no work there."""

    def start(realm="", server="", http="", site=SITE, **options):
        return nginx(http + site, store=store.uri,
                     realm=f"session_check 1h; {KEPT[store.kind]} {realm}",
                     server=ACCOUNT + CHECK + server, **OPTIONS, **options)

    return start


@pytest.fixture(scope="session")
def clocks(tmp_path_factory):
    """Options of an nginx whose machine may sleep: see harness.machine_asleep."""
    return machine_asleep.prepare(tmp_path_factory.mktemp("clocks"))
