"""The failpoint of a MongoDB server, which makes commands fail or wait."""

import pymongo
import pytest

ONCE = {"times": 1}


def set_failpoint(server, command, mode=ONCE, **data):
    """What `data` says becomes of the next such command, of each ("alwaysOn"),
    or of none any more ("off"). A server that knows no failpoints skips the
    test."""
    with server.client() as client:
        try:
            client.admin.command("configureFailPoint", "failCommand", mode=mode,
                                 data={"failCommands": [command], **data})
        except pymongo.errors.OperationFailure as error:
            pytest.skip(f"this server has no failpoints: {error}")
