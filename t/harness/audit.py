"""An audit log, as a program reads it."""

import json
import re
from datetime import datetime, timedelta, timezone
from pathlib import Path

from .nginx_server import eventually

AUDITED = "audit_log %%DIR%%/audit.log;"


def path_of(server):
    return Path(server.folder, "audit.log")


def parse(text):
    """The events of a log, each line of which has to be one."""
    assert text == "" or text.endswith("\n"), text[-200:]
    lines = text.split("\n")[:-1]
    for line in lines:
        assert re.fullmatch("[\x20-\x7e]+", line), line
    return [json.loads(line) for line in lines]


def events(server):
    """The events so far, without their times, which are looked at here."""
    found = parse(path_of(server).read_text())
    now = datetime.now(timezone.utc)
    for event in found:
        time = event.pop("time")
        assert re.fullmatch(
            r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", time), time
        age = now - datetime.fromisoformat(time.replace("Z", "+00:00"))
        assert timedelta(seconds=-2) < age < timedelta(minutes=5), time
        assert event.pop("realm") == "site"
    return found


def wait_for_events(server, count):
    eventually(lambda: len(events(server)) >= count,
               f"no {count} events: {path_of(server).read_text()}")
    found = events(server)
    assert len(found) == count, found
    return found
