"""An nginx that keeps its sessions in the store."""

import pytest

from harness.accounts import CHEAP, SITE
from harness.kept_sessions import ACCOUNT, CHECK, KEPT, OPTIONS


@pytest.fixture
def node(nginx, store):
    """node() starts an nginx on the store; session_check does no work there."""

    def start(realm="", server="", http="", site=SITE, **options):
        return nginx(http + site, store=store.uri,
                     realm=f"session_check 1h; {CHEAP} {KEPT[store.kind]} {realm}",
                     server=ACCOUNT + CHECK + server, **OPTIONS, **options)

    return start
